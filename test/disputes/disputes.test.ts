import { describe, expect, test } from "vitest";
import { HOUR_MS, DAY_MS } from "../../src/lib/clock.ts";
import type { Actor, Role } from "../../src/lib/actor.ts";
import type { Id } from "../../src/lib/ids.ts";
import { decideDispute, openDispute, readDispute, readDisputes } from "../../src/disputes/service.ts";
import { numberReceipts } from "../../src/receipts/service.ts";
import { neon, sql } from "../support/control.ts";
import { balanceOf, createStation, createUser, ids } from "../support/factories.ts";
import { entry, findBreaks, giveBack, type Rented, rentBank, told } from "../support/rented.ts";
import { closeAccount } from "../../src/users/service.ts";
import { signIn } from "../support/city.ts";
import { asUser, createBench } from "../support/verbs.ts";

const EVENT = { bootId: "boot-1", seq: 7, type: "inventory", atMs: 1, receivedAtMs: 2, isPlausible: true, body: "{}" };

const hire = async (role: Role): Promise<Extract<Actor, { kind: "staff" }>> => {
  const userId = await createUser();
  await sql("update users set role = $2 where id = $1", [userId, role]);
  return { kind: "staff", userId, role } as Extract<Actor, { kind: "staff" }>;
};

const complain = async (rented: Rented, more: { stationCode?: string; key?: string; userId?: Id<"usr"> } = {}) => {
  const { deps, deferred } = rented.bench;
  const opened = await openDispute(deps, asUser(more.userId ?? rented.userId), {
    rentalId: rented.id,
    kind: "returned",
    text: "I put it back at noon",
    stationCode: more.stationCode ?? null,
    key: { route: "POST dispute", key: more.key ?? ids.secret(12), bodyHash: "-" },
    requestId: "req_test",
  });
  await Promise.all(deferred);
  return opened;
};

const decide = (
  rented: Rented,
  staff: Extract<Actor, { kind: "staff" }>,
  disputeId: Id<"dsp">,
  outcome: "refund" | "goodwill" | "rejected",
  amountTzs: number,
  key = ids.secret(12),
) =>
  decideDispute(rented.bench.deps, staff, {
    disputeId,
    outcome,
    amountTzs,
    note: "looked at",
    key: { route: "POST decide", key, bodyHash: "-" },
    requestId: "req_test",
  });

/** Returned eight hours late: 1,000 and 4,000 late. */
const billed = async () => {
  const rented = await rentBank(createBench(), 10_000);
  rented.bench.clock.advance(12 * HOUR_MS);
  await giveBack(rented);
  await numberReceipts(rented.bench.deps);
  return rented;
};

describe("a dispute", () => {
  test("shows staff the renter's words, the bank's movements, and what both stations had on record", async () => {
    const rented = await billed();
    const claimed = await createStation();
    rented.bench.stations.answers.evidence = [EVENT];
    const { dispute } = await complain(rented, { stationCode: claimed.code });
    const reading = await readDispute(rented.bench.deps, dispute.id);
    expect(reading).toMatchObject({ text: "I put it back at noon", rental: { id: rented.id, isDisputed: true } });
    expect(reading.movements.map(({ direction }) => direction)).toEqual(["out", "in"]);
    expect(reading.dispute.evidence.claimedStationId).toBe(claimed.id);
    expect(reading.dispute.evidence.stations.toSorted((a, b) => (a.stationId < b.stationId ? -1 : 1))).toEqual(
      [rented.station.id, claimed.id].toSorted().map((stationId) => ({ stationId, events: [EVENT] })),
    );
    const [row] = await sql<{ text: string }>("select text_sealed as text from disputes where id = $1", [dispute.id]);
    expect(row!.text).not.toContain("noon");
    const page = await readDisputes(rented.bench.deps, { state: "open", cursor: null, limit: 100 });
    expect(page.items.map(({ id }) => id)).toContain(dispute.id);
  });

  test("is open all the same when a station cannot be asked", async () => {
    const rented = await billed();
    rented.bench.stations.answers.evidence = new Error("away");
    const { dispute } = await complain(rented);
    expect((await readDispute(rented.bench.deps, dispute.id)).dispute).toMatchObject({
      state: "open",
      evidence: { stations: [] },
    });
  });

  test("is one per rental, its renter's own, and of the last 60 days", async () => {
    const rented = await billed();
    await expect(complain(rented, { userId: await createUser() })).rejects.toMatchObject({ code: "rental_unknown" });
    await neon.arm({ dropAfterCommit: { match: "dispute_open", count: 1 } });
    const first = await complain(rented, { key: "one" });
    expect(await complain(rented, { key: "one" })).toMatchObject({ isReplay: true, dispute: { id: first.dispute.id } });
    await expect(complain(rented)).rejects.toMatchObject({ code: "dispute_open" });
    await decide(rented, await hire("support"), first.dispute.id, "rejected", 0);
    await expect(complain(rented)).rejects.toMatchObject({ code: "dispute_unavailable" });
    const old = await billed();
    old.bench.clock.advance(60 * DAY_MS + 1);
    await expect(complain(old)).rejects.toMatchObject({ code: "dispute_unavailable" });
  });
});

test("a renter reads what he wrote and what was decided, and nobody else's", async () => {
  const rented = await billed();
  const renter = await signIn(rented.userId);
  const path = `/rentals/${rented.id}/dispute`;
  const none = await renter.call("GET", path);
  expect([none.status, await none.json()]).toMatchObject([404, { code: "dispute_unknown" }]);
  const { dispute } = await complain(rented);
  const mine = async () => (await renter.call("GET", path)).json();
  expect(await mine()).toMatchObject({ id: dispute.id, state: "open", outcome: null, text: "I put it back at noon" });
  await decide(rented, await hire("support"), dispute.id, "goodwill", 700);
  const decided = await mine();
  expect(decided).toMatchObject({ state: "decided", outcome: "goodwill", amountTzs: 700 });
  expect(decided).not.toHaveProperty("note");
  expect((await (await signIn(await createUser())).call("GET", path)).status).toBe(404);
});

describe("an account with a dispute", () => {
  const close = ({ bench, userId }: Rented) =>
    closeAccount(bench.deps, asUser(userId), { giveUpTzs: 0, requestId: "req_test" });
  /** Nothing is left in the wallet. */
  const returned = async () => {
    const rented = await rentBank(createBench());
    rented.bench.clock.advance(HOUR_MS);
    await giveBack(rented);
    await sql(
      "select ledger_post('test:' || $1, 'test_out', now(), now(), array['user_wallet:' || $1, 'azampay_clearing'], array[$2::bigint, -$2::bigint])",
      [rented.userId, await balanceOf(`user_wallet:${rented.userId}`)],
    );
    return rented;
  };

  test("is closed once it is decided, not before", async () => {
    const rented = await returned();
    const { dispute } = await complain(rented);
    await expect(close(rented)).rejects.toMatchObject({ code: "dispute_undecided" });
    await decide(rented, await hire("support"), dispute.id, "rejected", 0);
    await close(rented);
  });

  test.each([1, 2, 3, 4])("is either closed or disputed when both come at once, round %i", async () => {
    const rented = await returned();
    const [closed, opened] = await Promise.allSettled([close(rented), complain(rented)]);
    expect([closed.status, opened.status].toSorted()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("support decides", () => {
  test("a refund: late fees first, by a credit note, once, told and audited", async () => {
    const rented = await billed();
    const { dispute } = await complain(rented);
    const support = await hire("support");
    const before = await balanceOf(`user_wallet:${rented.userId}`);
    const { dispute: decided } = await decide(rented, support, dispute.id, "refund", 4_500, "key");
    expect(await decide(rented, support, dispute.id, "refund", 4_500, "key")).toMatchObject({ isReplay: true });
    await expect(decide(rented, support, dispute.id, "refund", 100)).rejects.toMatchObject({ code: "dispute_decided" });
    expect(await balanceOf(`user_wallet:${rented.userId}`)).toBe(before + 4_500);
    const notes = await sql<{ total: number; kinds: string[] }>(
      `select n.total_tzs::int as total, array(select l ->> 'kind' from jsonb_array_elements(n.lines) l) as kinds
       from credit_notes n where n.id = $1`,
      [decided.creditNoteId],
    );
    expect(notes).toEqual([{ total: -4_500, kinds: ["base", "late"] }]);
    expect(await entry(`credit_note:${decided.creditNoteId}`)).toMatchObject({ user_wallet: -4_500 });
    expect((await told(rented.userId)).at(-1)).toMatchObject({
      template: "dispute_decided",
      params: { amountTzs: 4_500 },
    });
    const audit = await sql<{ actor: string }>(
      "select actor from audit_log where subject = $1 and action = 'dispute_decided'",
      [rented.id],
    );
    expect(audit).toEqual([{ actor: `staff:${support.userId}` }]);
    expect(await findBreaks(rented.bench.clock.now())).toEqual([]);
  });

  test("no more back than the receipt has left", async () => {
    const rented = await billed();
    const { dispute } = await complain(rented);
    await expect(decide(rented, await hire("support"), dispute.id, "refund", 5_001)).rejects.toMatchObject({
      code: "credit_too_high",
      details: { remainingTzs: 5_000 },
    });
    expect((await readDispute(rented.bench.deps, dispute.id)).dispute.state).toBe("open");
  });

  test("a gift of the house up to the price of a power bank; more is for finance, and nobody decides about themselves", async () => {
    const rented = await billed();
    const { dispute } = await complain(rented);
    await expect(decide(rented, await hire("support"), dispute.id, "goodwill", 25_001)).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(decide(rented, await hire("agent"), dispute.id, "goodwill", 1)).rejects.toMatchObject({
      code: "forbidden",
    });
    await sql("update users set role = 'finance' where id = $1", [rented.userId]);
    const self = { kind: "staff", userId: rented.userId, role: "finance" } as Extract<Actor, { kind: "staff" }>;
    await expect(decide(rented, self, dispute.id, "goodwill", 1)).rejects.toMatchObject({ code: "forbidden" });
    await decide(rented, await hire("finance"), dispute.id, "goodwill", 25_001);
    expect(await entry(`dispute:${dispute.id}:goodwill`)).toEqual({ goodwill: 25_001, user_wallet: -25_001 });
  });
});
