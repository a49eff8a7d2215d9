// Rentals of a city under a clock, for tests of how they end.
import { sql } from "./control.ts";
import type { ClockedCity, ClockedStation } from "./clocked-city.ts";

/** Takes the best bank of a station; it is out and known to be. */
export const takeBank = async (city: ClockedCity, from: ClockedStation, walletTzs = 5_000) => {
  const renter = await city.renter(walletTzs);
  const ejects = from.client.received.filter(({ type }) => type === "eject").length;
  const response = await renter.call(
    "POST",
    "/rentals/start",
    { stationCode: from.code },
    { "idempotency-key": crypto.randomUUID() },
  );
  const { id } = await response.json<{ id: `rnt_${string}` }>();
  const { powerBankId } = await from.client.frame("eject", ejects + 1);
  await from.client.settled();
  await from.idle();
  return { ...renter, id, powerBankId };
};
export type Taken = Awaited<ReturnType<typeof takeBank>>;

/** Sends what the station has to say, and waits until it has arrived. */
export const told = async (station: ClockedStation): Promise<void> => {
  await station.client.settled();
  await station.idle();
};

export const rentalOf = async (id: string) =>
  (
    await sql(
      `select status, reason, power_bank_id as bank, total_tzs::int as total, return_station_id as station,
         round(extract(epoch from started_at) * 1000)::float8 as "startedAtMs", round(extract(epoch from ended_at) * 1000)::float8 as "endedAtMs",
         round(extract(epoch from due_at) * 1000)::float8 as "dueAtMs" from rentals where id = $1`,
      [id],
    )
  )[0]!;

export const outcomesOf = async (bank: string) =>
  (
    await sql<{ outcome: string }>(
      "select outcome from custody where power_bank_id = $1 and direction = 'in' order by id",
      [bank],
    )
  ).map(({ outcome }) => outcome);
