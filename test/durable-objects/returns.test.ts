// What the object tells custody: every bank that is newly in a slot, once, with the time that counts.
import { expect, it } from "vitest";
import { bank, liveStation, makeStation, type TestStation } from "./harness.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Bank 1 is out by a command; its event is known, its slot was not seen empty yet. */
const rented = async (fault?: {
  kind: "ghost_bank";
  ms: number;
}): Promise<{ station: TestStation; rentalId: `rnt_${string}` }> => {
  const station = await liveStation();
  if (fault) station.client.arm({ ...fault, times: 1 });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.settled();
  await station.idle();
  return { station, rentalId };
};
const arrivals = (station: TestStation) => station.plane.reports("bank_in");
const inventory = async (station: TestStation): Promise<number> => {
  station.client.model.reportAll();
  await station.client.settled();
  await station.idle();
  return station.client.model.seq;
};

it("the first inventory reports every bank, each once", async () => {
  const station = await makeStation();
  await station.client.connect();
  await station.evict();
  await inventory(station);
  expect(
    arrivals(station).map(({ powerBankId, slot, evidence, event }) => ({
      powerBankId,
      slot,
      evidence,
      seq: event.seq,
    })),
  ).toEqual([1, 2, 3].map((n) => ({ powerBankId: bank(n), slot: n, evidence: "inventory", seq: 2 })));
});

it("a return is reported with its own name and time", async () => {
  const { station } = await rented();
  station.clock.pass(MINUTE);
  const atMs = station.clock.now();
  station.client.model.insert({ powerBankId: bank(1), slot: 6 });
  const event = { bootId: station.client.model.bootId, seq: station.client.model.seq - 1 };
  station.clock.pass(3 * SECOND);
  await station.client.settled();
  await station.idle();
  expect(arrivals(station)).toEqual([
    { verb: "bank_in", powerBankId: bank(1), slot: 6, atMs, receivedAtMs: atMs + 3 * SECOND, event, evidence: "event" },
  ]);
});

it("a rejected bank is no return", async () => {
  const { station } = await rented();
  station.client.arm({ kind: "half_inserted", times: 1 });
  expect(station.client.model.insert({ powerBankId: bank(1), slot: 6 })).toEqual({ slot: 6, result: "rejected" });
  await station.client.settled();
  await station.idle();
  expect(arrivals(station)).toEqual([]);
  expect(await station.rows("select type from events where type = 'returned'")).toHaveLength(1);
});

it("an inventory that shows a bank nobody saw coming ends its absence", async () => {
  const { station } = await rented();
  station.clock.pass(20 * MINUTE);
  station.client.arm({ kind: "unnoticed_return", times: 1 });
  station.client.model.insert({ powerBankId: bank(1), slot: 1 });
  await station.evict();
  const seq = await inventory(station);
  expect(arrivals(station)).toMatchObject([
    { powerBankId: bank(1), slot: 1, atMs: station.clock.now(), evidence: "inventory", event: { seq } },
  ]);
});

it("it is back-dated to the first inventory that showed it, also when that one was replayed", async () => {
  const { station } = await rented();
  station.client.drop();
  station.clock.pass(20 * MINUTE);
  station.client.arm({ kind: "unnoticed_return", times: 1 });
  station.client.model.insert({ powerBankId: bank(1), slot: 1 });
  station.client.model.reportAll();
  const firstSeenAtMs = station.clock.now();
  station.clock.pass(2 * 60 * MINUTE);
  await station.client.connect();
  await station.idle();
  expect(arrivals(station)).toMatchObject([{ powerBankId: bank(1), atMs: firstSeenAtMs }]);
});

it("a bank that is shown for 5 s after it left is no return", async () => {
  const { station } = await rented({ kind: "ghost_bank", ms: 5 * SECOND });
  station.clock.pass(3 * SECOND);
  await inventory(station);
  await station.evict();
  station.clock.pass(3 * SECOND);
  await inventory(station);
  station.clock.pass(MINUTE);
  await inventory(station);
  expect(arrivals(station)).toEqual([]);
  expect(await station.rows("select power_bank_id from slots where slot = 1")).toEqual([{ power_bank_id: null }]);
});

it("shown 10 s after it left, the bank is there; a moment before, it may be a ghost", async () => {
  for (const [ms, expected] of [
    [10 * SECOND - 1, 0],
    [10 * SECOND, 1],
  ] as const) {
    const { station } = await rented({ kind: "ghost_bank", ms: MINUTE });
    station.clock.pass(ms);
    await inventory(station);
    expect(arrivals(station)).toHaveLength(expected);
  }
});

it("once its slot was seen empty, the bank counts as back at once", async () => {
  const { station } = await rented();
  station.clock.pass(2 * SECOND);
  await inventory(station);
  station.client.arm({ kind: "unnoticed_return", times: 1 });
  station.client.model.insert({ powerBankId: bank(1), slot: 1 });
  await inventory(station);
  expect(arrivals(station)).toMatchObject([{ powerBankId: bank(1), slot: 1 }]);
});

it("an inventory from before the departure, replayed after it, is no return", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "lose_events", times: 1 });
  station.client.model.reportAll();
  station.client.flush();
  await station.dispense(station.rental());
  await station.client.frame("eject");
  station.clock.pass(20 * SECOND);
  await station.client.settled();
  await station.idle();
  expect(arrivals(station)).toEqual([]);
});

it("an unchanged slot is not reported again, whatever its charge", async () => {
  const station = await liveStation();
  for (let n = 0; n < 3; n++) {
    station.clock.pass(20 * MINUTE);
    station.client.model.cabinet.charge(-10);
    await inventory(station);
  }
  station.client.drop();
  station.client.model.reboot();
  await station.client.connect();
  await station.idle();
  expect(arrivals(station)).toEqual([]);
});

it("a slot whose bank cannot be read keeps its bank and is not rented", async () => {
  const station = await liveStation({ slots: [{ slot: 1, powerBankId: bank(1), chargePercent: 90 }] });
  const { bootId } = station.client.model;
  const report = { type: "slot", bootId, at: station.clock.now(), slot: 1, chargePercent: null, powerBankId: null };
  station.client.send({ ...report, seq: 3, state: "comm_fault" });
  station.client.send({ ...report, seq: 4, state: "ok", powerBankId: bank(1), chargePercent: 90 });
  await station.client.until(() => station.client.received.some((frame) => frame.type === "ack" && frame.seq === 4));
  await station.idle();
  expect(arrivals(station)).toEqual([]);
  expect(station.alerts()).toEqual([]);
});

it("a bank taken by force is alerted, and reported when it comes back", async () => {
  const station = await liveStation();
  station.client.model.removeByForce(2);
  await station.client.settled();
  expect(station.alerts()).toEqual(["station", "bank_left_without_command"]);
  station.clock.pass(SECOND);
  station.client.model.insert({ powerBankId: bank(2), slot: 2 });
  await station.client.settled();
  await station.idle();
  expect(arrivals(station)).toMatchObject([{ powerBankId: bank(2), evidence: "event" }]);
});

it("a bank that comes back while its command is undecided had left: departure first, then return", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "no_answer", bankLeaves: true, times: 1 });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  station.clock.pass(5 * SECOND);
  station.client.model.insert({ powerBankId: bank(1), slot: 1 });
  await station.client.settled();
  await station.idle();
  const told = station.plane.deliveries.map(({ report }) => report).filter((report) => report.verb !== "projection");
  expect(told).toMatchObject([
    { verb: "bank_out", rentalId, powerBankId: bank(1), atMs: station.clock.now(), event: { seq: 2 } },
    { verb: "bank_in", powerBankId: bank(1), atMs: station.clock.now(), event: { seq: 3 } },
  ]);
});

it("a snapshot that shows the bank of an undecided command in another slot proves both movements under two names", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "no_answer", bankLeaves: true, times: 1 });
  station.client.arm({ kind: "unnoticed_return", times: 1 });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  station.client.model.insert({ powerBankId: bank(1), slot: 7 });
  await station.alarm(10 * SECOND);
  await station.client.frame("refresh");
  await station.client.settled();
  await station.idle();
  expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId, slot: 1, event: { seq: 2 } }]);
  expect(arrivals(station)).toMatchObject([{ powerBankId: bank(1), slot: 7, event: { seq: 3 } }]);
});

it("a return is never dated before the departure that this station saw", async () => {
  const { station } = await rented();
  const leftAtMs = station.clock.now();
  station.client.drop();
  station.clock.pass(MINUTE);
  // A clock that fell back by a day in the middle of a boot.
  station.client.arm({ kind: "clock_off", ms: -86_400_000 });
  station.client.model.insert({ powerBankId: bank(1), slot: 1 });
  station.client.model.faults.disarm("clock_off");
  station.clock.pass(60 * MINUTE);
  await station.client.connect();
  await station.idle();
  expect(arrivals(station)).toMatchObject([{ powerBankId: bank(1), atMs: leftAtMs }]);
});
