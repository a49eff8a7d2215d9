import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/lib/clock.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createUser, fundWallet } from "../support/factories.ts";
import { extend, findBreaks, giveBack, moneyArrives, mpesa, rentalRow, rentBank, told } from "../support/rented.ts";
import { createBench } from "../support/verbs.ts";

describe("an extension from the wallet", () => {
  test("moves its price to the hold and the end by two hours; the bill has it once, with VAT", async () => {
    const rented = await rentBank(createBench(), 600);
    const { bench, userId, id, startedAtMs } = rented;
    bench.clock.advance(2 * HOUR_MS);
    const { rental, isReplay } = await extend(rented);
    expect(isReplay).toBe(false);
    expect(rental).toMatchObject({ status: "active", version: 3, dueAtMs: startedAtMs + 6 * HOUR_MS });
    expect(await balanceOf(`user_hold:${id}`)).toBe(5_500);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(100);
    expect(await told(userId)).toEqual([
      { template: "rental_extended", params: { amountTzs: 500, dueAtMs: startedAtMs + 6 * HOUR_MS } },
    ]);
    await Promise.all(bench.deferred);
    expect(bench.stations.calls.findLast(({ verb }) => verb === "renew")?.input).toEqual({
      rentalId: id,
      dueAtMs: startedAtMs + 6 * HOUR_MS,
      nextAskAtMs: startedAtMs + 5.5 * HOUR_MS,
    });
    bench.clock.advance(3 * HOUR_MS);
    await giveBack(rented);
    expect(await rentalRow(id)).toMatchObject({ status: "completed", totalTzs: 1_500 });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(4_100);
    expect(await balanceOf(`user_hold:${id}`)).toBe(0);
    expect(await bookBreaks()).toEqual([]);
    expect(await findBreaks(bench.clock.now())).toEqual([]);
  });

  test("bought after the end leaves the late hours that began due, and runs from the end of the last of them", async () => {
    const rented = await rentBank(createBench(), 10_000);
    const { bench, id, startedAtMs } = rented;
    bench.clock.set(startedAtMs + 4 * HOUR_MS + 5 * MINUTE_MS);
    expect((await extend(rented)).rental.dueAtMs).toBe(startedAtMs + 6 * HOUR_MS);
    bench.clock.set(startedAtMs + 7 * HOUR_MS + 15 * MINUTE_MS);
    const { rental } = await extend(rented);
    // Late from 6:10; two hours began, the second ends at 8:10.
    expect(rental.dueAtMs).toBe(startedAtMs + 10 * HOUR_MS + 10 * MINUTE_MS);
    expect(rental.isOverdue).toBe(false);
    bench.clock.set(startedAtMs + 10 * HOUR_MS);
    await giveBack(rented);
    expect((await rentalRow(id)).lines?.map(({ kind, grossTzs }) => [kind, grossTzs])).toEqual([
      ["base", 1_000],
      ["extension", 1_000],
      ["late", 1_000],
    ]);
  });

  test("is sold six times and no more", async () => {
    const rented = await rentBank(createBench(), 10_000);
    for (let sold = 0; sold < 6; sold++) await extend(rented);
    await expect(extend(rented)).rejects.toMatchObject({ code: "extension_unavailable" });
    expect((await rentalRow(rented.id)).extensions).toHaveLength(6);
  });

  test("is not sold once the cap of the day is reached", async () => {
    const rented = await rentBank(createBench(), 10_000);
    rented.bench.clock.set(rented.startedAtMs + 13 * HOUR_MS);
    await expect(extend(rented)).rejects.toMatchObject({ code: "extension_unavailable" });
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(10_000);
  });

  test("says what is missing when the wallet is short, and writes nothing", async () => {
    const rented = await rentBank(createBench(), 300);
    await expect(extend(rented)).rejects.toMatchObject({ code: "insufficient_funds", details: { missingTzs: 200 } });
    expect(await rentalRow(rented.id)).toMatchObject({ version: 2, extensions: [] });
  });

  test("with the same key is bought once; with another body the key is refused", async () => {
    const rented = await rentBank(createBench(), 5_000);
    await extend(rented, null, "same");
    expect(await extend(rented, null, "same")).toMatchObject({ isReplay: true, rental: { version: 3 } });
    await expect(extend(rented, mpesa, "same")).rejects.toMatchObject({ code: "idempotency_mismatch" });
    await giveBack(rented);
    expect(await extend(rented, null, "same")).toMatchObject({ isReplay: true, rental: { status: "completed" } });
    expect((await rentalRow(rented.id)).extensions).toHaveLength(1);
  });

  test("whose answer was lost is bought once", async () => {
    const rented = await rentBank(createBench(), 5_000);
    await neon.arm({ dropAfterCommit: { match: "rental_extend", count: 1 } });
    expect(await extend(rented)).toMatchObject({ rental: { version: 3 } });
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(4_500);
  });

  test("is for the renter's own rental while its bank is out", async () => {
    const rented = await rentBank(createBench(), 5_000);
    const stranger = await createUser({ walletTzs: 5_000 });
    await expect(extend({ ...rented, userId: stranger })).rejects.toMatchObject({ code: "rental_unknown" });
    await giveBack(rented);
    await expect(extend(rented)).rejects.toMatchObject({ code: "rental_not_active" });
  });
});

describe("the bill of a rental that was prolonged", () => {
  test.each([
    { hours: 5, part: { refundTzs: 4_000, debtTzs: 0 } },
    { hours: 60, part: { refundTzs: 0, debtTzs: expect.any(Number) as number } },
  ])("returned after $hours hours is answered to a repeat as it was the first time", async ({ hours, part }) => {
    const rented = await rentBank(createBench(), 500);
    await extend(rented);
    rented.bench.clock.set(rented.startedAtMs + hours * HOUR_MS);
    await giveBack(rented);
    const { refundTzs, debtTzs } = (await told(rented.userId)).at(-1)!.params;
    expect({ refundTzs, debtTzs }).toEqual(part);
    expect(debtTzs! > 0).toBe(hours === 60);
    // What the rental says is all that a repeat needs to be known by.
    const [repeat] = await sql<{ answer: Record<string, unknown> }>(
      "select rental_settle(jsonb_build_object('rentalId', id, 'eventKey', return_event_key)) as answer from rentals where id = $1",
      [rented.id],
    );
    expect(repeat!.answer).toMatchObject({ status: "settled", isRepeat: true, refundTzs, debtTzs });
  });
});

describe("an extension paid by a prompt", () => {
  test("is applied when the money arrives, as it was offered", async () => {
    const rented = await rentBank(createBench(), 200);
    const { bench, id, userId, startedAtMs } = rented;
    bench.clock.set(startedAtMs + 4 * HOUR_MS + 9 * MINUTE_MS);
    const { rental } = await extend(rented, mpesa, "prompt");
    expect(rental).toMatchObject({
      dueAtMs: startedAtMs + 4 * HOUR_MS,
      payment: { purpose: "extension", state: "submitted", amountTzs: 300 },
    });
    expect(await balanceOf(`user_hold:${id}`)).toBe(5_000);
    bench.clock.advance(3 * MINUTE_MS);
    expect(await moneyArrives(rented)).toMatchObject({ outcome: "credited", rental: { status: "active" } });
    expect(await rentalRow(id)).toMatchObject({ dueAtMs: startedAtMs + 6 * HOUR_MS, isOverdue: false });
    expect(await balanceOf(`user_hold:${id}`)).toBe(5_500);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
    expect((await told(userId)).map(({ template }) => template)).toEqual(["rental_extended"]);
    expect(await extend(rented, mpesa, "prompt")).toMatchObject({ isReplay: true });
    bench.clock.advance(MINUTE_MS);
    await giveBack(rented);
    expect(await rentalRow(id)).toMatchObject({ totalTzs: 1_500 });
    expect(await findBreaks(bench.clock.now())).toEqual([]);
  });

  test("whose money comes after the bank's return stays in the wallet, and the renter is told", async () => {
    const rented = await rentBank(createBench());
    await extend(rented, mpesa);
    rented.bench.clock.advance(2 * MINUTE_MS);
    await giveBack(rented);
    rented.bench.clock.advance(SECOND_MS);
    await moneyArrives(rented);
    expect((await rentalRow(rented.id)).extensions).toEqual([]);
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(5_500);
    expect((await told(rented.userId)).at(-1)).toEqual({
      template: "extension_late",
      params: { amountTzs: 500, walletTzs: 5_500 },
    });
  });

  test("whose money comes later than the payment waited stays in the wallet", async () => {
    const rented = await rentBank(createBench());
    await extend(rented, mpesa);
    rented.bench.clock.advance(10 * MINUTE_MS + SECOND_MS);
    await moneyArrives(rented);
    expect(await rentalRow(rented.id)).toMatchObject({ extensions: [], version: 2 });
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(500);
  });

  test("asked twice is sold once; the second money stays in the wallet", async () => {
    const rented = await rentBank(createBench());
    await extend(rented, mpesa);
    await extend(rented, mpesa);
    await moneyArrives(rented);
    rented.bench.clock.advance(SECOND_MS);
    await moneyArrives(rented);
    expect((await rentalRow(rented.id)).extensions).toHaveLength(1);
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(500);
    expect((await told(rented.userId)).map(({ template }) => template)).toEqual(["rental_extended", "extension_late"]);
  });

  test("that the provider refuses is an error, also for a repeat", async () => {
    const bench = createBench({ checkout: () => Promise.resolve({ status: "refused", reason: "no such number" }) });
    const rented = await rentBank(bench);
    await expect(extend(rented, mpesa, "refused")).rejects.toMatchObject({ code: "payment_refused" });
    await expect(extend(rented, mpesa, "refused")).rejects.toMatchObject({ code: "payment_refused" });
    expect(await rentalRow(rented.id)).toMatchObject({ status: "active", extensions: [] });
  });
});

describe("a return beside an extension", () => {
  const billed = async (arrivedBeforeMs: number) => {
    const rented = await rentBank(createBench(), 500);
    rented.bench.clock.advance(HOUR_MS);
    const arrivedAtMs = rented.bench.clock.now() - arrivedBeforeMs;
    await extend(rented);
    rented.bench.clock.advance(5 * MINUTE_MS);
    await giveBack(rented, arrivedAtMs);
    expect(await balanceOf(`user_hold:${rented.id}`)).toBe(0);
    return { total: (await rentalRow(rented.id)).totalTzs, wallet: await balanceOf(`user_wallet:${rented.userId}`) };
  };

  test.each([
    ["10 minutes before it, told afterwards", 10 * MINUTE_MS, 1_000],
    ["the millisecond before it", 1, 1_000],
    ["at the same moment", 0, 1_000],
    ["within what two clocks may differ", -2 * MINUTE_MS, 1_000],
    ["later than that", -2 * MINUTE_MS - 1, 1_500],
  ])("%s: the extension is dropped and refunded when it saves nothing", async (_, beforeMs, totalTzs) => {
    expect(await billed(beforeMs)).toEqual({ total: totalTzs, wallet: 5_500 - totalTzs });
  });

  test("keeps the extension of the same moment where it saves a late hour", async () => {
    const rented = await rentBank(createBench(), 500);
    await sql("update rentals set tariff = tariff || '{\"lateFeeTzs\": 900}' where id = $1", [rented.id]);
    rented.bench.clock.set(rented.startedAtMs + 4 * HOUR_MS + 10 * MINUTE_MS);
    await extend(rented);
    rented.bench.clock.advance(30 * SECOND_MS);
    await giveBack(rented);
    expect(await rentalRow(rented.id)).toMatchObject({ totalTzs: 1_500 });
  });

  test("running at the same time ends in one bill and no hold, whoever is first", async () => {
    for (let round = 0; round < 6; round++) {
      const rented = await rentBank(createBench());
      await fundWallet(rented.userId, 500);
      rented.bench.clock.advance(HOUR_MS);
      const [bought] = await Promise.allSettled([extend(rented), giveBack(rented)]);
      expect(await rentalRow(rented.id)).toMatchObject({ status: "completed", totalTzs: 1_000 });
      expect(await balanceOf(`user_hold:${rented.id}`)).toBe(0);
      expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(4_500);
      if (bought.status === "rejected") expect(bought.reason).toMatchObject({ code: "rental_not_active" });
    }
    expect(await bookBreaks()).toEqual([]);
  });
});
