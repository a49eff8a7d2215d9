// The seven rules of design/stations.md, "One bank per rental", and the faults that try them.
import { expect, it } from "vitest";
import { bank, liveStation, makeStation, type TestStation } from "./harness.ts";

const SECOND = 1_000;
const commands = (station: TestStation) =>
  station.rows<{ slot: number; state: string; attempt: number }>(
    "select slot, state, attempt from commands order by issued_at_ms, attempt",
  );
const ejects = (station: TestStation) => station.client.received.filter((frame) => frame.type === "eject");

/** Lets the settling time pass, and answers the snapshot that is asked for. */
const settle = async (station: TestStation, ms = 10 * SECOND): Promise<void> => {
  const asked = station.client.received.filter((frame) => frame.type === "refresh").length;
  await station.alarm(ms);
  await station.client.frame("refresh", asked + 1);
  await station.client.settled();
  await station.idle();
};

it("rule 1: the intent is stored before the command leaves", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  const seen: unknown[] = [];
  station.client.arm({ kind: "no_answer" });
  const result = await station.dispense(rentalId);
  seen.push(...(await commands(station)));
  const eject = await station.client.frame("eject");
  expect(seen).toEqual([{ slot: 1, state: "open", attempt: 1 }]);
  expect(eject).toMatchObject({
    commandId: (result as { commandId: string }).commandId,
    slot: 1,
    powerBankId: bank(1),
  });
});

it("rule 1: a repeated call gets the same command, and no second one leaves, also after an eviction", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "no_answer" });
  const first = await station.dispense(rentalId);
  await station.evict();
  expect(await station.dispense(rentalId)).toEqual(first);
  await station.client.settled();
  expect(ejects(station)).toHaveLength(1);
});

it("rule 1: the database refuses a second open command of a rental and of a slot", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "no_answer" });
  await station.dispense(rentalId);
  const insert = (rental: string, attempt: number, slot: number) =>
    station.rows(
      `insert into commands (rental_id, attempt, command_id, slot, power_bank_id, issued_at_ms, expires_at_ms, not_after_ms, state)
       values (?, ?, 'cmd_x', ?, 'pb_x', 1, 2, 3, 'open')`,
      rental,
      attempt,
      slot,
    );
  await expect(insert(rentalId, 2, 5)).rejects.toThrow("commands_rental_id_open_one");
  await expect(insert("rnt_other", 1, 1)).rejects.toThrow("commands_slot_open_one");
});

it("rule 1: a command is not sent again when the station reconnects", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "no_answer" });
  await station.dispense(station.rental());
  await station.client.frame("eject");
  station.client.drop();
  await station.client.connect();
  expect(ejects(station)).toHaveLength(1);
  expect(await commands(station)).toMatchObject([{ state: "open" }]);
});

it("rule 1: nothing is dispensed over a connection that was silent for more than 30 s", async () => {
  const station = await liveStation();
  station.clock.pass(30 * SECOND + 1);
  expect(await station.dispense(station.rental())).toEqual({ status: "station_offline" });
  expect(await commands(station)).toEqual([]);
  station.client.send(station.client.model.heartbeat());
  station.client.send({ ...station.client.model.heartbeat(), type: "unheard_of" });
  await station.client.frame("error");
  expect(await station.dispense(station.rental())).toMatchObject({ status: "ejecting" });
});

it("rule 1: a socket without a hello takes no command", async () => {
  const station = await makeStation();
  await station.client.connect();
  await station.client.dial();
  expect(await station.dispense(station.rental())).toEqual({ status: "station_offline" });
});

it("rule 1: the command expires 30 s after it was issued, and never later than the renter's own limit", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "no_answer" });
  const issuedAtMs = station.clock.now();
  await station.dispense(station.rental());
  await station.dispense(station.rental(), { notAfterMs: issuedAtMs + 7 * SECOND });
  expect((await station.client.frame("eject")).expiresAt).toBe(issuedAtMs + 30 * SECOND);
  expect((await station.client.frame("eject", 2)).expiresAt).toBe(issuedAtMs + 7 * SECOND);
});

it("rule 1: the station refuses a command that it first sees after its end", async () => {
  const station = await liveStation();
  const { model } = station.client;
  model.receive({
    type: "eject",
    commandId: "cmd_late",
    slot: 1,
    powerBankId: bank(1),
    expiresAt: station.clock.now() - 1,
  });
  expect(model.take()).toMatchObject([{ type: "ejected", commandId: "cmd_late", result: "not_out" }]);
  expect(model.cabinet.bankIn(1)).toBe(bank(1));
});

it("rule 2: silence decides nothing; the snapshot asked for 10 s after the eject proves that the bank is gone", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "no_answer", bankLeaves: true });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.settled();
  await station.evict();
  expect(await station.stub.rentalState(rentalId)).toMatchObject({ status: "ejecting", slot: 1 });
  await settle(station);
  expect(station.plane.reports("bank_out")).toMatchObject([
    { rentalId, powerBankId: bank(1), slot: 1, atMs: station.clock.now() },
  ]);
  expect(await station.stub.rentalState(rentalId)).toMatchObject({ status: "out" });
});

it("rule 2: a snapshot taken before the 10 s decides nothing, whatever it shows", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "no_answer", bankLeaves: true });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  station.clock.pass(9 * SECOND);
  station.client.model.reportAll();
  await station.client.settled();
  expect(await station.stub.rentalState(rentalId)).toMatchObject({ status: "ejecting" });
});

it("rule 2: a snapshot from before the command, replayed after it, decides nothing", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "lose_events", times: 1 });
  station.client.model.reportAll();
  station.client.flush();
  station.client.arm({ kind: "no_answer", bankLeaves: true });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  station.clock.pass(20 * SECOND);
  await station.client.settled();
  expect(await station.stub.rentalState(rentalId)).toMatchObject({ status: "ejecting" });
});

it("rule 2: a snapshot of an earlier boot decides nothing, whatever time it claims", async () => {
  const station = await liveStation();
  const { bootId } = station.client.model;
  station.client.drop();
  const post = async (event: object): Promise<unknown> =>
    (await station.client.request("events", { method: "POST", body: JSON.stringify({ events: [event] }) })).json();
  const at = station.clock.now();
  await post({ type: "hello", bootId: "second", seq: 1, at, protocol: 1, firmware: "f", model: "m", slotCount: 8 });
  const rentalId = station.rental();
  await station.client.poll();
  await station.dispense(rentalId);
  expect(await (await station.client.request("commands")).json()).toMatchObject({ frames: [{ type: "eject" }] });
  station.clock.pass(11 * SECOND);
  await post({
    type: "inventory",
    bootId,
    seq: 3,
    at: at + 11 * SECOND,
    slots: [{ slot: 1, state: "empty", powerBankId: null, chargePercent: null }],
  });
  expect(await station.stub.rentalState(rentalId)).toMatchObject({ status: "ejecting" });
});

it("rule 2: the bank is there and the station is silent: still unknown, no other slot is tried, and it is asked again", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "no_answer" });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await settle(station);
  await settle(station);
  expect(await commands(station)).toEqual([{ slot: 1, state: "open", attempt: 1 }]);
  expect(station.plane.deliveries.filter(({ report }) => report.verb !== "projection")).toEqual([]);
});

it("rule 2: the bank is there and the station rebooted without the command in its list: not out", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "reboot_mid_eject", times: 1 });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.connect();
  expect(await commands(station)).toMatchObject([{ slot: 1, state: "open" }]);
  await settle(station);
  await station.client.frame("eject", 2);
  await station.client.settled();
  expect(await commands(station)).toEqual([
    { slot: 1, state: "not_out", attempt: 1 },
    { slot: 2, state: "out", attempt: 2 },
  ]);
});

it("rule 2: the bank went before the station rebooted: out", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "reboot_mid_eject", times: 1, bankLeaves: true });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.connect();
  await settle(station);
  expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: bank(1) }]);
  expect(await commands(station)).toHaveLength(1);
});

it("rule 2: a refusal is proved by the snapshot: a station that lies does not get a second bank out", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "lies", times: 1 });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.settled();
  expect(await commands(station)).toEqual([{ slot: 1, state: "open", attempt: 1 }]);
  await settle(station);
  expect(await commands(station)).toEqual([{ slot: 1, state: "out", attempt: 1 }]);
  expect(ejects(station)).toHaveLength(1);
});

it("rule 2: a bank that drops late, is denied and is still shown for 5 s is not taken for one that stayed", async () => {
  const station = await liveStation();
  const { client, clock } = station;
  client.arm({ kind: "late_drop", times: 1, ms: 12 * SECOND });
  client.arm({ kind: "lies", times: 1 });
  client.arm({ kind: "ghost_bank", times: 1, ms: 5 * SECOND });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await client.frame("eject");
  await settle(station);
  clock.pass(3 * SECOND);
  await client.settled();
  client.model.reportAll();
  await client.settled();
  expect(await commands(station)).toEqual([{ slot: 1, state: "open", attempt: 1 }]);
  await settle(station);
  expect(ejects(station)).toHaveLength(1);
  expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: bank(1) }]);
});

it("rule 2: a bank that left as its station went down, and is shown for 5 s, is not taken for one that stayed", async () => {
  const station = await liveStation();
  const { client, clock } = station;
  client.arm({ kind: "no_answer", times: 1 });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await client.frame("eject");
  clock.pass(12 * SECOND);
  client.model.cabinet.remove(1, clock.now() + 5 * SECOND);
  client.drop();
  client.model.reboot();
  await client.connect();
  expect(await commands(station)).toEqual([{ slot: 1, state: "open", attempt: 1 }]);
  await settle(station);
  expect(ejects(station)).toHaveLength(1);
  expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: bank(1) }]);
});

it("rule 2: an answer that was lost on the way is proof when it is replayed", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  station.client.arm({ kind: "lose_events", times: 2 });
  await station.dispense(rentalId);
  await station.client.frame("eject");
  const leftAtMs = station.clock.now();
  station.clock.pass(5 * SECOND);
  station.client.drop();
  await station.client.connect();
  await station.idle();
  expect(station.plane.reports("bank_out")).toMatchObject([
    { rentalId, atMs: leftAtMs, event: { bootId: station.client.model.bootId } },
  ]);
});

it("rule 3: proven not out: the slot is faulty and the next best one is tried under a new command", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "refuses", times: 1 });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.settled();
  await settle(station);
  await station.client.frame("eject", 2);
  await station.client.settled();
  await station.idle();
  expect(await commands(station)).toEqual([
    { slot: 1, state: "not_out", attempt: 1 },
    { slot: 2, state: "out", attempt: 2 },
  ]);
  expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: bank(2), slot: 2 }]);
  expect(new Set(ejects(station).map((frame) => (frame as { commandId: string }).commandId)).size).toBe(2);
  expect(await station.rows("select slot, mark, failures from slots where mark is not null")).toEqual([
    { slot: 1, mark: "not_out", failures: 1 },
  ]);
});

it("rule 3: after three slots nothing more is tried and the rental is reported", async () => {
  const slots = [1, 2, 3, 4].map((slot) => ({ slot, powerBankId: bank(slot), chargePercent: 90 }));
  const station = await liveStation({ slots });
  station.client.arm({ kind: "refuses" });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  for (let n = 1; n <= 3; n++) {
    await station.client.frame("eject", n);
    await station.client.settled();
    if (n === 2) await station.evict();
    await settle(station);
  }
  expect(station.plane.reports("not_dispensed")).toEqual([{ verb: "not_dispensed", rentalId, reason: "not_out" }]);
  expect(ejects(station)).toHaveLength(3);
  expect(await station.dispense(rentalId)).toEqual({ status: "not_out" });
});

it("rule 3: with no other bank the rental is reported after the first", async () => {
  const station = await liveStation({ slots: [{ slot: 1, powerBankId: bank(1), chargePercent: 90 }, { slot: 2 }] });
  station.client.arm({ kind: "refuses" });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.settled();
  await settle(station);
  expect(station.plane.reports("not_dispensed")).toEqual([
    { verb: "not_dispensed", rentalId, reason: "no_power_bank" },
  ]);
});
