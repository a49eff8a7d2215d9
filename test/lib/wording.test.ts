import { expect, it } from "vitest";
import { amountText, clockText, dateText } from "../../src/lib/wording.ts";

it.each([
  ["00:00", "saa 6:00 usiku"],
  ["03:59", "saa 9:59 usiku"],
  ["04:00", "saa 10:00 alfajiri"],
  ["06:00", "saa 12:00 asubuhi"],
  ["07:30", "saa 1:30 asubuhi"],
  ["12:00", "saa 6:00 mchana"],
  ["15:59", "saa 9:59 mchana"],
  ["16:00", "saa 10:00 jioni"],
  ["18:05", "saa 12:05 jioni"],
  ["19:00", "saa 1:00 usiku"],
  ["23:59", "saa 5:59 usiku"],
])("%s in Dar es Salaam is %s", (clock, swahili) => {
  const atMs = Date.parse(`2026-11-26T${clock}:00+03:00`);
  expect([clockText(atMs, "en"), clockText(atMs, "sw")]).toEqual([clock, swahili]);
});

it("dates by the day in Dar es Salaam", () => {
  expect(dateText(Date.parse("2026-11-25T21:00:00Z"))).toBe("26/11");
  expect(dateText(Date.parse("2026-11-25T20:59:59Z"))).toBe("25/11");
});

it.each([
  [0, "Sh 0"],
  [999, "Sh 999"],
  [1_000, "Sh 1,000"],
  [12_345_678, "Sh 12,345,678"],
])("writes %d as %s", (amountTzs, text) => {
  expect(amountText(amountTzs, "sw")).toBe(text);
  expect(amountText(amountTzs, "en")).toBe(text.replace("Sh", "TZS"));
});
