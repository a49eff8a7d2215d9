// What a renter does in the app besides renting: money, more time, a loss; and how the app says no.
import type { z } from "zod";
import { RentalView } from "../../src/rentals/schemas.ts";
import { hears, typePin } from "./phone.ts";
import { readWallet, type Renter, type Scene, take } from "./scene.ts";
import { putBack, stationWithBank, takeBank } from "./street.ts";
import type { Answer } from "./outside.ts";

type Rental = z.infer<typeof RentalView>;
type Method = "GET" | "POST" | "PUT" | "DELETE";

const calls =
  ({ outside }: Scene, { token, locale }: Renter) =>
  (method: Method, path: string, body?: unknown): Promise<Answer> =>
    outside.call(method, `/api/v1${path}`, {
      token,
      locale,
      ...(body === undefined ? {} : { body }),
      ...(method === "POST" ? { idempotencyKey: crypto.randomUUID() } : {}),
    });

const detailOf = ({ body }: Answer): string => (body as { detail?: string } | null)?.detail ?? "";

export const topUp = async (scene: Scene, renter: Renter, amountTzs: number): Promise<void> => {
  const { say, outside } = scene;
  say.step(`tops up TZS ${amountTzs}; Beem has no credit, and the other gateway has`);
  await outside.spoilSms(renter.msisdn);
  const body = { purpose: "top_up", amountTzs, provider: "mpesa", phone: `0${renter.msisdn.slice(3)}` };
  const asked = await calls(scene, renter)("POST", "/payments/initiate", body);
  say.need(asked.status === 202, "the payment is on its way", asked.body);
  await typePin(scene, renter, amountTzs);
  await hears(scene, renter, /./, "an SMS tells that the money is there");
};

const begin = async (scene: Scene, renter: Renter): Promise<{ rental: Rental; bank: string }> => {
  const { say } = scene;
  const from = await stationWithBank(scene);
  say.step(`rents at ${from.code} from the wallet`);
  const answer = await calls(scene, renter)("POST", "/rentals/start", { stationCode: from.code });
  const rental = take(say, answer, 202, RentalView, "the deposit is held");
  const bank = await takeBank(scene, renter);
  await hears(scene, renter, /\d{6}/, "an SMS has the rental's own code");
  return { rental, bank };
};

/** More time, a loss, and the bank that turns up again. */
export const loseAndFind = async (scene: Scene, renter: Renter): Promise<void> => {
  const { say } = scene;
  const call = calls(scene, renter);
  const { rental, bank } = await begin(scene, renter);
  say.step("wants more time, from the wallet");
  const extended = take(say, await call("POST", `/rentals/${rental.id}/extend`, {}), 202, RentalView, "the end moves");
  say.sees(`until ${extended.dueAt}`);
  await hears(scene, renter, /./, "an SMS tells the new end");
  say.step("asks to close the account meanwhile");
  const refused = await call("DELETE", "/users/profile");
  say.expect(refused.status === 409, "that is refused while a rental is open", refused.body);
  say.sees(detailOf(refused));
  say.step("reports the power bank lost");
  const lost = take(
    say,
    await call("POST", `/rentals/${rental.id}/report-lost`, { cause: "lost" }),
    200,
    RentalView,
    "it counts as lost",
  );
  say.expect(lost.status === "lost", "the bill is made", lost.status);
  await hears(scene, renter, /./, "an SMS tells what is charged");
  const before = await readWallet(scene, renter);
  say.sees(`wallet ${before.walletTzs}, debt ${before.debtTzs}`);
  await putBack(scene, bank);
  await hears(scene, renter, /./, "found again: the difference comes back, and an SMS says so");
  const after = await readWallet(scene, renter);
  say.expect(
    after.walletTzs - after.debtTzs > before.walletTzs - before.debtTzs,
    "more in the wallet than before",
    after,
  );
};

/** Each in both languages, from one catalogue. */
export const hearRefusals = async (scene: Scene, renter: Renter): Promise<void> => {
  const { say, outside } = scene;
  say.step("is refused in words");
  const asked: [Method, string, unknown, string][] = [
    ["POST", "/rentals/start", { stationCode: "0000" }, "station_unknown"],
    ["GET", "/rentals/active", undefined, "rental_unknown"],
    [
      "POST",
      "/payments/initiate",
      { purpose: "top_up", amountTzs: 5_000, provider: "mpesa", phone: "0222 123 456" },
      "phone_invalid",
    ],
  ];
  for (const [method, path, body, code] of asked) {
    for (const locale of ["sw", "en"] as const) {
      const answer = await outside.call(method, `/api/v1${path}`, {
        token: renter.token,
        locale,
        ...(body === undefined ? {} : { body }),
        ...(method === "POST" ? { idempotencyKey: crypto.randomUUID() } : {}),
      });
      say.expect((answer.body as { code?: string }).code === code, `${code} (${locale})`, answer.body);
      say.sees(detailOf(answer));
    }
  }
};

/** Asks until it is told to wait. */
export const reachTheLimit = async (scene: Scene, renter: Renter, most: number): Promise<void> => {
  const { say } = scene;
  say.step("an app that asks without end");
  const call = calls(scene, renter);
  let answer = await call("GET", "/users/wallet");
  say.sees(`RateLimit: ${answer.headers.get("ratelimit") ?? "none"}`);
  for (let i = 0; i < most && answer.status === 200; i++) answer = await call("GET", "/users/wallet");
  say.expect(answer.status === 429 && answer.headers.has("retry-after"), "is told when to come again", answer.status);
  say.sees(detailOf(answer));
};
