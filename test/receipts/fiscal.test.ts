import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import type { FiscalDevice } from "../../durable-objects/fiscal-device.ts";
import { runMinute } from "../../src/jobs.ts";
import { HOUR_MS } from "../../src/lib/clock.ts";
import { readFiscalSettings } from "../../src/providers/fiscal.ts";
import { issueCreditNote, numberReceipts } from "../../src/receipts/service.ts";
import { Config } from "../../src/config.ts";
import { signIn, workerFetch } from "../support/city.ts";
import { neon, sql } from "../support/control.ts";
import { createBank, createStation, createUser, ids } from "../support/factories.ts";
import { startTra, type Tra } from "../support/fiscal.ts";
import { bankIn, bankOut, type Bench, createBench, start } from "../support/verbs.ts";
import { readQrs } from "../support/qr-reader.ts";

let tra: Tra;
beforeAll(async () => {
  tra = await startTra();
  Object.assign(env, tra.settings);
});

/** Numbered at once, unless statements that match `refused` find no database. */
const finished = async (bench: Bench, hours: number, refused?: string) => {
  const userId = await createUser({ walletTzs: 50_000 });
  const station = await createStation();
  const powerBankId = await createBank();
  const { rental } = await start(bench, userId, station);
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 1 });
  bench.clock.advance(hours * HOUR_MS);
  if (refused) await neon.arm({ refuse: { match: refused } });
  await bankIn(bench, station.id, { powerBankId, seq: 2 });
  await Promise.allSettled(bench.deferred);
  await neon.clear();
  const [row] = await sql<{ id: `rcp_${string}`; token: string }>(
    "select id, token from receipts where rental_id = $1",
    [rental.id],
  );
  return { rentalId: rental.id, userId, ...row! };
};

const deviceIdle = () =>
  runInDurableObject(env.FISCAL_DEVICES.getByName(tra.certKey), (object: FiscalDevice) => object.outbox.idle());
const counters = () =>
  sql<{ number: number; gc: number }>(
    "select r.number, f.global_counter as gc from receipts r join fiscal_receipts f on f.receipt_id = r.id order by r.id",
  );

describe("a receipt under a fiscal device", () => {
  test("has the device's counter as its number, the verify address as JSON and QR, and is at the authority", async () => {
    const bench = createBench();
    const { rentalId, userId, token } = await finished(bench, 6);
    const renter = await signIn(userId);
    const receipt = await (
      await renter.call("GET", `/rentals/${rentalId}/receipt`)
    ).json<{ number: string; fiscal: Record<string, unknown> }>();
    const number = Number(receipt.number);
    expect(receipt.fiscal).toMatchObject({
      verificationCode: `ABC123${number}`,
      globalCounter: number,
      deviceSerial: tra.certKey,
      taxpayer: "ChajiPoa Ltd",
      tin: "100100100",
      vrn: "40001234A",
      taxOffice: "Tax Office Ilala",
    });
    expect(receipt.fiscal["verifyUrl"]).toMatch(new RegExp(`^https://verify\\.tra\\.go\\.tz/ABC123${number}_\\d{6}$`));
    const page = await (
      await workerFetch(new Request(`http://chajipoa.test/r/${token}`, { headers: { "accept-language": "en" } }))
    ).text();
    for (const part of [`href="${String(receipt.fiscal["verifyUrl"])}"`, `ABC123${number}`, tra.certKey, "40001234A"])
      expect(page).toContain(part);
    expect(readQrs(page)).toEqual([receipt.fiscal["verifyUrl"]]);
    await deviceIdle();
    const sent = (await tra.documents("receipt")).find((document) => document.number === receipt.number);
    const time = /<TIME>(.*)<\/TIME>/.exec(sent!.text)![1]!.replaceAll(":", "");
    expect(receipt.fiscal["verifyUrl"]).toContain(`_${time}`);
    expect(sent!.text).toContain("<DESC>Power bank rental</DESC><QTY>1</QTY><TAXCODE>1</TAXCODE><AMT>1000</AMT>");
    expect(sent!.text).toContain("<DESC>Late return</DESC><QTY>2</QTY><TAXCODE>1</TAXCODE><AMT>1000</AMT>");
    expect((await tra.attempts()).flatMap(({ problems }) => problems)).toEqual([]);
  });

  test("over nothing is no sale: it is numbered by us, the device does not count it", async () => {
    const bench = createBench();
    const { id } = await finished(bench, 0.05);
    expect(
      await sql("select series, total_tzs::int as total, number is not null as numbered from receipts where id = $1", [
        id,
      ]),
    ).toEqual([{ series: "house", total: 0, numbered: true }]);
    expect(await sql("select 1 from fiscal_receipts where receipt_id = $1", [id])).toEqual([]);
  });

  test("is numbered once and without a gap by rounds at once, and by a round whose answer was lost", async () => {
    const bench = createBench();
    for (let i = 0; i < 4; i++) await finished(bench, 1, "receipts_number");
    expect(await sql("select 1 from receipts where number is null")).toHaveLength(4);
    await Promise.all(Array.from({ length: 5 }, () => numberReceipts(bench.deps)));
    await finished(bench, 1, "receipts_number");
    await neon.arm({ dropAfterCommit: { count: 1, match: "receipts_number_fiscal" } });
    await numberReceipts(bench.deps);
    await neon.clear();
    expect(await sql("select 1 from receipts where number is null")).toEqual([]);
    const rows = await counters();
    expect(rows.map(({ number, gc }) => number === gc)).not.toContain(false);
    expect(rows.map(({ gc }) => gc).toSorted((a, b) => a - b)).toEqual(rows.map((_, index) => index + 1));
  });

  test("keeps the number that the device gave when the database did not hear of it", async () => {
    const bench = createBench();
    const { id } = await finished(bench, 1, "receipts_number_fiscal");
    expect(await sql("select number from receipts where id = $1", [id])).toEqual([{ number: null }]);
    const [given] = await runInDurableObject(env.FISCAL_DEVICES.getByName(tra.certKey), (object: FiscalDevice) =>
      object.sql.all<{ global_counter: number }>("select global_counter from numbers where receipt_id = ?", id),
    );
    await numberReceipts(bench.deps);
    expect(await sql("select number from receipts where id = $1", [id])).toEqual([{ number: given!.global_counter }]);
  });

  test("is settled and numbered within the round while the authority is away, and sent afterwards", async () => {
    await deviceIdle();
    await tra.arm({ on: "receipt", answer: "error", times: 1_000 });
    const bench = createBench();
    const { id } = await finished(bench, 1, "receipts_number");
    await runMinute({ ...bench.deps, log: { write: () => {} } });
    const [row] = await sql<{ number: number }>("select number from receipts where id = $1", [id]);
    expect(row!.number).toBeGreaterThan(0);
    await tra.attempts("receipt", 1);
    await deviceIdle();
    expect((await tra.documents("receipt", 0)).map(({ number }) => number)).not.toContain(String(row!.number));
    await tra.disarm();
    await runInDurableObject(env.FISCAL_DEVICES.getByName(tra.certKey), (object: FiscalDevice) =>
      object.sql.run("update outbox set next_at_ms = 0"),
    );
    await runMinute({ ...bench.deps, log: { write: () => {} } });
    await deviceIdle();
    expect((await tra.documents("receipt")).map(({ number }) => number)).toContain(String(row!.number));
  });

  test("is taken back by a credit note of our own series, of which the device hears nothing", async () => {
    const bench = createBench();
    const { id } = await finished(bench, 1);
    const financeId = await createUser();
    await sql("update users set role = 'finance' where id = $1", [financeId]);
    const before = (await sql("select 1 from fiscal_receipts")).length;
    const { creditNote } = await issueCreditNote(
      bench.deps,
      { kind: "staff", userId: financeId, sessionId: ids.next("ses"), role: "finance" },
      {
        receiptId: id,
        lines: null,
        reason: "reversal",
        note: "charged in error",
        key: { route: "test", key: ids.secret(8), bodyHash: "x" },
        requestId: "req_test",
      },
    );
    await numberReceipts(bench.deps);
    expect(await sql("select number from credit_notes where id = $1", [creditNote.id])).toEqual([
      { number: expect.any(Number) },
    ]);
    expect((await sql("select 1 from fiscal_receipts")).length).toBe(before);
  });
});

describe("the settings of a fiscal device", () => {
  const change = (settings: Record<string, string>) => readFiscalSettings(Config.parse({ ...env, ...settings }));

  test("are none without an address", () => {
    expect(change({ FISCAL_URL: "" })).toBeNull();
  });

  test.each(["FISCAL_TIN", "FISCAL_CERT_KEY", "FISCAL_CERT_SERIAL", "FISCAL_PRIVATE_KEY"])(
    "are refused without %s",
    (name) => {
      expect(() => change({ [name]: "" })).toThrow("FISCAL_URL needs");
    },
  );

  test("take the key in PEM, in one line too, and codes by rate", () => {
    const pem = `-----BEGIN PRIVATE KEY-----\n${tra.privateKey.replaceAll(/(.{64})/g, "$1\n")}\n-----END PRIVATE KEY-----\n`;
    const plain = change({})!.privateKey;
    expect(change({ FISCAL_PRIVATE_KEY: pem })!.privateKey).toEqual(plain);
    expect(change({ FISCAL_PRIVATE_KEY: pem.replaceAll("\n", "\\n") })!.privateKey).toEqual(plain);
    expect(change({ FISCAL_TAX_CODES: "16:2, 7.5:4" })!.taxCodes).toEqual({ "16": 2, "7.5": 4 });
    expect(() => change({ FISCAL_TAX_CODES: "16" })).toThrow("FISCAL_TAX_CODES");
    expect(() => change({ FISCAL_PRIVATE_KEY: "%%%" })).toThrow("FISCAL_PRIVATE_KEY");
  });
});
