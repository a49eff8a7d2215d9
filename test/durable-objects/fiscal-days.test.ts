import { expect, it } from "vitest";
import { makeDevice, sale } from "./fiscal-harness.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
/** The last second of 20 November 2030 in Dar es Salaam. */
const LAST_SECOND = Date.parse("2030-11-20T20:59:59Z");

it("the daily counter begins anew at midnight of Dar es Salaam, the global one goes on, and the day gets its report", async () => {
  const device = await makeDevice({ startMs: LAST_SECOND });
  expect((await device.issue([sale(1_000), sale(1_500)])).numbers[1]).toMatchObject({
    globalCounter: 2,
    dailyCounter: 2,
    day: "2030-11-20",
    time: "23:59:59",
  });
  await device.idle();
  await device.pass(SECOND);
  expect((await device.issue([sale(500)])).numbers[0]).toMatchObject({
    globalCounter: 3,
    dailyCounter: 1,
    day: "2030-11-21",
    time: "00:00:00",
  });
  await device.idle();
  expect(await device.taken()).toEqual(["receipt 1", "receipt 2", "z_report 20301120", "receipt 3"]);
  const [report] = await device.tra.documents("z_report");
  expect(report!.text).toContain("<DAILYTOTALAMOUNT>2500.00</DAILYTOTALAMOUNT><GROSS>2500.00</GROSS>");
  expect(report!.text).toContain(
    "<VATRATE>A-18.00</VATRATE><NETTAMOUNT>2118.65</NETTAMOUNT><TAXAMOUNT>381.35</TAXAMOUNT>",
  );
  expect((await device.tra.attempts()).flatMap(({ problems }) => problems)).toEqual([]);
});

it("midnight reports the day by itself, a day without a receipt too", async () => {
  const device = await makeDevice({ startMs: LAST_SECOND });
  await device.issue([sale()]);
  await device.idle();
  await device.evict();
  expect(await device.alarmAtMs()).toBe(LAST_SECOND + SECOND);
  await device.alarm(SECOND);
  await device.alarm(DAY);
  expect(await device.taken()).toEqual(["receipt 1", "z_report 20301120", "z_report 20301121"]);
  await device.issue([sale(2_000)]);
  await device.alarm(DAY);
  const reports = await device.tra.documents("z_report");
  expect(
    reports.map(({ text }) => /<DAILYTOTALAMOUNT>([\d.]+)<\/DAILYTOTALAMOUNT><GROSS>([\d.]+)/.exec(text)!.slice(1)),
  ).toEqual([
    ["1000.00", "1000.00"],
    ["0.00", "1000.00"],
    ["2000.00", "3000.00"],
  ]);
});

it("an outage over midnight keeps the order: receipts of the day, its report, receipts of the next", async () => {
  const device = await makeDevice({ startMs: LAST_SECOND - HOUR });
  await device.tra.arm({ on: "receipt", answer: "bad_gateway", times: 2 });
  await device.issue([sale()]);
  await device.idle();
  await device.alarm(5 * SECOND);
  await device.pass(DAY);
  await device.issue([sale()]);
  await device.idle();
  expect(await device.taken()).toEqual(["receipt 1", "z_report 20301120", "receipt 2"]);
  expect((await device.tra.documents("receipt"))[0]!.text).toContain("<DATE>2030-11-20</DATE>");
});

it("a report is sent again byte for byte as well, and its days are told once", async () => {
  const device = await makeDevice({ startMs: LAST_SECOND });
  await device.issue([sale()]);
  await device.idle();
  await device.tra.arm({ on: "z_report", answer: "empty", accept: true });
  await device.alarm(SECOND);
  await device.evict();
  await device.alarm(5 * SECOND);
  await device.stub.wake();
  await device.idle();
  const attempts = await device.tra.attempts("z_report");
  expect(attempts.map(({ problems }) => problems)).toEqual([[], ["resent"]]);
  expect(attempts[1]!.text).toBe(attempts[0]!.text);
});

it("a clock that is set back makes no receipt older than the one before it, and no day again", async () => {
  const device = await makeDevice({ startMs: LAST_SECOND + SECOND });
  await device.issue([sale()]);
  await device.idle();
  device.clock.pass(-10 * SECOND);
  expect((await device.issue([sale()])).numbers[0]).toMatchObject({
    globalCounter: 2,
    dailyCounter: 2,
    day: "2030-11-21",
    time: "00:00:00",
  });
  await device.idle();
  expect(await device.taken()).toEqual(["receipt 1", "receipt 2"]);
});

it("a document is forgotten 90 days after it was taken, its number never", async () => {
  const device = await makeDevice({ startMs: LAST_SECOND });
  const one = sale();
  await device.issue([one]);
  await device.idle();
  await device.pass(91 * DAY);
  await device.stub.wake();
  await device.idle();
  expect(await device.rows("select document from outbox where kind = 'receipt'")).toEqual([{ document: null }]);
  expect((await device.issue([one])).numbers).toMatchObject([{ globalCounter: 1 }]);
});
