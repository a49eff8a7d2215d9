// Tickets that facts open by themselves.
import { expect, test } from "vitest";
import { idPattern } from "../../src/lib/ids.ts";
import { sql } from "../support/control.ts";
import { createStation } from "../support/factories.ts";

const open = (key: string, stationId: string) =>
  sql<{ id: string }>(
    `select internal_ticket('station_alert', $1, 'Power lost', $2, 3, null, null, '{"alert": "power_lost"}', 'station:' || $2, now(), 'req_test') as id`,
    [key, stationId],
  );

test("the same trouble is one ticket while it is open, and another one after it was closed", async () => {
  const { id: stationId } = await createStation();
  const key = `alert:${stationId}:3`;
  const [first] = await open(key, stationId);
  const [again] = await open(key, stationId);
  expect(first!.id).toMatch(idPattern("mnt"));
  expect(again).toEqual(first);
  expect(await sql("select state, occurrences, slot, opened_by from tickets where id = $1", [first!.id])).toEqual([
    { state: "open", occurrences: 2, slot: 3, opened_by: `station:${stationId}` },
  ]);
  await sql("select internal_ticket_over($1, 'it is over', 'system:test', now(), null)", [key]);
  expect(await sql("select state, closed_by from tickets where id = $1", [first!.id])).toEqual([
    { state: "done", closed_by: "system:test" },
  ]);
  const [next] = await open(key, stationId);
  expect(next!.id).not.toBe(first!.id);
  expect(await sql("select action from audit_log where subject = $1 order by id", [first!.id])).toEqual([
    { action: "ticket_opened" },
    { action: "ticket_closed" },
  ]);
});

test("ids that the database makes are like all others, and sort by their time", async () => {
  const rows = await sql<{ id: string }>(
    "select internal_id('mnt', '2026-11-20T09:00:00Z'::timestamptz + make_interval(secs => n)) as id from generate_series(1, 50) n order by n",
  );
  const ids = rows.map((row) => row.id);
  expect(new Set(ids).size).toBe(50);
  expect(ids.toSorted()).toEqual(ids);
  for (const id of ids) expect(id).toMatch(idPattern("mnt"));
});
