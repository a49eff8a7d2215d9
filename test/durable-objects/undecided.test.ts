// Rules 4 to 7 of "One bank per rental": giving up, late proofs, the renter's own limit, the choice.
import { expect, it } from "vitest";
import { chooseSlot, type Candidate } from "../../durable-objects/choice.ts";
import { ServerFrame } from "../../durable-objects/protocol.ts";
import { bank, liveStation, settings, type TestStation } from "./harness.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A rental whose command nobody answers, given up after ten minutes. */
const givenUp = async (
  bankLeaves: boolean,
): Promise<{ station: TestStation; rentalId: `rnt_${string}`; expiresAtMs: number }> => {
  const station = await liveStation();
  const rentalId = station.rental();
  const expiresAtMs = station.clock.now() + 30 * SECOND;
  station.client.arm({ kind: "no_answer", times: 1, bankLeaves });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  station.client.drop();
  await station.alarm(10 * SECOND);
  await station.alarm(10 * MINUTE);
  return { station, rentalId, expiresAtMs };
};

it("rule 4: unknown for 10 minutes is reported and the slot is quarantined", async () => {
  const { station, rentalId } = await givenUp(false);
  expect(station.plane.reports("eject_unknown")).toEqual([
    { verb: "eject_unknown", rentalId, powerBankId: bank(1), slot: 1 },
  ]);
  expect(await station.rows("select slot, mark from slots where mark is not null")).toEqual([
    { slot: 1, mark: "unknown" },
  ]);
  expect(await station.dispense(rentalId)).toEqual({ status: "unknown" });
  await station.client.connect();
  expect(await station.dispense(station.rental())).toMatchObject({ slot: 2 });
});

it("rule 4: unknown is not reported a moment before", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "no_answer", times: 1 });
  await station.dispense(station.rental());
  await station.client.frame("eject");
  station.client.drop();
  await station.alarm(10 * MINUTE - 1);
  expect(station.plane.reports("eject_unknown")).toEqual([]);
});

it("rule 4: a later proof that the bank left is still reported, with the command's end, after an eviction", async () => {
  const { station, rentalId, expiresAtMs } = await givenUp(true);
  await station.evict();
  station.clock.pass(3 * 60 * MINUTE);
  await station.client.connect();
  await station.idle();
  expect(station.plane.reports("bank_out")).toMatchObject([
    { rentalId, powerBankId: bank(1), commandExpiresAtMs: expiresAtMs, atMs: station.clock.now() },
  ]);
  expect(await station.rows("select mark from slots where slot = 1")).toEqual([{ mark: null }]);
});

it("rule 4: a late drop that its station reports later has the time at which it dropped", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  const expiresAtMs = station.clock.now() + 30 * SECOND;
  station.client.arm({ kind: "late_drop", times: 1, ms: 20 * SECOND });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  station.client.drop();
  station.clock.pass(20 * SECOND);
  station.client.model.advance();
  const droppedAtMs = station.clock.now();
  await station.alarm(10 * MINUTE);
  await station.alarm(10 * MINUTE);
  expect(station.plane.reports("eject_unknown")).toHaveLength(1);
  station.clock.pass(60 * MINUTE);
  await station.client.connect();
  await station.idle();
  expect(station.plane.reports("bank_out")).toMatchObject([
    { rentalId, atMs: droppedAtMs, commandExpiresAtMs: expiresAtMs },
  ]);
});

it("rule 4: a later proof that it stayed lifts the quarantine, marks the slot and tells nobody", async () => {
  const { station } = await givenUp(false);
  station.client.model.reboot();
  await station.client.connect();
  expect(await station.rows("select mark from slots where slot = 1")).toEqual([{ mark: "unknown" }]);
  station.clock.pass(10 * SECOND);
  station.client.model.reportAll();
  await station.client.settled();
  await station.idle();
  expect(await station.rows("select mark from slots where slot = 1")).toEqual([{ mark: "not_out" }]);
  expect(station.plane.reports("bank_out")).toEqual([]);
  expect(station.plane.reports("not_dispensed")).toEqual([]);
});

it("rule 4: a rental closed while its command was undecided gets no other slot and no report, but the proof", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "no_answer", times: 1, bankLeaves: true });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.stub.closed({ rentalId, status: "cancelled", atMs: station.clock.now() });
  await station.alarm(10 * SECOND);
  await station.client.frame("refresh");
  await station.client.settled();
  await station.idle();
  expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId }]);
  expect(station.plane.reports("not_dispensed")).toEqual([]);
});

it("rule 4: a rental closed while its command was undecided gets no next slot when nothing left", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "refuses" });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.settled();
  await station.stub.closed({ rentalId, status: "cancelled", atMs: station.clock.now() });
  await station.alarm(10 * SECOND);
  await station.client.frame("refresh");
  await station.client.settled();
  await station.idle();
  expect(station.client.received.filter((frame) => frame.type === "eject")).toHaveLength(1);
  expect(station.plane.reports("not_dispensed")).toEqual([]);
  expect(await station.rows("select what, detail from due")).toEqual([{ what: "forget", detail: "cancelled" }]);
});

it("rule 5: nothing is dispensed later than the renter's own limit", async () => {
  const station = await liveStation();
  expect(await station.dispense(station.rental(), { notAfterMs: station.clock.now() })).toEqual({ status: "too_late" });
  expect(await station.rows("select * from commands")).toEqual([]);
});

it("rule 5: no next slot is tried after the renter's own limit", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "refuses" });
  await station.dispense(rentalId, { notAfterMs: station.clock.now() + 9 * SECOND });
  await station.client.frame("eject");
  await station.client.settled();
  await station.alarm(10 * SECOND);
  await station.client.frame("refresh");
  await station.client.settled();
  await station.idle();
  expect(station.plane.reports("not_dispensed")).toEqual([{ verb: "not_dispensed", rentalId, reason: "not_out" }]);
  expect(station.client.received.filter((frame) => frame.type === "eject")).toHaveLength(1);
});

const candidate = (slot: number, change: Partial<Candidate> = {}): Candidate => ({
  slot,
  state: "ok",
  power_bank_id: bank(slot),
  charge_percent: 90,
  millivolts: null,
  temperature_c: 30,
  is_locked: 0,
  fault: null,
  raw_code: null,
  ord: 1,
  seq: 1,
  left_bank_id: null,
  left_ord: null,
  left_seq: null,
  left_at_ms: null,
  was_taken: 0,
  was_seen_empty: 0,
  mark: null,
  failures: 0,
  ejects: 0,
  is_held: 0,
  ...change,
});

it.each<[string, Candidate[], number | undefined]>([
  ["highest charge", [candidate(1, { charge_percent: 80 }), candidate(2, { charge_percent: 81 })], 2],
  ["then least cycles", [candidate(1, { ejects: 3 }), candidate(2, { ejects: 2, failures: 9 })], 2],
  ["then the slot that failed least", [candidate(1, { failures: 1 }), candidate(2)], 2],
  ["59 % stays, 60 % goes", [candidate(1, { charge_percent: 59 }), candidate(2, { charge_percent: 60 })], 2],
  ["a hot bank stays", [candidate(1, { temperature_c: 45.1 }), candidate(2, { charge_percent: 60 })], 2],
  ["a locked slot stays", [candidate(1, { is_locked: 1 }), candidate(2, { charge_percent: 60 })], 2],
  ["a faulty slot stays", [candidate(1, { mark: "not_out" })], undefined],
  ["a quarantined slot stays", [candidate(1, { mark: "unknown" })], undefined],
  ["a bank with a fault stays", [candidate(1, { fault: "cell" }), candidate(2, { state: "comm_fault" })], undefined],
  ["a bank of unknown charge stays", [candidate(1, { charge_percent: null })], undefined],
  ["a bank that is held back stays", [candidate(1, { is_held: 1 }), candidate(2, { charge_percent: 60 })], 2],
  ["an empty slot has none", [candidate(1, { power_bank_id: null, state: "empty" })], undefined],
  ["a slot that staff locked stays", [candidate(7)], undefined],
  ["a slot that is taken stays", [candidate(8)], undefined],
])("rule 6: %s", (_, slots, chosen) => {
  expect(chooseSlot(slots, { ...settings, lockedSlots: [7] }, new Set([8]))?.slot).toBe(chosen);
});

it("rule 6: ejects are counted per bank, wherever it sits", async () => {
  const station = await liveStation({
    slots: [
      { slot: 1, powerBankId: bank(1), chargePercent: 90 },
      { slot: 2, powerBankId: bank(2), chargePercent: 90 },
      { slot: 3 },
    ],
  });
  await station.dispense(station.rental());
  await station.client.frame("eject");
  await station.client.settled();
  station.clock.pass(MINUTE);
  station.client.model.insert({ powerBankId: bank(1), slot: 3, chargePercent: 90 });
  await station.client.settled();
  expect(await station.dispense(station.rental())).toMatchObject({ slot: 2 });
});

it("rule 7: the protocol has no frame that opens more than one slot", () => {
  const eject = { type: "eject", commandId: "c", powerBankId: "pb_1", expiresAt: 1 };
  expect(ServerFrame.safeParse({ ...eject, slot: 1 }).success).toBe(true);
  for (const slot of [0, null, "all", [1, 2]]) expect(ServerFrame.safeParse({ ...eject, slot }).success).toBe(false);
  expect(ServerFrame.safeParse({ ...eject, type: "eject_all", slot: 1 }).success).toBe(false);
});

it("a bank from the wrong slot is not taken for the late drop of a command that was given up there", async () => {
  const { station, rentalId: givenUpId } = await givenUp(false);
  const { client, plane } = station;
  await client.connect();
  client.arm({ kind: "wrong_slot", slot: 1, times: 1 });
  const rentalId = station.rental();
  expect(await station.dispense(rentalId)).toMatchObject({ slot: 2 });
  await client.frame("eject", 2);
  await client.settled();
  await station.idle();
  expect(plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: bank(1), slot: 1 }]);
  expect(await station.rows("select state from commands where rental_id = ?", givenUpId)).toEqual([
    { state: "not_out" },
  ]);
  expect(await station.dispense(givenUpId)).toEqual({ status: "not_out" });
});

it("a re-sent frame of an eject is acknowledged and reported once, also after a reboot", async () => {
  const station = await liveStation();
  const { client } = station;
  await station.dispense(station.rental());
  await client.frame("eject");
  await client.settled();
  await station.idle();
  const frame = client.sent.find(({ type }) => type === "ejected")!;
  await station.evict();
  client.send(frame);
  client.drop();
  client.model.reboot();
  await client.connect();
  client.send(frame);
  const acks = () => client.received.filter((got) => got.type === "ack" && "seq" in frame && got.seq === frame.seq);
  await client.until(() => acks().length >= 2);
  await station.idle();
  expect(station.plane.reports("bank_out")).toHaveLength(1);
  expect(await station.rows("select count(*) as n from events where type = 'ejected'")).toEqual([{ n: 1 }]);
});

it("a station that never comes back: given up once, quarantined, and never asked to eject again", async () => {
  const { station, rentalId } = await givenUp(true);
  for (let days = 0; days < 3; days++) {
    station.clock.pass(24 * 60 * MINUTE);
    await station.stub.wake();
    await station.idle();
  }
  await station.evict();
  expect(station.plane.reports("eject_unknown")).toHaveLength(1);
  expect(station.plane.reports("bank_out")).toEqual([]);
  expect(station.client.received.filter(({ type }) => type === "eject")).toHaveLength(1);
  expect(await station.dispense(station.rental())).toEqual({ status: "station_offline" });
  // Its intent stays matchable for whatever is found one day.
  expect(await station.rows("select state from commands where rental_id = ?", rentalId)).toEqual([
    { state: "unknown" },
  ]);
});
