// The one rule in its two places, and what a renter hears outside hours.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isoTime } from "../../src/lib/clock.ts";
import { isOpen, type OpeningHours, OpeningTime } from "../../src/stations/opening-hours.ts";
import { sql } from "../support/control.ts";
import { createStation, createUser } from "../support/factories.ts";
import { bankIn, bankOut, createBench, start } from "../support/verbs.ts";

/** Local time in Dar es Salaam; 2026-11-23 is a Monday. */
const local = (text: string) => Date.parse(`${text}:00+03:00`);
const weekdays: OpeningHours = [1, 2, 3, 4, 5].map((day) => ({ day, opens: "08:00", closes: "22:00" }));
const friday: OpeningHours = [{ day: 5, opens: "18:00", closes: "02:00" }];
const sunday: OpeningHours = [{ day: 7, opens: "20:00", closes: "20:00" }];

describe("the times", () => {
  test.each([
    ["no times: always", null, "2026-11-23T03:00", true],
    ["the opening minute", weekdays, "2026-11-23T08:00", true],
    ["a minute before", weekdays, "2026-11-23T07:59", false],
    ["the last minute", weekdays, "2026-11-27T21:59", true],
    ["the closing minute", weekdays, "2026-11-27T22:00", false],
    ["a day without times", weekdays, "2026-11-28T12:00", false],
    ["after midnight of a night that began before it", friday, "2026-11-28T01:59", true],
    ["the end of that night", friday, "2026-11-28T02:00", false],
    ["the same hours of another night", friday, "2026-11-27T01:00", false],
    ["twenty-four hours from an evening on", sunday, "2026-11-30T19:59", true],
    ["no longer than those", sunday, "2026-11-30T20:00", false],
    ["until midnight", [{ day: 1, opens: "00:00", closes: "24:00" }] as OpeningHours, "2026-11-23T23:59", true],
    ["and not after it", [{ day: 1, opens: "00:00", closes: "24:00" }] as OpeningHours, "2026-11-24T00:00", false],
  ])("%s", (_, hours, at, expected) => {
    expect(isOpen(hours, local(at))).toBe(expected);
  });

  test("are the same in the database and here, at any minute of any week", async () => {
    const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
    const text = (value: number) =>
      `${String(Math.floor(value / 60)).padStart(2, "0")}:${String(value % 60).padStart(2, "0")}`;
    const time = fc.record({
      day: fc.integer({ min: 1, max: 7 }),
      opens: minute.map(text),
      closes: fc.oneof(minute.map(text), fc.constant("24:00")),
    });
    const cases = fc.sample(
      fc.record({
        hours: fc.array(time, { minLength: 1, maxLength: 4 }),
        atMs: fc.integer({ min: local("2026-01-01T00:00"), max: local("2027-12-31T00:00") }),
      }),
      { numRuns: 400, seed: 7 },
    );
    const rows = await sql<{ is_open: boolean }>(
      `select internal_is_open(c -> 'hours', (c ->> 'at')::timestamptz) as is_open
       from jsonb_array_elements($1::jsonb) with ordinality as t(c, n) order by n`,
      [JSON.stringify(cases.map(({ hours, atMs }) => ({ hours, at: isoTime(atMs) })))],
    );
    expect(rows.map((row) => row.is_open)).toEqual(cases.map(({ hours, atMs }) => isOpen(hours, atMs)));
    expect(new Set(rows.map((row) => row.is_open)).size).toBe(2);
  });

  test.each([
    { day: 0, opens: "08:00", closes: "10:00" },
    { day: 1, opens: "24:00", closes: "10:00" },
    { day: 1, opens: "8:00", closes: "10:00" },
    { day: 1, opens: "08:00", closes: "25:00" },
  ])("that are none are refused: %o", (time) => {
    expect(OpeningTime.safeParse(time).success).toBe(false);
  });
});

describe("outside hours", () => {
  const closedStation = async () => {
    const station = await createStation();
    await sql("update stations set opening_hours = $2 where id = $1", [station.id, JSON.stringify(weekdays)]);
    return station;
  };

  test("a start is refused, nothing is held, and within hours it goes on", async () => {
    const bench = createBench({ startMs: local("2026-11-23T07:59") });
    const station = await closedStation();
    const userId = await createUser({ walletTzs: 5_000 });
    await expect(start(bench, userId, station)).rejects.toMatchObject({ code: "station_closed" });
    expect(await sql("select id from rentals where user_id = $1", [userId])).toEqual([]);
    bench.clock.advance(60_000);
    await expect(start(bench, userId, station)).resolves.toMatchObject({ rental: { status: "dispensing" } });
  });

  test("a return is taken, and ends the rental at its time", async () => {
    const bench = createBench({ startMs: local("2026-11-23T21:00") });
    const station = await closedStation();
    const { rental } = await start(bench, await createUser({ walletTzs: 5_000 }), station);
    const [bank] = await sql<{ id: string }>(
      "insert into power_banks (id, place, updated_at) values ('CP-hours-1', 'depot', now()) returning id",
    );
    await bankOut(bench, station.id, { rentalId: rental.id, powerBankId: bank!.id, bootId: "b1", seq: 1 });
    bench.clock.set(local("2026-11-23T23:30"));
    await bankIn(bench, station.id, { powerBankId: bank!.id, bootId: "b1", seq: 2 });
    expect(await sql("select status from rentals where id = $1", [rental.id])).toEqual([{ status: "completed" }]);
  });
});
