// What fails too often is taken out of use by itself, with a ticket; staff put it back.
import { describe, expect, it } from "vitest";
import type { Id } from "../../src/lib/ids.ts";
import { ticketOffline } from "../../src/maintenance/service.ts";
import { listUnfinished } from "../../src/rentals/service.ts";
import { deskOf, startOffice } from "../http/staff.ts";
import { sql } from "../support/control.ts";
import { createBank, createStation, ids } from "../support/factories.ts";
import { bankIn, type Bench, createBench, report } from "../support/verbs.ts";

const DAY_MS = 86_400_000;
type Kind = "not_out" | "unknown" | "wrong_slot";

interface Failure {
  slot?: number;
  powerBankId?: string;
  kind?: Kind;
  commandId?: Id<"cmd">;
}

const fail = (
  bench: Bench,
  stationId: Id<"stn">,
  { slot = 3, powerBankId = `pb_${ids.secret(8)}`, kind = "not_out", commandId = ids.next("cmd") }: Failure = {},
) => report(bench, stationId, { verb: "eject_failed", commandId, powerBankId, slot, kind, atMs: bench.clock.now() });

const stateOf = async (stationId: string, slot = 3) =>
  (
    await sql<{ state: string }>("select state from station_slots where station_id = $1 and slot = $2", [
      stationId,
      slot,
    ])
  )[0]?.state ?? "in_service";
const ticketsOf = (column: "station_id" | "power_bank_id", id: string) =>
  sql(`select kind, state, slot, opened_by from tickets where ${column} = $1 order by id`, [id]);
const told = async (bench: Bench) => {
  await Promise.all(bench.deferred.splice(0));
  return bench.stations.calls.filter(({ verb }) => verb === "configure").map(({ input }) => input);
};
const bankOf = async (id: string) =>
  (await sql("select is_out_of_service, service_reason from power_banks where id = $1", [id]))[0]!;

describe("a slot", () => {
  it("is quarantined by its third failure in a week, with a ticket, and its station hears of it", async () => {
    const bench = createBench();
    const { id } = await createStation();
    const commandId = ids.next("cmd");
    await fail(bench, id, { commandId });
    await fail(bench, id, { commandId });
    await fail(bench, id, { kind: "unknown" });
    expect(await stateOf(id)).toBe("in_service");
    expect(await told(bench)).toEqual([]);
    await fail(bench, id);
    expect(await stateOf(id)).toBe("quarantined");
    expect(await ticketsOf("station_id", id)).toEqual([
      { kind: "slot_quarantined", state: "open", slot: 3, opened_by: "system:health" },
    ]);
    expect(await told(bench)).toMatchObject([{ settings: { lockedSlots: [3] } }]);
    expect(await sql("select actor, action from audit_log where subject = $1", [id])).toEqual([
      { actor: "system:health", action: "slot_quarantined" },
    ]);
  });

  it("is not quarantined by failures that are a week apart", async () => {
    const bench = createBench();
    const { id } = await createStation();
    await fail(bench, id);
    await fail(bench, id);
    bench.clock.advance(8 * DAY_MS);
    await fail(bench, id);
    expect(await stateOf(id)).toBe("in_service");
  });

  it("is quarantined at once when it opened another one", async () => {
    const bench = createBench();
    const { id } = await createStation();
    await fail(bench, id, { kind: "wrong_slot" });
    expect(await stateOf(id)).toBe("quarantined");
  });

  it("that was put back in service begins anew, its ticket is done, and its object forgets", async () => {
    const office = startOffice();
    const agent = await deskOf(office.app, "agent");
    const bench = createBench({ startMs: office.app.clock.now() });
    const { id } = await createStation();
    for (let n = 0; n < 3; n++) await fail(bench, id);
    expect((await agent.get(`/stations/${id}`)).body).toMatchObject({
      station: { slots: [{ slot: 3, state: "quarantined", changedBy: "system:health" }] },
    });
    const { body } = await agent.get(`/stations/${id}`);
    expect((body["slots"] as unknown[])[2]).toMatchObject({ slot: 3, service: { state: "quarantined" }, failures: 3 });
    office.app.clock.advance(1_000);
    await agent.send("POST", `/stations/${id}/slots`, { slot: 3, isInService: true, reason: "new spring" });
    await office.app.settle();
    const { version, settings } = office.told.at(-1)!;
    expect(settings).toMatchObject({ lockedSlots: [], released: [{ slot: 3, version }] });
    expect(await ticketsOf("station_id", id)).toMatchObject([{ state: "done" }]);
    bench.clock.advance(2_000);
    await fail(bench, id);
    await fail(bench, id);
    expect(await stateOf(id)).toBe("in_service");
    await fail(bench, id);
    expect(await stateOf(id)).toBe("quarantined");
  });
});

describe("a power bank", () => {
  it("is held back by its third failure in two slots, and not for the fault of one slot", async () => {
    const bench = createBench();
    const { id } = await createStation();
    const [stuck, innocent] = [await createBank(), await createBank()];
    for (let n = 0; n < 3; n++) await fail(bench, id, { slot: 5, powerBankId: innocent });
    for (const slot of [1, 2]) await fail(bench, id, { slot, powerBankId: stuck });
    expect(await bankOf(stuck)).toMatchObject({ is_out_of_service: false });
    await fail(bench, (await createStation()).id, { slot: 1, powerBankId: stuck });
    expect(await bankOf(stuck)).toMatchObject({ is_out_of_service: true });
    expect(await bankOf(innocent)).toMatchObject({ is_out_of_service: false });
    expect(await ticketsOf("power_bank_id", stuck)).toMatchObject([{ kind: "bank_quarantined", state: "open" }]);
  });

  it("that is held, retired or unknown is told so to the station it comes into", async () => {
    const bench = createBench();
    const { id } = await createStation();
    const [good, held, retired] = [await createBank(), await createBank(), await createBank("retired")];
    await sql("update power_banks set cycles = 12 where id = $1", [good]);
    await sql("update power_banks set is_out_of_service = true, service_reason = 'swollen' where id = $1", [held]);
    const arrive = async (powerBankId: string, seq: number) => {
      const result = await bankIn(bench, id, { powerBankId, seq, slot: seq });
      return result.status === "accepted" ? result.bank : result;
    };
    expect(await arrive(good, 1)).toEqual({ powerBankId: good, cycles: 12, isHeld: false });
    expect(await arrive(held, 2)).toMatchObject({ isHeld: true });
    expect(await arrive(retired, 3)).toMatchObject({ isHeld: true });
    expect(await arrive("pb_nobodys", 4)).toEqual({ powerBankId: "pb_nobodys", cycles: 0, isHeld: true });
    // A repeat of the event says the same.
    expect(await arrive(held, 2)).toMatchObject({ isHeld: true });
  });
});

it("what a station cries out is one ticket, and is kept each time", async () => {
  const bench = createBench();
  const { id } = await createStation();
  const cry = (seq: number) =>
    report(bench, id, {
      verb: "station_alert",
      alert: "opened_without_command",
      slot: 2,
      detail: null,
      atMs: bench.clock.now(),
      event: { bootId: "boot-1", seq },
    });
  for (const seq of [1, 1, 2]) await cry(seq);
  expect(await sql("select alert, slot from station_alerts where station_id = $1", [id])).toHaveLength(2);
  expect(await sql("select kind, occurrences, slot from tickets where station_id = $1", [id])).toEqual([
    { kind: "station_alert", occurrences: 2, slot: 2 },
  ]);
});

describe("a station that fell silent", () => {
  const seen = async (isOnline: boolean, minutesAgo: number, change = "") => {
    const { id } = await createStation();
    await sql(
      `insert into station_projections (station_id, version, free_banks, free_slots, is_online, seen_at)
       values ($1, 1, 3, 5, $2, '2026-11-20T09:00:00Z'::timestamptz - make_interval(mins => $3))`,
      [id, isOnline, minutesAgo],
    );
    if (change) await sql(change, [id]);
    return id;
  };
  const watch = (bench: Bench) => ticketOffline(bench.deps, 100, "req_test");

  it("has a ticket after a quarter of an hour, which is done when it is heard again", async () => {
    const bench = createBench();
    const [silent, fresh, heard] = [await seen(false, 15), await seen(false, 14), await seen(true, 60)];
    await watch(bench);
    await watch(bench);
    expect(await ticketsOf("station_id", silent)).toMatchObject([{ kind: "station_offline", state: "open" }]);
    expect(await ticketsOf("station_id", fresh)).toEqual([]);
    expect(await ticketsOf("station_id", heard)).toEqual([]);
    await sql("update station_projections set is_online = true where station_id = $1", [silent]);
    await watch(bench);
    expect(await ticketsOf("station_id", silent)).toMatchObject([{ kind: "station_offline", state: "done" }]);
  });

  it("has none while it is closed, out of service or taken down", async () => {
    const bench = createBench();
    // 2026-11-20 is a Friday; it is noon in Dar es Salaam.
    const hours = `update stations set opening_hours = '[{"day": 5, "opens": "18:00", "closes": "22:00"}]' where id = $1`;
    const quiet = [
      await seen(false, 60, hours),
      await seen(false, 60, "update stations set is_in_service = false where id = $1"),
      await seen(false, 60, "update stations set is_in_service = false, retired_at = now() where id = $1"),
    ];
    await watch(bench);
    for (const id of quiet) expect(await ticketsOf("station_id", id)).toEqual([]);
  });

  it("while it is said to be online, is asked by the minute's round once in ten minutes", async () => {
    const bench = createBench();
    const old = await seen(true, 11);
    const lately = await seen(true, 9);
    const asked: string[] = [];
    for (let minute = 0; minute < 10; minute++) {
      const { silentStations } = await listUnfinished(
        bench.deps.db,
        Date.parse("2026-11-20T09:00:00Z") + minute * 60_000,
        100,
      );
      asked.push(...silentStations);
    }
    expect(asked.filter((id) => id === old)).toHaveLength(1);
    expect(asked.filter((id) => id === lately).length).toBeLessThanOrEqual(1);
  });
});
