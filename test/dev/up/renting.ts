// A renter's way through a running stack, from outside.
import { expect } from "bun:test";
import type { Outside } from "../../../dev/demo/outside.ts";
import type { Renter } from "../../../dev/demo/scene.ts";

export interface RentalBody {
  id: string;
  status: string;
  station: { id: string };
}

/** At the station with this code, or at any that speaks to us itself and has a bank. */
export const startRental = async (
  world: Outside,
  { token, msisdn, locale }: Renter,
  { isPrompted = true, code }: { isPrompted?: boolean; code?: string } = {},
): Promise<RentalBody> => {
  const stationCode =
    code ??
    (await world.look()).stations.find((station) => station.slots.some((slot) => slot.powerBankId !== null))!.code;
  const body = { stationCode, payment: { provider: "mpesa", phone: `0${msisdn.slice(3)}` } };
  const idempotencyKey = crypto.randomUUID();
  const answer = await world.call("POST", "/api/v1/rentals/start", { locale, token, body, idempotencyKey });
  expect(answer.status).toBe(202);
  if (isPrompted) await world.act((await world.waitForPrompt(msisdn))!.transactionId, "approve");
  return answer.body as RentalBody;
};

export const readRental = async (world: Outside, { token, locale }: Renter, id: string): Promise<RentalBody> =>
  (await world.call("GET", `/api/v1/rentals/${id}`, { locale, token })).body as RentalBody;

/** The test's own time limit ends a wait in vain. */
export const until = async (isTrue: () => Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await new Promise((done) => setTimeout(done, 50));
};
