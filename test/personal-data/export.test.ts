// What a person is given when he asks for everything: all of it, nothing of anybody else, and nothing that is only ours.
import { beforeAll, describe, expect, it } from "vitest";
import { HOUR_MS } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import { initiatePayment } from "../../src/payments/service.ts";
import { sections } from "../../src/personal-data/repository.ts";
import { signIn, startApp, type TestApp } from "../http/harness.ts";
import { neon, sql } from "../support/control.ts";
import { createBank, createStation, fundWallet } from "../support/factories.ts";
import { createPayoutBench, type PayoutBench, tell, withdraw } from "../support/payouts.ts";
import { asUser, bankIn, bankOut, start } from "../support/verbs.ts";

type Row = Record<string, unknown>;
type Export = Record<string, Row[]> & { format: string; exportedAt: string };

const read = async (app: TestApp, token: string) => {
  const response = await app.request("GET", "/api/v1/users/export", { token });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, all: JSON.parse(text) as Export };
};

/** A rental with its receipt, a top-up on its way, and a withdrawal that arrived. */
const live = async (bench: PayoutBench, userId: Id<"usr">) => {
  await fundWallet(userId, 20_000);
  const [station, powerBankId] = [await createStation(), await createBank()];
  const { rental } = await start(bench, userId, station);
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 1 });
  bench.clock.advance(HOUR_MS);
  await bankIn(bench, station.id, { powerBankId, seq: 2 });
  const { withdrawal } = await withdraw(bench, userId);
  await tell(bench, withdrawal);
  await initiatePayment(bench.deps, asUser(userId), {
    amountTzs: 7_000,
    provider: "mpesa",
    phone: "0754 999 888",
    purpose: "top_up",
    key: { route: "POST /initiate", key: bench.deps.ids.secret(12), bodyHash: "x" },
    requestId: "req_test",
  });
  await sql(
    `insert into tickets (id, kind, state, title, detail, rental_id, opened_by, created_at, changed_at)
     values ('mnt_' || $1, 'manual', 'open', 'Cable torn', '{}', $1, 'staff:usr_somebody', now(), now())`,
    [rental.id],
  );
  return { rentalId: rental.id, withdrawalId: withdrawal.id };
};

let app: TestApp;
let asha: Awaited<ReturnType<typeof signIn>>;
let juma: Awaited<ReturnType<typeof signIn>>;
let lived: Awaited<ReturnType<typeof live>>;
let other: Awaited<ReturnType<typeof live>>;
let text: string;
let all: Export;

beforeAll(async () => {
  app = startApp();
  [asha, juma] = [await signIn(app), await signIn(app)];
  const json = { name: "Asha Mrema", locale: "sw", email: "asha@example.co.tz" };
  await app.call("PUT", "/api/v1/users/profile", { token: asha.accessToken, json });
  const bench = createPayoutBench({ startMs: app.clock.now() });
  lived = await live(bench, asha.userId);
  other = await live(bench, juma.userId);
  ({ text, all } = await read(app, asha.accessToken));
});

describe("an export", () => {
  it("is a file in JSON, whose parts are those that the document names", async () => {
    const { status, headers } = await read(app, asha.accessToken);
    expect([status, headers.get("Content-Type")]).toEqual([200, "application/json; charset=utf-8"]);
    expect(headers.get("Content-Disposition")).toBe(`attachment; filename="chajipoa-${asha.userId}.json"`);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(Object.keys(all)).toEqual(["format", "exportedAt", ...Object.keys(sections)]);
    expect(all.format).toBe("chajipoa-personal-data-1");
  });

  it("has the person, opened: number, address, consents", () => {
    expect(all["account"]).toEqual([
      expect.objectContaining({
        id: asha.userId,
        phone: `+255${asha.phone.slice(1)}`,
        email: "asha@example.co.tz",
        name: "Asha Mrema",
        locale: "sw",
        offersAcceptedAt: null,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      }),
    ]);
    expect(all["sessions"]).toHaveLength(1);
  });

  it("has the rental with its movements, its money and its receipt", () => {
    expect(all["rentals"]).toEqual([
      expect.objectContaining({ id: lived.rentalId, status: "completed", totalTzs: 1_000 }),
    ]);
    expect(all["movements"]!.map((row) => row["direction"])).toEqual(["out", "in"]);
    expect(all["receipts"]).toEqual([expect.objectContaining({ rentalId: lived.rentalId, totalTzs: 1_000 })]);
    const wallet = all["entries"]!.flatMap((entry) => entry["postings"] as { account: string; amountTzs: number }[]);
    const sum = wallet
      .filter(({ account }) => account === `user_wallet:${asha.userId}`)
      .reduce((total, { amountTzs }) => total - amountTzs, 0);
    const kept = all["balances"]!.find((row) => row["code"] === `user_wallet:${asha.userId}`);
    expect(kept?.["balanceTzs"]).toBe(sum);
    expect(all["tickets"]).toEqual([expect.objectContaining({ title: "Cable torn" })]);
    expect(all["messages"]!.length).toBeGreaterThan(0);
  });

  it("has payments and withdrawals with the numbers and the name that we keep sealed", () => {
    expect(all["payments"]).toEqual([expect.objectContaining({ phone: "+255754999888", amountTzs: 7_000 })]);
    expect(all["withdrawals"]).toEqual([
      expect.objectContaining({ id: lived.withdrawalId, phone: "+255754123456", recipientName: "ASHA JUMA" }),
    ]);
    expect(all["withdrawalCallbacks"]).toHaveLength(1);
    const actions = all["audit"]!.map((row) => row["action"]);
    expect(actions).toEqual(expect.arrayContaining(["withdrawal_asked"]));
  });

  it("has nothing of anybody else, and nothing that is a secret of ours", async () => {
    for (const foreign of [juma.userId, juma.phone.slice(1), other.rentalId, other.withdrawalId, "usr_somebody"])
      expect(text).not.toContain(foreign);
    const [{ external_id: payment }] = (await sql("select external_id from payments where user_id = $1", [
      asha.userId,
    ])) as [Row];
    const [{ external_id: withdrawal, send_token: token }] = (await sql(
      "select external_id, send_token from withdrawals where user_id = $1",
      [asha.userId],
    )) as [Row];
    const hash = await app.deps.phoneHash.hex(`255${asha.phone.slice(1)}`);
    for (const secret of [payment, withdrawal, token, hash, "t1:", app.deps.config.AZAMPAY_CALLBACK_PASSWORD])
      expect(text).not.toContain(String(secret));
  });

  it("goes on over as many pages as there are", async () => {
    await sql(
      `insert into messages (id, user_id, template, params, dedupe_key, state, not_before, created_at)
       select 'msg_bulk' || lpad(n::text, 5, '0'), $1, 'x', '{}', 'bulk:' || n, 'sent', now(), now() from generate_series(1, 1203) n`,
      [juma.userId],
    );
    const { all: his } = await read(app, juma.accessToken);
    const bulk = his["messages"]!.map((row) => String(row["id"])).filter((id) => id.startsWith("msg_bulk"));
    expect(new Set(bulk).size).toBe(1_203);
    expect(bulk).toHaveLength(1_203);
  });

  it("of a closed account is refused before the first byte", async () => {
    const gone = await signIn(app);
    expect((await app.call("DELETE", "/api/v1/users/profile", { token: gone.accessToken })).status).toBe(204);
    const { status, body } = await app.call("GET", "/api/v1/users/export", { token: gone.accessToken });
    expect([status, body["code"]]).toEqual([403, "account_closed"]);
  });

  it("breaks off when the database goes away, and is then no JSON", async () => {
    await neon.arm({ refuse: { match: "fiscal_receipts", mode: "error" } });
    const response = await app.request("GET", "/api/v1/users/export", { token: asha.accessToken });
    await expect(response.text()).rejects.toThrow();
    await neon.clear();
    expect(app.lines.at(-1)).toMatchObject({ event: "export", level: "error" });
  });
});

/** Tables that hang on a person, a rental, a payment or the like, and hold nothing on the renter; each with its reason. */
const ABOUT_STAFF = ["power_banks"];

it("has every table that hangs on a person or on what is his", async () => {
  const roots = ["users", "rentals", "payments", "withdrawals", "receipts", "messages", "tickets"];
  const hanging = await sql<{ name: string }>(
    `select distinct t.relname as name from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_class r on r.oid = c.confrelid
     where c.contype = 'f' and r.relname = any($1)`,
    [roots],
  );
  const exported = new Set(Object.values(sections).map(({ table }) => table));
  const missing = hanging.map(({ name }) => name).filter((name) => !exported.has(name) && !ABOUT_STAFF.includes(name));
  expect(missing, "export it in src/personal-data/repository.ts, or say why it is not about the renter").toEqual([]);
});
