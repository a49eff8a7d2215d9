// What a renter does in the app besides renting: money, more time, a loss; and how the app says no.
import type { z } from "zod";
import { ReceiptView } from "../../src/receipts/schemas.ts";
import { RentalView } from "../../src/rentals/schemas.ts";
import { calls, detailOf } from "./api.ts";
import { hears, typePin } from "./phone.ts";
import { money, readWallet, type Renter, type Scene, take } from "./scene.ts";
import { putBack, stationWithBank, takeBank } from "./street.ts";

type Rental = z.infer<typeof RentalView>;
type Method = "GET" | "POST" | "PUT" | "DELETE";
/** Beem: the account is empty. */
const NO_CREDIT = 102;

export const topUp = async (scene: Scene, renter: Renter, amountTzs: number): Promise<void> => {
  const { say } = scene;
  say.step(`tops up TZS ${amountTzs}`);
  const body = { purpose: "top_up", amountTzs, provider: "mpesa", phone: `0${renter.msisdn.slice(3)}` };
  const asked = await calls(scene, renter)("POST", "/payments/initiate", body);
  say.need(asked.status === 202, "the payment is on its way", asked.body);
  await typePin(scene, renter, amountTzs);
  await hears(scene, renter, /./, "an SMS tells that the money is there");
};

export const begin = async (scene: Scene, renter: Renter, banks = 1): Promise<{ rental: Rental; bank: string }> => {
  const { say } = scene;
  const from = await stationWithBank(scene, banks);
  say.step(`rents at ${from.code} from the wallet`);
  const answer = await calls(scene, renter)("POST", "/rentals/start", { stationCode: from.code });
  const rental = take(say, answer, 202, RentalView, "the deposit is held");
  const bank = await takeBank(scene, renter);
  await hears(scene, renter, /\d{6}/, "an SMS has the rental's own code");
  return { rental, bank };
};

/** More time from the wallet and by a prompt, a loss, and the bank that turns up again. */
export const loseAndFind = async (scene: Scene, renter: Renter): Promise<void> => {
  const { say, outside } = scene;
  say.step("Beem has no credit from now on; the other gateway has");
  await outside.spoilSms("beem", { to: renter.msisdn, code: NO_CREDIT });
  await topUp(scene, renter, 30_000);
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
  say.expect(
    lost.price?.lines.some(({ kind, grossTzs }) => kind === "lost" && grossTzs === 20_000) ?? false,
    "at the price for who says it early",
    lost.price,
  );
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
  await readCreditNote(scene, renter, rental.id);
};

/** The document that takes back what was billed too much. */
export const readCreditNote = async (scene: Scene, renter: Renter, rentalId: string): Promise<void> => {
  const { say } = scene;
  const answer = await calls(scene, renter)("GET", `/rentals/${rentalId}/receipt`);
  const { creditNotes } = take(say, answer, 200, ReceiptView, "the receipt is readable");
  for (const note of creditNotes) say.sees(`${note.number ?? "credit note"}  ${money(note.totalTzs)} taken back`);
  say.expect(creditNotes.length === 1, "a credit note stands beside it", creditNotes);
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
