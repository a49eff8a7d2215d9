import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../../src/lib/clock.ts";
import { previewWithdrawal, requestWithdrawal } from "../../src/withdrawals/service.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createBank, createStation, createUser } from "../support/factories.ts";
import { createPayoutBench, requestOf, tell, withdraw } from "../support/payouts.ts";
import { asUser, bankIn, bankOut, start } from "../support/verbs.ts";

const shown = (amountTzs: number) => ({ amountTzs, provider: "mpesa" as const, phone: "0754123456" });

describe("at the same moment", () => {
  test("twenty identical withdrawals are one, sent once", async () => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: 10_000 });
    const { preview } = await previewWithdrawal(bench.deps, asUser(userId), shown(3_000));
    const request = await requestOf(preview, "same");
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => requestWithdrawal(bench.deps, asUser(userId), request)),
    );
    expect(new Set(answers.map(({ withdrawal }) => withdrawal.id)).size).toBe(1);
    expect(answers.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    expect(bench.sends).toHaveLength(1);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(7_000);
    expect(await bookBreaks()).toEqual([]);
  });

  test("of twenty different withdrawals one goes", async () => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: 100_000 });
    const previews = await Promise.all(
      Array.from({ length: 20 }, () => previewWithdrawal(bench.deps, asUser(userId), shown(3_000))),
    );
    const results = await Promise.allSettled(
      previews.map(async ({ preview }, i) =>
        requestWithdrawal(bench.deps, asUser(userId), await requestOf(preview, `key-${i}`)),
      ),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(
      new Set(
        results.flatMap((result) => (result.status === "rejected" ? [(result.reason as { code: string }).code] : [])),
      ),
    ).toEqual(new Set(["withdrawal_in_flight"]));
    expect(bench.sends).toHaveLength(1);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(97_000);
    expect(await bookBreaks()).toEqual([]);
  });

  test("a withdrawal of everything and a start share the wallet: one of them gets it", async () => {
    for (let round = 0; round < 5; round++) {
      const bench = createPayoutBench();
      const userId = await createUser({ walletTzs: 5_000 });
      const { preview } = await previewWithdrawal(bench.deps, asUser(userId), shown(5_000));
      const station = await createStation();
      const [out, rental] = await Promise.allSettled([
        requestWithdrawal(bench.deps, asUser(userId), await requestOf(preview, "k")),
        start(bench, userId, station),
      ]);
      expect([out.status, rental.status].toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(bench.sends).toHaveLength(out.status === "fulfilled" ? 1 : 0);
      expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
    }
    expect(await bookBreaks()).toEqual([]);
  });

  test("a withdrawal and the return of the bank leave the same money whichever is first", async () => {
    for (let round = 0; round < 5; round++) {
      const bench = createPayoutBench();
      const userId = await createUser({ walletTzs: 10_000 });
      const station = await createStation();
      const powerBankId = await createBank();
      const { rental } = await start(bench, userId, station);
      await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 1 + round * 2 });
      bench.clock.advance(HOUR_MS);
      const { preview } = await previewWithdrawal(bench.deps, asUser(userId), shown(5_000));
      const [out] = await Promise.all([
        requestWithdrawal(bench.deps, asUser(userId), await requestOf(preview, "k")),
        bankIn(bench, station.id, { powerBankId, seq: 2 + round * 2 }),
      ]);
      expect(out.withdrawal.state).toBe("submitted");
      expect(await balanceOf(`user_wallet:${userId}`)).toBe(4_000);
      expect(await balanceOf(`user_hold:${rental.id}`)).toBe(0);
    }
    expect(await bookBreaks()).toEqual([]);
  });

  test("a price that changed while the withdrawal was on its way is taken again", async () => {
    const bench = createPayoutBench();
    const userId = await createUser({ walletTzs: 20_000 });
    const station = await createStation();
    const { rental } = await start(bench, userId, station);
    await bankOut(bench, station.id, { rentalId: rental.id, powerBankId: await createBank(), seq: 1 });
    const { preview } = await previewWithdrawal(bench.deps, asUser(userId), shown(15_000));
    // The second call, with the price, is held before it executes; meanwhile the rental moves on.
    await neon.hold({ phase: "before", match: "withdrawal_open", count: 1 });
    const asked = requestWithdrawal(bench.deps, asUser(userId), await requestOf(preview, "k"));
    await neon.held();
    await neon.hold({ phase: "before", match: "withdrawal_open", count: 1 });
    await neon.release("continue");
    await neon.held();
    await sql("update rentals set version = version + 1 where id = $1", [rental.id]);
    const seen = await neon.during(async () => {
      await neon.release("continue");
      expect((await asked).withdrawal.state).toBe("submitted");
    });
    await neon.clear();
    expect(seen.texts.filter((text) => text.includes("withdrawal_open")).length).toBeGreaterThanOrEqual(1);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(0);
    expect(await bookBreaks()).toEqual([]);
  });

  test("fifty renters withdraw, half are told twice and out of order, and not a shilling is lost", async () => {
    const bench = createPayoutBench();
    const users = await Promise.all(Array.from({ length: 50 }, () => createUser({ walletTzs: 5_000 })));
    const made = await Promise.all(users.map((userId) => withdraw(bench, userId, { amountTzs: 2_000 })));
    const outcomes = await Promise.all(
      made.flatMap(({ withdrawal }, i) => {
        const status = i % 3 === 0 ? "failure" : "success";
        return Array.from({ length: i % 2 === 0 ? 2 : 1 }, () => tell(bench, withdrawal, { status }));
      }),
    );
    expect(outcomes.filter(({ outcome }) => outcome === "paid" || outcome === "returned")).toHaveLength(50);
    expect(await balanceOf("withdrawal_clearing")).toBe(await stillOut());
    const wallets = await Promise.all(users.map((userId) => balanceOf(`user_wallet:${userId}`)));
    expect(wallets).toEqual(users.map((_, i) => (i % 3 === 0 ? 5_000 : 3_000)));
    expect(bench.sends).toHaveLength(50);
    expect(await bookBreaks()).toEqual([]);
  });
});

/** What is on its way by the table. */
const stillOut = async (): Promise<number> =>
  Number(
    (
      await sql<{ total: string }>(
        "select coalesce(sum(amount_tzs + fee_tzs), 0) as total from withdrawals where state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown')",
      )
    )[0]!.total,
  );
