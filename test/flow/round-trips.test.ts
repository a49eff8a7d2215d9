// The counts of docs/design/performance.md. Upper bounds on rows are frozen at what the first green build wrote.
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import type { StationObject } from "../../durable-objects/station.ts";
import { neon, redis, sql } from "../support/control.ts";
import {
  type CityStation,
  eventually,
  openStation,
  postCallback,
  type Providers,
  type Renter,
  signIn,
  startProviders,
} from "../support/city.ts";
import { createUser } from "../support/factories.ts";
import { rowsWritten } from "../support/written-rows.ts";

let providers: Providers;
let from: CityStation;
let to: CityStation;
let renter: Renter;

const objectRows = (station: CityStation) =>
  runInDurableObject(env.STATIONS.getByName(station.id), (object: StationObject) => object.sql.rowsWritten);
const idle = async (...stations: CityStation[]) => {
  for (const station of stations)
    await runInDurableObject(env.STATIONS.getByName(station.id), (object: StationObject) => object.outbox.idle());
};
const statusOf = async (id: string) =>
  (await sql<{ status: string }>("select status from rentals where id = $1", [id]))[0]?.status;

/** Statements by the function they call, without the health of anything else. */
const calledFunctions = (texts: string[]) => texts.map((text) => /select "(\w+)"/.exec(text)?.[1] ?? "query");

const measured = async (work: () => Promise<unknown>, station: CityStation) => {
  const objectBefore = await objectRows(station);
  let inRedis = { requests: -1, texts: [] as string[] };
  let inPostgres = { requests: -1, texts: [] as string[] };
  const written = await rowsWritten(async () => {
    inRedis = await redis.during(async () => {
      inPostgres = await neon.during(async () => {
        await work();
      });
    });
  });
  return {
    postgres: calledFunctions(inPostgres.texts),
    redis: inRedis.requests,
    rows: written,
    objectRows: (await objectRows(station)) - objectBefore,
  };
};

beforeAll(async () => {
  providers = await startProviders();
  from = await openStation([95, 90, 85, 80, 75, 70]);
  to = await openStation([]);
  renter = await signIn(await createUser({ walletTzs: 100_000 }));
  // The first use of the limiter's script costs one round trip more, and a projection is due once after the inventory.
  await renter.call("GET", "/users/wallet");
  await renter.call("POST", "/rentals/start", "{}", { "idempotency-key": "warm" });
  await idle(from, to);
  await eventually(
    () => sql("select station_id from station_projections where station_id = any($1)", [[from.id, to.id]]),
    (rows) => rows.length === 2,
  );
});

describe("round trips and rows", () => {
  let rentalId = "";

  test("authenticating a request asks nobody: a refused token and a limited client cost no database work", async () => {
    const seen = await measured(
      async () =>
        expect((await renter.call("POST", "/rentals/start", "not json", { "idempotency-key": "x" })).status).toBe(400),
      from,
    );
    expect(seen).toMatchObject({ postgres: [], redis: 1, objectRows: 0 });
    expect(seen.rows.total).toBe(0);
  });

  test("a start with a funded wallet: one to Postgres, one to Redis, at most ten rows there and four in the object", async () => {
    from.client.model.arm({ kind: "no_answer", times: 1 } as never);
    const seen = await measured(async () => {
      const response = await renter.call(
        "POST",
        "/rentals/start",
        { stationCode: from.code },
        { "idempotency-key": "start" },
      );
      expect(response.status).toBe(202);
      rentalId = (await response.json<{ id: string }>()).id;
    }, from);
    expect(seen.postgres.filter((name) => name !== "station_seen")).toEqual(["rental_open"]);
    expect(seen.redis).toBe(1);
    expect(seen.rows.total).toBeLessThanOrEqual(10);
    expect(seen.objectRows).toBeLessThanOrEqual(4);
  });

  test("the bank's departure: one to Postgres, at most seven rows there and eight in the object", async () => {
    const command = await from.client.frame("eject");
    const seen = await measured(async () => {
      from.client.model.cabinet.remove(command.slot);
      from.client.send({
        type: "ejected",
        bootId: from.client.model.bootId,
        seq: from.client.model.seq + 1,
        at: Date.now(),
        commandId: command.commandId,
        slot: command.slot,
        powerBankId: command.powerBankId,
        result: "out",
        rawCode: null,
      });
      await eventually(
        () => statusOf(rentalId),
        (status) => status === "active",
      );
      await idle(from);
    }, from);
    expect(seen.postgres.filter((name) => !["station_seen", "messages_claim", "message_sent"].includes(name))).toEqual([
      "rental_activate",
    ]);
    const own =
      Object.entries(seen.rows.byTable)
        .filter(([table]) => table !== "messages")
        .reduce((sum, [, n]) => sum + n, 0) + 1;
    expect(own).toBeLessThanOrEqual(7);
    expect(seen.objectRows).toBeLessThanOrEqual(8);
    expect(seen.redis).toBe(0);
  });

  test("reading a rental and a page of history: one to Postgres each, beside the limit", async () => {
    for (const path of [`/rentals/${rentalId}`, "/users/rentals", "/rentals/active", "/users/wallet"]) {
      const seen = await measured(async () => expect((await renter.call("GET", path)).status).toBe(200), from);
      expect([path, seen.postgres.length, seen.redis, seen.rows.total]).toEqual([path, 1, 1, 0]);
    }
  });

  test("a return: two to Postgres, at most seventeen rows there and six in the object", async () => {
    const [row] = await sql<{ power_bank_id: string }>("select power_bank_id from rentals where id = $1", [rentalId]);
    const seen = await measured(async () => {
      const { bootId, seq } = to.client.model;
      to.client.send({
        type: "returned",
        bootId,
        seq: seq + 1,
        at: Date.now(),
        slot: 2,
        powerBankId: row!.power_bank_id,
        chargePercent: 20,
        result: "ok",
        rawCode: null,
      });
      await eventually(
        () => statusOf(rentalId),
        (status) => status === "completed",
      );
      await idle(to, from);
    }, to);
    const deferred = ["station_seen", "messages_claim", "message_sent", "receipts_number"];
    expect(seen.postgres.filter((name) => !deferred.includes(name))).toEqual(["custody_return", "rental_settle"]);
    // Numbering and sending come after; they touch the receipt, its counter and the message.
    const later =
      2 + Math.max(0, (seen.rows.byTable["messages"] ?? 0) - 1) + (seen.rows.byTable["receipt_counters"] ?? 0) - 1;
    expect(seen.rows.total - later).toBeLessThanOrEqual(17);
    expect(seen.objectRows).toBeLessThanOrEqual(6);
  });

  test("a callback: one to Postgres and one to the object, at most sixteen rows; the same bytes again: one, none, no row", async () => {
    const other = await signIn(await createUser());
    await other.call("GET", "/users/wallet");
    const start = await measured(async () => {
      const response = await other.call(
        "POST",
        "/rentals/start",
        { stationCode: from.code, payment: { provider: "mpesa", phone: "0754700200" } },
        { "idempotency-key": "short" },
      );
      expect(response.status).toBe(202);
      rentalId = (await response.json<{ id: string }>()).id;
    }, from);
    expect(start.postgres.filter((name) => name !== "station_seen")).toEqual(["rental_open", "payment_submitted"]);
    expect(start.rows.total).toBeLessThanOrEqual(10);
    expect(start.objectRows).toBeLessThanOrEqual(4);

    const [payment] = await sql<{ external_id: string }>("select external_id from payments where rental_id = $1", [
      rentalId,
    ]);
    const [callback] = await providers.callbacks(payment!.external_id);
    from.client.model.arm({ kind: "no_answer", times: 1 } as never);
    const first = await measured(async () => expect((await postCallback(callback!)).status).toBe(200), from);
    expect(first.postgres.filter((name) => !["station_seen", "messages_claim"].includes(name))).toEqual([
      "payment_settle",
    ]);
    expect(first.redis).toBe(0);
    expect(first.rows.total).toBeLessThanOrEqual(16);
    expect(first.objectRows).toBeLessThanOrEqual(4);

    await sql("update rentals set status = 'cancelled', reason = 'test' where id = $1", [rentalId]);
    const again = await measured(async () => expect((await postCallback(callback!)).status).toBe(200), from);
    expect(again.postgres.filter((name) => !["station_seen", "messages_claim"].includes(name))).toEqual([
      "payment_settle",
    ]);
    expect(again.rows.total).toBe(0);
    expect(again.objectRows).toBe(0);
  });

  test("a start that is refused for want of stock or money: one to Postgres, nothing to the object, nothing written", async () => {
    const poor = await signIn(await createUser());
    const seen = await measured(
      async () =>
        expect(
          (await poor.call("POST", "/rentals/start", { stationCode: from.code }, { "idempotency-key": "p" })).status,
        ).toBe(402),
      from,
    );
    expect(seen.postgres.filter((name) => name !== "station_seen")).toEqual(["rental_open"]);
    expect(seen.rows.total).toBe(0);
    expect(seen.objectRows).toBe(0);
  });
});
