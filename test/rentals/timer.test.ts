import { describe, expect, test } from "vitest";
import { runMinute } from "../../src/jobs.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/lib/clock.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf } from "../support/factories.ts";
import { ask, extend, giveBack, type Rented, rentalRow, rentBank, told } from "../support/rented.ts";
import { createBench } from "../support/verbs.ts";

const DUE_MS = 4 * HOUR_MS;
const names = async ({ userId }: Rented) => (await told(userId)).map(({ template }) => template);
/** Asks at this time after the start, as an object's timer would. */
const askAt = async (rented: Rented, afterMs: number) => {
  rented.bench.clock.set(rented.startedAtMs + afterMs);
  const answer = await ask(rented);
  if (answer.status !== "accepted") throw new Error("refused");
  return answer.rental!;
};
/** Asks whenever the last answer said, until `untilMs` after the start; answers when something was told. */
const follow = async (rented: Rented, untilMs: number) => {
  const heard: [template: string, minutesFromEnd: number][] = [];
  let count = 0;
  let afterMs = DUE_MS - 30 * MINUTE_MS;
  while (afterMs <= untilMs) {
    const { status, nextAskAtMs } = await askAt(rented, afterMs);
    const all = await names(rented);
    for (const name of all.slice(count)) heard.push([name, (afterMs - DUE_MS) / MINUTE_MS]);
    count = all.length;
    if (status !== "active") break;
    afterMs = nextAskAtMs! - rented.startedAtMs;
  }
  return heard;
};

describe("the timer of a rental", () => {
  test("reminds before the end and each price step, tells the end, and 1, 6, 24 and 48 hours after it, then it is lost", async () => {
    const rented = await rentBank(createBench());
    const heard = await follow(rented, DUE_MS + 80 * HOUR_MS);
    const steps = heard
      .filter(([name]) => name === "rental_price_step")
      .map(([, minutes]) => Math.round(minutes * 10) / 10);
    expect(heard.filter(([name]) => name !== "rental_price_step")).toEqual([
      ["rental_reminder", -30],
      ["rental_due", 0],
      ["rental_overdue", 60],
      ["rental_overdue", 6 * 60],
      ["rental_overdue", 24 * 60],
      ["rental_overdue", 48 * 60],
      ["rental_lost", 72 * 60],
    ]);
    // The first late hour is told by the reminder and the end. 5,000 are reached by the eighth, then each new day begins again.
    expect(steps.slice(0, 8)).toEqual([40, 100, 160, 220, 280, 340, 400, 20 * 60 + 40 - 60]);
    const totals = (await told(rented.userId))
      .filter(({ template }) => template === "rental_price_step")
      .map(({ params }) => params["totalTzs"]);
    expect(totals.slice(0, 8)).toEqual([2_000, 2_500, 3_000, 3_500, 4_000, 4_500, 5_000, 5_500]);
    expect(totals.at(-1)).toBe(15_000);
    expect(new Set(totals).size).toBe(totals.length);
    expect(await rentalRow(rented.id)).toMatchObject({ status: "lost", totalTzs: 26_000 });
  });

  test("says in each notice what quote says", async () => {
    const rented = await rentBank(createBench());
    const due = rented.startedAtMs + DUE_MS;
    await follow(rented, DUE_MS + HOUR_MS);
    expect(await told(rented.userId)).toEqual([
      { template: "rental_reminder", params: { dueAtMs: due, lateFeeTzs: 500 } },
      { template: "rental_due", params: { graceUntilMs: due + 10 * MINUTE_MS, lateFeeTzs: 500 } },
      { template: "rental_price_step", params: { stepAtMs: due + 70 * MINUTE_MS + 1, totalTzs: 2_000 } },
      {
        template: "rental_overdue",
        params: { hours: 1, totalTzs: 1_500, lostAtMs: due + 72 * HOUR_MS, replacementTzs: 25_000 },
      },
    ]);
  });

  test("tells each notice once, however often and by whomever it is asked", async () => {
    const rented = await rentBank(createBench());
    rented.bench.clock.set(rented.startedAtMs + DUE_MS - 29 * MINUTE_MS);
    await Promise.all([
      ask(rented),
      ask(rented),
      ask(rented),
      runMinute(rented.bench.deps),
      runMinute(rented.bench.deps),
    ]);
    await neon.arm({ dropAfterCommit: { match: "rental_due", count: 1 } });
    await ask(rented);
    expect(await names(rented)).toEqual(["rental_reminder"]);
    await askAt(rented, DUE_MS + SECOND_MS);
    await Promise.all([ask(rented), ask(rented)]);
    expect(await names(rented)).toEqual(["rental_reminder", "rental_due"]);
  });

  test("after hours in which nobody could ask tells the latest notice alone", async () => {
    const rented = await rentBank(createBench());
    const { nextAskAtMs } = await askAt(rented, DUE_MS + 9 * HOUR_MS);
    expect(await told(rented.userId)).toMatchObject([
      { template: "rental_overdue", params: { hours: 9, totalTzs: 5_000 } },
    ]);
    // Capped for the first day: the next step comes with the second.
    expect(nextAskAtMs).toBe(rented.startedAtMs + DUE_MS + 19 * HOUR_MS + 40 * MINUTE_MS + 1);
  });

  test("asked too early answers when to ask, and tells nothing", async () => {
    const rented = await rentBank(createBench());
    const answer = await askAt(rented, HOUR_MS);
    expect(answer).toMatchObject({ status: "active", nextAskAtMs: rented.startedAtMs + DUE_MS - 30 * MINUTE_MS });
    expect(await names(rented)).toEqual([]);
    expect(await rentalRow(rented.id)).toMatchObject({ version: 2, isOverdue: false });
  });

  test("reminds of the new end after an extension, and of the old one never again", async () => {
    const rented = await rentBank(createBench(), 1_000);
    await askAt(rented, DUE_MS - 30 * MINUTE_MS);
    rented.bench.clock.advance(SECOND_MS);
    await extend(rented);
    expect(await askAt(rented, DUE_MS)).toMatchObject({ nextAskAtMs: rented.startedAtMs + DUE_MS + 90 * MINUTE_MS });
    await askAt(rented, DUE_MS + 90 * MINUTE_MS);
    expect(await names(rented)).toEqual(["rental_reminder", "rental_extended", "rental_reminder"]);
    expect(await rentalRow(rented.id)).toMatchObject({ isOverdue: false });
  });

  test("of a rental that was returned elsewhere falls silent", async () => {
    const rented = await rentBank(createBench());
    rented.bench.clock.set(rented.startedAtMs + DUE_MS - HOUR_MS);
    await giveBack(rented);
    expect(await askAt(rented, DUE_MS + HOUR_MS)).toEqual({
      rentalId: rented.id,
      status: "completed",
      dueAtMs: null,
      nextAskAtMs: null,
    });
    await runMinute(rented.bench.deps);
    expect(await names(rented)).toEqual(["rental_receipt"]);
  });

  test("does not tell what the return that runs beside it has made untrue", async () => {
    for (let round = 0; round < 6; round++) {
      const rented = await rentBank(createBench());
      rented.bench.clock.set(rented.startedAtMs + DUE_MS + HOUR_MS);
      await Promise.all([ask(rented), giveBack(rented)]);
      expect(await rentalRow(rented.id)).toMatchObject({ status: "completed", totalTzs: 1_500 });
      rented.bench.clock.advance(HOUR_MS);
      await ask(rented);
      expect((await names(rented)).filter((name) => name !== "rental_receipt").length).toBeLessThanOrEqual(1);
    }
  });

  test("bills nothing: a return told days later costs what it cost then", async () => {
    const rented = await rentBank(createBench());
    for (const hours of [3.5, 4, 5, 10, 28, 52]) await askAt(rented, hours * HOUR_MS);
    await giveBack(rented, rented.startedAtMs + 3 * HOUR_MS);
    expect(await rentalRow(rented.id)).toMatchObject({ totalTzs: 1_000 });
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(4_000);
  });

  test("is asked by cron when the object does not, a minute later, for notices and for the loss", async () => {
    const rented = await rentBank(createBench());
    rented.bench.clock.set(rented.startedAtMs + DUE_MS - 29.5 * MINUTE_MS);
    await runMinute(rented.bench.deps);
    expect(await names(rented)).toEqual([]);
    rented.bench.clock.advance(MINUTE_MS);
    await runMinute(rented.bench.deps);
    expect(await names(rented)).toEqual(["rental_reminder"]);
    rented.bench.clock.set(rented.startedAtMs + DUE_MS + 72 * HOUR_MS + 2 * MINUTE_MS);
    await runMinute(rented.bench.deps);
    expect(await rentalRow(rented.id)).toMatchObject({ status: "lost", totalTzs: 26_000 });
  });

  test("of nobody's rental answers that there is none", async () => {
    const rented = await rentBank(createBench());
    expect(await ask({ ...rented, id: rented.bench.deps.ids.next("rnt") })).toMatchObject({
      status: "accepted",
      rental: { status: "unknown", dueAtMs: null },
    });
    expect(
      await sql("select count(*)::int as n from messages where user_id = $1 and template like 'rental_d%'", [
        rented.userId,
      ]),
    ).toEqual([{ n: 0 }]);
  });
});
