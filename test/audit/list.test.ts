// The audit log as staff look through it, over HTTP: by whom, what, to what and when, page by page.
import { beforeAll, expect, it } from "vitest";
import { type Desk, deskOf, startOffice } from "../http/staff.ts";
import { sql } from "../support/control.ts";
import { ids } from "../support/factories.ts";

const DAY_MS = 86_400_000;
/** Long before anything else that tests write. */
const BEGIN_MS = Date.UTC(2001, 0, 1);
const at = (ms: number) => new Date(ms).toISOString();

let admin: Desk;
const ANNA = `staff:${ids.next("usr")}`;
const BEN = `staff:${ids.next("usr")}`;
const RENTER = `user:${ids.next("usr")}`;
const SUBJECT = ids.next("stn");

beforeAll(async () => {
  admin = await deskOf(startOffice().app, "support");
  const rows: [day: number, actor: string, action: string, subject: string][] = [
    [0, RENTER, "rental_opened", ids.next("rnt")],
    [1, ANNA, "station_open", SUBJECT],
    [2, "system:sweep", "rental_opened", ids.next("rnt")],
    [3, BEN, "station_open", ids.next("stn")],
    [4, ANNA, "station_lock", SUBJECT],
    [5, RENTER, "rental_opened", ids.next("rnt")],
    [20, ANNA, "station_open", SUBJECT],
  ];
  for (const [day, actor, action, subject] of rows)
    await sql("insert into audit_log (at, actor, action, subject, detail) values ($1, $2, $3, $4, '{}')", [
      at(BEGIN_MS + day * DAY_MS),
      actor,
      action,
      subject,
    ]);
});

const list = async (query: Record<string, string | number>) => {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const { status, body } = await admin.get(`/audit?${search.toString()}`);
  const items = (body["items"] ?? []) as { at: string; actor: string; action: string }[];
  const days = items.map((item) => (Date.parse(item.at) - BEGIN_MS) / DAY_MS);
  return { status, items, days, nextCursor: body["nextCursor"] as string | null };
};
const week = { from: at(BEGIN_MS), to: at(BEGIN_MS + 7 * DAY_MS) };

it.each([
  ["one of staff, of all time", { actor: ANNA }, [20, 4, 1]],
  ["one of staff and what they did", { actor: ANNA, action: "station_open" }, [20, 1]],
  ["one of staff since", { actor: ANNA, from: at(BEGIN_MS + 4 * DAY_MS) }, [20, 4]],
  ["all of staff before", { actor: "staff", to: at(BEGIN_MS + 10 * DAY_MS) }, [4, 3, 1]],
  ["one deed of all of staff", { actor: "staff", action: "station_open", to: at(BEGIN_MS + 10 * DAY_MS) }, [3, 1]],
  ["one subject, one deed, of all time", { subject: SUBJECT, action: "station_open" }, [20, 1]],
  ["one subject and one actor", { subject: SUBJECT, actor: ANNA }, [20, 4, 1]],
  ["a week", week, [5, 4, 3, 2, 1, 0]],
  ["one action of a week, whoever did it", { ...week, action: "rental_opened" }, [5, 2, 0]],
  ["one renter of a week", { ...week, actor: RENTER }, [5, 0]],
  ["one kind of actor of a week", { ...week, actor: "system" }, [2]],
] as const)("of %s", async (_, query, days) => {
  expect(await list(query)).toMatchObject({ status: 200, days: [...days] });
});

it.each([
  ["an action alone", { action: "rental_opened" }],
  ["a renter alone", { actor: RENTER }],
  ["a beginning alone", { from: week.from }],
  ["more than a week of everything", { from: week.from, to: at(BEGIN_MS + 7 * DAY_MS + 1) }],
  ["an end before the beginning", { actor: "staff", from: week.to, to: week.from }],
  ["an actor that is of no kind", { actor: "somebody" }],
  ["a time that is none", { actor: "staff", from: "yesterday" }],
])("refuses %s", async (_, query) => {
  expect((await list(query as Record<string, string>)).status).toBe(400);
});

it("goes on page by page below the last row, under every filter", async () => {
  for (const filter of [{ actor: ANNA }, { ...week, action: "rental_opened" }]) {
    const whole = await list(filter);
    const days: number[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page = await list({ ...filter, limit: 2, ...(cursor === "" ? {} : { cursor }) });
      days.push(...page.days);
      cursor = page.nextCursor;
    }
    expect(days).toEqual(whole.days);
  }
});
