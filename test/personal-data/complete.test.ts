// Looks for a person in every table of the database, as somebody would who does not know which tables there are: whatever names the person, or
// anything that is his, has to be in the export, and nothing of who our people are.
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import type { FiscalDevice } from "../../durable-objects/fiscal-device.ts";
import { decideDispute, openDispute } from "../../src/disputes/service.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import { workOnTicket } from "../../src/maintenance/service.ts";
import { storeReport } from "../../src/messages/repository.ts";
import { drainMessages, resendMessage } from "../../src/messages/service.ts";
import { settleCallback } from "../../src/payments/service.ts";
import { sections } from "../../src/personal-data/repository.ts";
import { PersonalDataView } from "../../src/personal-data/schemas.ts";
import { swapRental } from "../../src/rentals/service.ts";
import { numberReceipts } from "../../src/receipts/service.ts";
import { askWithdrawal, closeUnproven } from "../../src/withdrawals/service.ts";
import { signIn, startApp } from "../http/harness.ts";
import { sql } from "../support/control.ts";
import { createBank, createStation, fundWallet, ids } from "../support/factories.ts";
import { startTra } from "../support/fiscal.ts";
import { createPayoutBench, createStaff, type PayoutBench, tell, withdraw } from "../support/payouts.ts";
import { extend } from "../support/rented.ts";
import { callback, importLine, openTopUp, other } from "../support/suspense.ts";
import { asUser, bankIn, bankOut, start } from "../support/verbs.ts";

type Row = Record<string, unknown>;

const keyOf = (route: string) => ({ route, key: ids.secret(12), bodyHash: "-" });
const requestId = "req_test";

/** A rental that was prolonged, and another that was swapped; the bill of the first is disputed and some of it given back. */
const rent = async (bench: PayoutBench, userId: Id<"usr">) => {
  const station = await createStation();
  const [first, bad, good] = [await createBank(), await createBank(), await createBank()];
  const { rental } = await start(bench, userId, station);
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId: first, seq: 1 });
  await extend({ bench, userId, station, powerBankId: first, id: rental.id, startedAtMs: bench.clock.now() });
  bench.clock.advance(HOUR_MS);
  await bankIn(bench, station.id, { powerBankId: first, seq: 2 });
  await numberReceipts(bench.deps);
  const { rental: swapped } = await start(bench, userId, station);
  await bankOut(bench, station.id, { rentalId: swapped.id, powerBankId: bad, seq: 3 });
  const input = { rentalId: swapped.id, cause: "no_charge" as const, key: keyOf("swap"), requestId };
  const { rental: next } = await swapRental(bench.deps, asUser(userId), input);
  await bankOut(bench, station.id, { rentalId: next.id, powerBankId: good, seq: 4, slot: 5 });
  bench.clock.advance(MINUTE_MS);
  await bankIn(bench, station.id, { powerBankId: bad, seq: 5, slot: 6 });
  await bankIn(bench, station.id, { powerBankId: good, seq: 6, slot: 7 });
  const complaint = { rentalId: rental.id, kind: "charge", text: "Nililipa mara mbili", stationCode: null } as const;
  const { dispute } = await openDispute(bench.deps, asUser(userId), { ...complaint, key: keyOf("dispute"), requestId });
  await Promise.all(bench.deferred);
  const decision = { disputeId: dispute.id, outcome: "refund", amountTzs: 300, note: "looked at" } as const;
  await decideDispute(bench.deps, await createStaff("support"), { ...decision, key: keyOf("decide"), requestId });
  return swapped.id;
};

/** A top-up that its provider tells of twice, under two transactions. */
const pay = async (bench: PayoutBench, userId: Id<"usr">) => {
  const payment = await openTopUp(bench, userId);
  await settleCallback(bench.deps, callback(payment), requestId);
  await settleCallback(bench.deps, callback(payment, other(ids.secret(32))), requestId);
};

/** A withdrawal of which nobody hears anything, until two of staff say that it came back. */
const giveUp = async (bench: PayoutBench, userId: Id<"usr">) => {
  bench.answers = [{ status: "unknown", reason: "timeout" }];
  const { withdrawal } = await withdraw(bench, userId);
  bench.clock.advance(72 * HOUR_MS);
  const vote = { withdrawalId: withdrawal.id, outcome: "returned" as const, reason: "their mail of Monday", requestId };
  for (const finance of [await createStaff(), await createStaff()]) await closeUnproven(bench.deps, finance, vote);
  bench.answers = [];
};

/** What staff did about the person: a ticket of a bank that was his, and a text that was sent again. */
const servedBy = async (bench: PayoutBench, userId: Id<"usr">, rentalId: string) => {
  const [ticket] = await sql<{ id: Id<"mnt"> }>("select id from tickets where rental_id = $1", [rentalId]);
  const support = await createStaff("support");
  await workOnTicket(bench.deps, support, {
    ticketId: ticket!.id,
    note: "looked at",
    parts: [],
    state: "in_progress",
    assignee: support.userId,
    use: keyOf("work"),
    requestId,
  });
  await drainMessages(bench.deps);
  const [message] = await sql<{ id: Id<"msg"> }>(
    "update messages set state = 'failed' where user_id = $1 and template = 'rental_receipt' returning id",
    [userId],
  );
  await storeReport(
    bench.deps.db,
    {
      provider: "beem",
      providerReference: ids.secret(10),
      messageId: message!.id,
      outcome: "failed",
      statusWord: "UNDELIVERED",
      reason: null,
      resolves: false,
    },
    bench.clock.now(),
  );
  await resendMessage(bench.deps, support, { messageId: message!.id, reason: "she got none", requestId });
};

let own: Id<"usr">;
let text: string;
let all: Record<string, Row[]>;

beforeAll(async () => {
  const tra = await startTra();
  Object.assign(env, tra.settings);
  const app = startApp();
  const { userId, accessToken: token } = await signIn(app);
  own = userId;
  await fundWallet(userId, 30_000);
  const bench = createPayoutBench({ startMs: app.clock.now() });
  await servedBy(bench, userId, await rent(bench, userId));
  const { withdrawal } = await withdraw(bench, userId);
  await tell(bench, withdrawal);
  const [{ reference, ours }] = (await sql(
    "select provider_reference as reference, external_id as ours from withdrawals where id = $1",
    [withdrawal.id],
  )) as [{ reference: string; ours: string }];
  await importLine(reference, 3_000, ours);
  await giveUp(bench, userId);
  await askWithdrawal(bench.deps, asUser(userId), { id: ids.secret(20), amountTzs: 2_000, provider: "mpesa" });
  await pay(bench, userId);
  await runInDurableObject(env.FISCAL_DEVICES.getByName(tra.certKey), (device: FiscalDevice) => device.outbox.idle());
  text = await (await app.request("GET", "/api/v1/users/export", { token })).text();
  all = JSON.parse(text) as typeof all;
});

/** Rows that are only ours although they name something of the person, as conditions that let the others through. */
const OURS: Record<string, string> = {
  // Under whose keys staff worked.
  idempotency_keys: "actor not like 'staff:%'",
};

describe("a person's traces in the database", () => {
  it("are all in the export, whatever table they lie in", async () => {
    const names = [...new Set(text.match(/\b(?:rnt|pay|wdr|rcp|crn|msg|dsp|mnt|ses)_[0-9a-z]{26}\b/g))];
    expect(new Set(names.map((name) => name.slice(0, 3)))).toEqual(
      new Set(["rnt", "pay", "wdr", "rcp", "crn", "msg", "dsp", "mnt", "ses"]),
    );
    const tables = await sql<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    );
    const exported = (table: string) =>
      // What moved is exported by entry, with its movements inside.
      Object.entries(sections)
        .filter(([name, section]) => section.table === table || (name === "entries" && table === "journal_entries"))
        .reduce((sum, [name]) => sum + all[name]!.length, 0);
    const missing: string[] = [];
    for (const { name } of tables) {
      const [row] = await sql<{ n: number }>(
        `select count(*)::int as n from "${name}" t where t::text ~ $1 and ${OURS[name] ?? "true"}`,
        [[own, ...names].join("|")],
      );
      if (row!.n > exported(name)) missing.push(`${name}: ${row!.n}, exported ${exported(name)}`);
    }
    expect(missing, "export it in src/personal-data/repository.ts, or say here why it is only ours").toEqual([]);
  });

  it("were left in every part of it, so that the search above has something to miss", () => {
    const empty = Object.keys(sections).filter((name) => all[name]!.length === 0);
    expect(empty).toEqual([]);
  });

  it("lead to nobody of our people", () => {
    expect(new Set(text.match(/\busr_[0-9a-z]{26}\b/g))).toEqual(new Set([own]));
  });
});

it("each part of the export is described in the published document, and no other", () => {
  expect(Object.keys(PersonalDataView.shape)).toEqual(["format", "exportedAt", ...Object.keys(sections)]);
  expect(() => PersonalDataView.parse(all)).not.toThrow();
});
