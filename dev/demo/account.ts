// The account of a renter who has rented: what he reads of himself, what he takes along, and how he goes.
import { z } from "zod";
import { EntryPage } from "../../src/ledger/schemas.ts";
import { PersonalDataView } from "../../src/personal-data/schemas.ts";
import { ReceiptPage } from "../../src/receipts/schemas.ts";
import { RentalPage } from "../../src/rentals/schemas.ts";
import { ProfileView } from "../../src/users/schemas.ts";
import { PreviewView, WithdrawalView } from "../../src/withdrawals/schemas.ts";
import type { Answer } from "./outside.ts";
import { money, pause, readWallet, type Renter, type Scene, take } from "./scene.ts";

const Sessions = z.object({ items: z.array(z.object({ id: z.string(), isCurrent: z.boolean() })) });
const Problem = z.object({ code: z.string(), detail: z.string() });
const PAID_WITHIN_MS = 15_000;

export const leave = async (scene: Scene, renter: Renter): Promise<void> => {
  await introduce(scene, renter);
  await lookBack(scene, renter);
  await takeAlong(scene, renter);
  await payOut(scene, renter);
  await close(scene, renter);
};

const ask = ({ outside }: Scene, { token, locale }: Renter) => {
  const base = "/api/v1/users";
  return {
    get: (path: string) => outside.call("GET", `${base}${path}`, { locale, token }),
    put: (path: string, body: unknown) => outside.call("PUT", `${base}${path}`, { locale, token, body }),
    remove: (path: string) => outside.call("DELETE", `${base}${path}`, { locale, token }),
    post: (path: string, body: unknown) =>
      outside.call("POST", `${base}${path}`, { locale, token, body, idempotencyKey: crypto.randomUUID() }),
  };
};

/** What a person reads of a refusal. */
const refused = ({ say }: Scene, answer: Answer, code: string, fact: string): void => {
  const problem = Problem.safeParse(answer.body).data;
  if (say.expect(problem?.code === code, fact, answer.body)) say.sees(problem!.detail);
};

const introduce = async (scene: Scene, renter: Renter): Promise<void> => {
  const { say } = scene;
  say.step("says more of himself");
  const { put } = ask(scene, renter);
  const answer = await put("/profile", {
    name: renter.name,
    locale: renter.locale,
    email: "renter@example.co.tz",
    quietHours: { from: "21:00", to: "06:30" },
  });
  const profile = take(say, answer, 200, ProfileView, "the profile is changed");
  say.sees(`${profile.name}, ${profile.phone}, ${profile.email}; quiet from ${profile.quietHours?.from}`);
};

const lookBack = async (scene: Scene, renter: Renter): Promise<void> => {
  const { say } = scene;
  const { get } = ask(scene, renter);
  say.step("looks back");
  const rentals = take(say, await get("/rentals"), 200, RentalPage, "the history is readable").items;
  const receipts = take(say, await get("/receipts"), 200, ReceiptPage, "and the receipts").items;
  const entries = take(say, await get("/wallet/entries"), 200, EntryPage, "and what moved in the wallet").items;
  say.expect(receipts.length === rentals.length, "each rental has its receipt", [rentals.length, receipts.length]);
  for (const { kind, amountTzs } of entries) say.sees(`${kind.padEnd(18)} ${money(amountTzs)}`);
  const { walletTzs } = await readWallet(scene, renter);
  const sum = entries.reduce((total, { amountTzs }) => total + amountTzs, 0);
  say.expect(sum === walletTzs, "the movements add up to what is in it", [sum, walletTzs]);
  const sessions = take(say, await get("/sessions"), 200, Sessions, "the handsets are listed").items;
  say.expect(sessions.length === 1 && sessions[0]!.isCurrent, "this one is the only one", sessions);
};

const takeAlong = async (scene: Scene, renter: Renter): Promise<void> => {
  const { say } = scene;
  say.step("takes along everything that is held on him");
  const answer = await ask(scene, renter).get("/export");
  const { format, exportedAt, ...parts } = take(say, answer, 200, PersonalDataView, "it is one file of JSON");
  const counts = Object.entries(parts).filter(([, rows]) => rows.length > 0);
  say.sees(`${format} of ${exportedAt}: ${counts.map(([name, rows]) => `${rows.length} ${name}`).join(", ")}`);
  say.expect(JSON.stringify(parts).includes(renter.msisdn), "the number is in it, opened");
};

const payOut = async (scene: Scene, renter: Renter): Promise<void> => {
  const { say } = scene;
  const { get, post, remove } = ask(scene, renter);
  const { walletTzs } = await readWallet(scene, renter);
  if (walletTzs === 0) return;
  say.step("wants to go, and is paid out first");
  refused(scene, await remove("/profile"), "wallet_not_empty", "the account does not close over money");
  const wish = { amountTzs: walletTzs, provider: "mpesa", phone: `0${renter.msisdn.slice(3)}` };
  const shown = take(
    say,
    await post("/wallet/withdrawals/preview", wish),
    200,
    PreviewView,
    "whose wallet it is is shown",
  );
  say.sees(`${money(shown.amountTzs)} to ${shown.recipientName}, ${shown.phone}`);
  const sent = await post("/wallet/withdrawals", { preview: shown.preview });
  let withdrawal = take(say, sent, 202, WithdrawalView, "it is on its way");
  const untilMs = performance.now() + PAID_WITHIN_MS;
  while (withdrawal.state !== "succeeded" && performance.now() < untilMs) {
    await pause(200);
    withdrawal = WithdrawalView.parse((await get(`/wallet/withdrawals/${withdrawal.id}`)).body);
  }
  say.expect(withdrawal.state === "succeeded", "and it arrived", withdrawal.state);
};

const close = async (scene: Scene, renter: Renter): Promise<void> => {
  const { say } = scene;
  const { get, remove } = ask(scene, renter);
  say.step("closes the account");
  const closed = await remove("/profile");
  say.expect(closed.status === 204, "it is closed", closed);
  say.expect((await remove("/profile")).status === 204, "a second time changes nothing");
  refused(scene, await get("/profile"), "account_closed", "nobody reads it any more");
};
