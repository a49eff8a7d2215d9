// Three renters of the days: one who never brings it back, one who does when reminded, one who is not to be woken.
import { ChallengeView, SessionView } from "../../src/auth/schemas.ts";
import { RentalView } from "../../src/rentals/schemas.ts";
import { z } from "zod";
import { calls, codeOf, detailOf, renew } from "./api.ts";
import type { Person } from "./cast.ts";
import { begin, readCreditNote, topUp } from "./app.ts";
import { dialMenu, hears, staysSilent } from "./phone.ts";
import { money, readWallet, type Renter, type Scene, take } from "./scene.ts";
import { signUp } from "./sign-up.ts";
import { putBack } from "./street.ts";
import { clockOf } from "./time.ts";

export const KINDS = ["late", "punctual", "quiet"] as const;
export type Kind = (typeof KINDS)[number];
export interface Life {
  kind: Kind;
  scene: Scene;
  renter: Renter;
  rentalId: string;
  bank: string;
  dueAtMs: number;
}
export type Act = (life: Life) => Promise<void>;

const MINUTE_MS = 60_000;
const HOURS = 60;
const DAYS = 24 * HOURS;
/** Begin and end of the quiet hours, minutes from the rental's end. */
const QUIET = { from: -60, to: 29 };

export const beginLife = async ({ scene, person, kind }: Pick<Life, "scene" | "kind"> & { person: Person }) => {
  const { say } = scene;
  const renter = await signUp(scene, person);
  await topUp(scene, renter, 5_000);
  const { rental, bank } = await begin(scene, renter);
  const read = take(say, await calls(scene, renter)("GET", `/rentals/${rental.id}`), 200, RentalView, "it runs");
  const dueAtMs = Date.parse(say.need(read.dueAt, "it has an end", read));
  const quiet = { from: clockOf(dueAtMs + QUIET.from * MINUTE_MS), to: clockOf(dueAtMs + QUIET.to * MINUTE_MS) };
  const quietHours = kind === "quiet" ? quiet : null;
  say.step(quietHours ? `wants no notices from ${quiet.from} to ${quiet.to}` : "wants notices at any hour");
  const { name, locale } = renter;
  const changed = await calls(scene, renter)("PUT", "/users/profile", { name, locale, quietHours });
  say.expect(changed.status === 200, "the profile says so", changed.body);
  const life: Life = { kind, scene, renter, rentalId: rental.id, bank, dueAtMs };
  return life;
};

const reads = async ({ scene, renter, rentalId }: Life) =>
  take(scene.say, await calls(scene, renter)("GET", `/rentals/${rentalId}`), 200, RentalView, "the rental is readable");

const heard =
  (pattern: RegExp, fact: string): Act =>
  async ({ scene, renter }) =>
    void (await hears(scene, renter, pattern, fact));

const REMINDER = /muda wako unaisha|your time ends/;
const DUE = /muda wako umeisha|your time is over/;
const STEP = /gharama itapanda|the price goes up/;
const EXTENDED = /umeongeza muda|you added time/;
const BILL = /Risiti:|Receipt:/;
const LOST = /power bank imepotea|power bank lost/;
const FOUND = /power bank imerudi|the power bank is back/;
const lateBy = (hours: number): Act =>
  heard(
    new RegExp(`umechelewa (?:ma)?saa ${hours},|you are ${hours} hours? late`),
    `late by ${hours} hours, and what it costs so far`,
  );

/** What happens at which minute after the end; every life is awake at the first of them. */
const late: Record<number, Act> = {
  [-30]: heard(REMINDER, "the reminder, half an hour before the end"),
  0: heard(DUE, "the end is told, and until when it costs nothing more"),
  41: heard(STEP, "half an hour before the price goes up"),
  [HOURS]: async (life) => {
    await lateBy(1)(life);
    const shown = await (await dialMenu(life.scene, life.renter, "africastalking")).press("2");
    life.scene.say.expect(/UMECHELEWA|LATE/.test(shown.text), "the menu says it too, with the price of now");
  },
  [6 * HOURS]: lateBy(6),
  [DAYS]: lateBy(24),
  [2 * DAYS]: lateBy(48),
  [3 * DAYS]: async (life) => {
    const { scene, renter } = life;
    const { say } = scene;
    await heard(LOST, "after 72 hours it counts as lost, and an SMS has the bill")(life);
    await renew(scene, renter);
    const lost = await reads(life);
    say.expect(lost.status === "lost", "by itself", lost.status);
    say.expect(lost.price?.totalTzs === 26_000, "base fee and replacement, no late hours", lost.price);
    const { debtTzs } = await readWallet(scene, renter);
    say.sees(`owes ${money(debtTzs)}`);
    const refused = await calls(scene, renter)("POST", "/rentals/start", { stationCode: "1001" });
    say.expect(codeOf(refused) === "debt_open", "who owes does not rent", refused.body);
    say.sees(detailOf(refused));
    const closed = await calls(scene, renter)("DELETE", "/users/profile");
    say.expect(closed.status === 409, "and does not close the account", closed.body);
    say.sees(detailOf(closed));
  },
  [4 * DAYS]: async (life) => {
    const { scene, renter, bank } = life;
    await renew(scene, renter);
    const before = await readWallet(scene, renter);
    await putBack(scene, bank);
    await heard(FOUND, "found within 45 days: the bill becomes that of its return, the difference goes back")(life);
    const after = await readWallet(scene, renter);
    scene.say.sees(
      `owes ${money(before.debtTzs)} before, ${money(after.debtTzs)} now; wallet ${money(after.walletTzs)}`,
    );
    scene.say.expect(after.debtTzs < before.debtTzs, "less is owed", after);
    const found = await reads(life);
    scene.say.expect(found.price?.totalTzs === 15_000, "what the hours cost, up to the cap", found.price);
    await readCreditNote(scene, renter, life.rentalId);
  },
};

const punctual: Record<number, Act> = {
  [-30]: async (life) => {
    const { scene, renter, bank } = life;
    await heard(REMINDER, "the reminder")(life);
    await putBack(scene, bank);
    await heard(BILL, "an SMS has the bill")(life);
    await useTwoHandsets(scene, renter);
  },
  41: ({ scene, renter }) => staysSilent(scene, renter, "whoever has brought it back hears nothing more"),
};

const quiet: Record<number, Act> = {
  [-30]: async ({ scene, renter }) => {
    await renew(scene, renter);
    await topUp(scene, renter, 2_000);
  },
  0: ({ scene, renter }) =>
    staysSilent(scene, renter, "money was told at once; reminder and end have to wait for the end of the quiet hours"),
  30: async (life) => {
    const { scene, renter, rentalId } = life;
    const { say } = scene;
    const told = await hears(scene, renter, /./, "then only what still holds is told");
    say.expect(DUE.test(told), "which is the end, not the reminder", told);
    await renew(scene, renter);
    say.step("buys more time after the end");
    const extended = await calls(scene, renter)("POST", `/rentals/${rentalId}/extend`, {});
    const { dueAt } = take(
      say,
      extended,
      202,
      RentalView,
      "the late hour that has begun stays, the new time runs from its end",
    );
    say.sees(`until ${clockOf(Date.parse(dueAt ?? ""))}`);
    await heard(EXTENDED, "an SMS tells the new end")(life);
  },
  41: async (life) => {
    const { scene, renter, bank } = life;
    await putBack(scene, bank);
    const bill = await hears(scene, renter, BILL, "an SMS has the bill");
    scene.say.expect(/2,000/.test(bill), "base fee, one late hour, one extension", bill);
  },
};

export const ACTS: Record<Kind, Record<number, Act>> = { late, punctual, quiet };
export const OFFSETS = [...new Set(Object.values(ACTS).flatMap((acts) => Object.keys(acts).map(Number)))].toSorted(
  (a, b) => a - b,
);

const Sessions = z.object({ items: z.array(z.object({ id: z.string(), isCurrent: z.boolean() })) });

/** Signs in on another handset, and logs it out from the first one. */
const useTwoHandsets = async (scene: Scene, renter: Renter): Promise<void> => {
  const { say, outside } = scene;
  const { locale, msisdn } = renter;
  await renew(scene, renter);
  say.step("signs in on another handset");
  const phone = `0${msisdn.slice(3)}`;
  const asked = await outside.call("POST", "/api/v1/auth/login", { locale, body: { phone } });
  const { challengeId } = take(say, asked, 202, ChallengeView, "a code is on its way");
  const otp = /\d{6}/.exec(await hears(scene, renter, /^\d{6}/, "it came"))?.[0];
  const body = { challengeId, phone, otp };
  const verified = await outside.call("POST", "/api/v1/auth/verify-phone", { locale, body });
  const { refreshToken } = take(say, verified, 200, SessionView, "both are signed in");
  const call = calls(scene, renter);
  const { items } = take(say, await call("GET", "/users/sessions"), 200, Sessions, "the handsets are listed");
  const other = say.need(
    items.find(({ isCurrent }) => !isCurrent),
    "the other one is among them",
    items,
  );
  say.expect((await call("DELETE", `/users/sessions/${other.id}`)).status === 204, "it is logged out from here");
  const refused = await outside.call("POST", "/api/v1/auth/refresh", { locale, body: { refreshToken } });
  say.expect(codeOf(refused) === "refresh_invalid", "and does not come back", refused.body);
  say.sees(detailOf(refused));
};
