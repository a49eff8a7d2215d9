import { expect, it } from "vitest";
import { makeDevice, sale } from "./fiscal-harness.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** 10:15:30 in Dar es Salaam, far ahead, so that no alarm fires by itself. */
const MORNING = Date.parse("2030-11-20T07:15:30Z");

it("registers once, then counts, signs and sends; the authority finds nothing wrong", async () => {
  const device = await makeDevice({ startMs: MORNING, tra: { globalCounter: 386 } });
  const sales = [sale(1_000), sale(2_500), sale(5_000)];
  const { numbers, registration } = await device.issue(sales);
  expect(numbers).toMatchObject([
    { receiptId: sales[0]!.receiptId, globalCounter: 387, dailyCounter: 1, day: "2030-11-20", time: "10:15:30" },
    { globalCounter: 388, dailyCounter: 2 },
    { globalCounter: 389, dailyCounter: 3 },
  ]);
  expect(registration).toMatchObject({ receiptCode: "ABC123", serial: device.tra.certKey, tin: "100100100" });
  await device.issue([sale()]);
  await device.idle();
  expect(await device.taken()).toEqual(["receipt 387", "receipt 388", "receipt 389", "receipt 390"]);
  const attempts = await device.tra.attempts();
  expect(attempts.flatMap(({ problems }) => problems)).toEqual([]);
  expect(attempts.map(({ on }) => on)).toEqual(["register", "token", "receipt", "receipt", "receipt", "receipt"]);
});

it("gives a receipt the same number again, whatever happened in between", async () => {
  const device = await makeDevice({ startMs: MORNING });
  const one = sale();
  const first = await device.issue([one]);
  await device.pass(DAY);
  await device.evict();
  const second = await device.issue([sale(), one]);
  expect(second.numbers[1]).toEqual(first.numbers[0]);
  expect(second.numbers[0]).toMatchObject({ globalCounter: 2, dailyCounter: 1 });
});

it("fifty callers at once get fifty numbers without a gap, and the authority one document at a time", async () => {
  const device = await makeDevice({ startMs: MORNING });
  const results = await Promise.all(Array.from({ length: 50 }, () => device.issue([sale()])));
  const counters = results
    .flatMap(({ numbers }) => numbers.map(({ globalCounter }) => globalCounter))
    .toSorted((a, b) => a - b);
  expect(counters).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  await device.tra.documents("receipt", 50);
  await device.idle();
  expect(await device.tra.state()).toMatchObject({ globalCounter: 50, dailyCounter: 50, mostAtOnce: 1, tokens: 1 });
  expect(await device.tra.attempts("register")).toHaveLength(1);
});

it("counts on while the authority is away, and tells it everything in order when it is back", async () => {
  const device = await makeDevice({ startMs: MORNING });
  await device.issue([sale()]);
  await device.idle();
  await device.tra.arm({ on: "receipt", answer: "error", times: 3 });
  for (let i = 0; i < 3; i++) await device.issue([sale()]);
  await device.idle();
  expect(await device.taken()).toEqual(["receipt 1"]);
  expect(await device.stub.wake()).toMatchObject({ globalCounter: 4, waitingCount: 3 });
  await device.alarm(5 * SECOND);
  await device.alarm(10 * SECOND);
  expect(await device.taken()).toEqual(["receipt 1"]);
  await device.alarm(20 * SECOND);
  expect(await device.taken()).toEqual(["receipt 1", "receipt 2", "receipt 3", "receipt 4"]);
  const texts = (await device.tra.attempts("receipt"))
    .filter(({ text }) => text.includes("<GC>2</GC>"))
    .map(({ text }) => text);
  expect(texts).toHaveLength(4);
  expect(new Set(texts).size).toBe(1);
});

it.each(["error", "bad_gateway", "empty", "broken"])(
  "a receipt whose answer was lost (%s) goes again byte for byte, also after an eviction",
  async (answer) => {
    const device = await makeDevice({ startMs: MORNING });
    await device.tra.arm({ on: "receipt", answer, accept: true });
    await device.issue([sale()]);
    await device.idle();
    await device.evict();
    await device.alarm(5 * SECOND);
    const attempts = await device.tra.attempts("receipt");
    expect(attempts).toHaveLength(2);
    expect(attempts[1]!.text).toBe(attempts[0]!.text);
    expect(attempts[1]).toMatchObject({ ackCode: 0, problems: ["resent"] });
    expect((await device.stub.wake()).waitingCount).toBe(0);
  },
);

it("sends the stored bytes after a crash between sending and answer, whatever the clock says then", async () => {
  const device = await makeDevice({ startMs: MORNING, timeoutMs: 10_000 });
  await device.tra.arm({ on: "receipt", answer: "hang", accept: true });
  await device.issue([sale()]);
  await device.tra.attempts("receipt", 1);
  await device.crash();
  await device.pass(2 * MINUTE);
  await device.stub.wake();
  await device.idle();
  const [first, second] = await device.tra.attempts("receipt", 2);
  expect(second!.text).toBe(first!.text);
  expect(await device.taken()).toEqual(["receipt 1"]);
  expect((await device.stub.wake()).waitingCount).toBe(0);
});

it("sends the same bytes when it crashed before they were sent", async () => {
  const device = await makeDevice({ startMs: MORNING });
  await device.tra.arm({ on: "token", answer: "error" });
  await device.issue([sale()]);
  await device.idle();
  const [stored] = await device.rows<{ document: string }>("select document from outbox");
  await device.evict();
  await device.alarm(5 * SECOND);
  expect((await device.tra.documents("receipt")).map(({ text }) => text)).toEqual([stored!.document]);
});

it("a stored document cannot be changed, a number neither changed nor taken away, a counter only counts up by one", async () => {
  const device = await makeDevice({ startMs: MORNING });
  await device.tra.arm({ on: "receipt", answer: "error" });
  await device.issue([sale()]);
  await device.idle();
  for (const statement of [
    "update outbox set document = 'other'",
    "update numbers set day = '2030-01-01'",
    "delete from numbers",
    "update device set global_counter = 0",
    "update device set global_counter = 3",
  ]) {
    await expect(device.rows(statement)).rejects.toThrow();
  }
});

it.each([1, 3, 4, 5, 6, 8])(
  "refused with %i, it alerts, lets nothing overtake and comes again with the same bytes",
  async (ackCode) => {
    const device = await makeDevice({ startMs: MORNING });
    await device.tra.arm({ on: "receipt", ackCode });
    await device.issue([sale(), sale()]);
    await device.idle();
    expect(device.lines.find((line) => line["alert"] === "fiscal_refused")).toMatchObject({
      ackCode,
      number: "1",
      level: "error",
    });
    await device.issue([sale()]);
    await device.idle();
    expect(await device.taken()).toEqual([]);
    await device.alarm(MINUTE);
    expect(await device.taken()).toEqual(["receipt 1", "receipt 2", "receipt 3"]);
    const [first, second] = await device.tra.attempts("receipt");
    expect(second!.text).toBe(first!.text);
  },
);

it("uses one token until it ends, also after an eviction, and takes a new one when it is refused", async () => {
  const device = await makeDevice({ startMs: MORNING, tra: { tokenSeconds: 3_600 } });
  const next = async (ms: number) => {
    await device.pass(ms);
    await device.issue([sale()]);
    await device.idle();
    return (await device.tra.state()).globalCounter;
  };
  expect(await next(0)).toBe(1);
  await device.evict();
  expect(await next(58 * MINUTE)).toBe(2);
  expect(await device.tra.attempts("token")).toHaveLength(1);
  expect(await next(MINUTE)).toBe(3);
  expect(await device.tra.attempts("token")).toHaveLength(2);
  await device.tra.revokeTokens();
  expect(await next(0)).toBe(4);
  expect(await device.tra.attempts("token")).toHaveLength(3);
  expect((await device.tra.attempts("receipt")).filter(({ status }) => status === 401)).toHaveLength(1);
});

it("keeps no secret that can be read, and no number of a renter", async () => {
  const device = await makeDevice({ startMs: MORNING });
  await device.issue([sale()]);
  await device.idle();
  const stored = JSON.stringify([
    await device.rows("select * from device"),
    await device.rows("select * from token"),
    await device.rows("select * from outbox"),
  ]);
  expect(stored).toContain("<MOBILENUM></MOBILENUM>");
  expect(stored).not.toContain("a<b&c");
  expect(stored).not.toContain("baaaaaaaaaaa");
});

it("an unregistered device numbers nothing, says why, and is not registered twice at once", async () => {
  const device = await makeDevice({ startMs: MORNING });
  await device.tra.arm({ on: "register", answer: "error" });
  expect(await device.stub.issue({ sales: [sale()], taxCodes: {} })).toEqual({
    status: "not_registered",
    reason: "http_500",
  });
  expect(await device.stub.issue({ sales: [sale()], taxCodes: {} })).toEqual({
    status: "not_registered",
    reason: "http_500",
  });
  expect(await device.tra.attempts("register")).toHaveLength(1);
  expect(device.alerts()).toEqual(["fiscal_not_registered"]);
  await device.pass(MINUTE);
  expect((await device.issue([sale()])).numbers).toMatchObject([{ globalCounter: 1 }]);
});

it("a rate without a code is not counted and holds up nothing; the settings can give it one", async () => {
  const device = await makeDevice({ startMs: MORNING, tra: { taxPercents: [18, 16, 0, 0] } });
  const odd = sale(1_000, 15);
  const result = await device.issue([sale(1_160, 16), odd, sale(500, 0)]);
  expect(result.refused).toEqual([{ receiptId: odd.receiptId, reason: "rate_without_code" }]);
  expect(result.numbers.map(({ globalCounter }) => globalCounter)).toEqual([1, 2]);
  expect((await device.issue([odd], { 15: 4 })).numbers).toMatchObject([{ globalCounter: 3 }]);
  await device.tra.documents("receipt", 2);
  const codes = (await device.rows<{ content: string }>("select content from outbox order by id")).map(
    ({ content }) => (JSON.parse(content) as { items: { taxCode: number }[] }).items[0]!.taxCode,
  );
  expect(codes).toEqual([2, 3, 4]);
});

it("the alarm is the earlier of what waits and midnight; a lost one is set again by wake", async () => {
  const device = await makeDevice({ startMs: MORNING });
  await device.issue([sale()]);
  await device.idle();
  await device.loseAlarm();
  await device.evict();
  await device.stub.wake();
  expect(await device.alarmAtMs()).toBe(Date.parse("2030-11-20T21:00:00Z"));
  await device.tra.arm({ on: "receipt", answer: "error" });
  await device.issue([sale()]);
  await device.idle();
  await device.stub.wake();
  expect(await device.alarmAtMs()).toBe(device.clock.now() + 5 * SECOND);
});
