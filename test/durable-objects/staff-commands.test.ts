// What staff ask of a station: stored, handed over once, answered by `done`, over both transports.
import { expect, it } from "vitest";
import type { StationCommand } from "../../src/stations/port.ts";
import { bank, liveStation, makeStation, type TestStation } from "./harness.ts";

const SECOND = 1_000;
type Asked = StationCommand extends infer C
  ? C extends unknown
    ? Omit<C, "commandId" | "expiresAtMs">
    : never
  : never;

const ask = (station: TestStation, asked: Asked, commandId = station.ids.next("cmd")) => {
  const input = { commandId, expiresAtMs: station.clock.now() + 30 * SECOND, ...asked };
  return { input, commandId, answer: station.stub.command(input) };
};
const answered = async (station: TestStation, commandId: `cmd_${string}`) => {
  const read = () => station.stub.commandState(commandId);
  await expect.poll(async () => (await read())?.status, { interval: 1 }).toBe("done");
  const state = await read();
  return state?.status === "done" ? state.result : null;
};
const slotOf = async (station: TestStation, slot: number) =>
  (await station.stub.inspect()).slots.find((each) => each.slot === slot);

it("lock and unlock reach the slot, and its own word says so", async () => {
  const station = await liveStation();
  const lock = ask(station, { kind: "lock", slot: 1 });
  expect(await lock.answer).toEqual({ status: "sent" });
  expect(await answered(station, lock.commandId)).toBe("ok");
  await station.client.settled();
  expect(await slotOf(station, 1)).toMatchObject({ isLocked: true });
  expect(await station.dispense(station.rental())).toMatchObject({ slot: 2 });
  const unlock = ask(station, { kind: "unlock", slot: 1 });
  expect(await answered(station, unlock.commandId)).toBe("ok");
  await station.client.settled();
  expect(await slotOf(station, 1)).toMatchObject({ isLocked: false });
});

it("open gives staff the bank they confirmed, and is no theft", async () => {
  const station = await liveStation();
  const open = ask(station, { kind: "open", slot: 2, powerBankId: bank(2) });
  expect(await open.answer).toEqual({ status: "sent" });
  expect(await answered(station, open.commandId)).toBe("ok");
  await station.client.settled();
  expect(station.client.model.cabinet.bankIn(2)).toBeNull();
  expect(await slotOf(station, 2)).toMatchObject({ powerBankId: null, state: "empty" });
  expect(station.alerts()).not.toContain("bank_left_without_command");
});

it("a slot that staff have just opened gives nobody its bank, though it still shows it", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "ghost_bank", times: 1, ms: 5 * SECOND });
  const open = ask(station, { kind: "open", slot: 1, powerBankId: bank(1) });
  expect(await answered(station, open.commandId)).toBe("ok");
  await station.client.settled();
  expect(await slotOf(station, 1)).toMatchObject({ powerBankId: bank(1) });
  expect(await station.dispense(station.rental())).toMatchObject({ slot: 2 });
});

it("open is refused for a bank nobody confirmed, a slot that a rental holds, and a slot that is not there", async () => {
  const station = await liveStation();
  expect(await ask(station, { kind: "open", slot: 2, powerBankId: null }).answer).toEqual({
    status: "bank_not_confirmed",
    powerBankId: bank(2),
  });
  expect(await ask(station, { kind: "open", slot: 8, powerBankId: bank(2) }).answer).toEqual({
    status: "bank_not_confirmed",
    powerBankId: null,
  });
  await station.stub.lease({ rentalId: station.rental(), untilMs: station.clock.now() + 60 * SECOND });
  expect(await ask(station, { kind: "open", slot: 1, powerBankId: bank(1) }).answer).toEqual({ status: "slot_busy" });
  for (const slot of [0, 9, 1.5 * 8])
    expect(await ask(station, { kind: "lock", slot }).answer).toEqual({ status: "slot_unknown" });
  expect(station.client.model.received.filter((frame) => frame.type === "open")).toEqual([]);
});

it("a station refuses to open a slot that holds another bank by now", async () => {
  const station = await liveStation();
  const { model } = station.client;
  model.receive({
    type: "open",
    commandId: "cmd_old",
    slot: 1,
    powerBankId: bank(3),
    expiresAt: station.clock.now() + SECOND,
  });
  expect(model.take()).toEqual([{ type: "done", commandId: "cmd_old", result: "failed" }]);
  expect(model.cabinet.bankIn(1)).toBe(bank(1));
});

it("the same id again is the same command: nothing leaves twice, also after an eviction", async () => {
  const station = await liveStation();
  const open = ask(station, { kind: "open", slot: 3, powerBankId: bank(3) });
  await open.answer;
  await answered(station, open.commandId);
  await station.client.settled();
  await station.evict();
  expect(await station.stub.command(open.input)).toMatchObject({ status: "done", result: "ok" });
  expect(station.client.received.filter((frame) => frame.type === "open")).toHaveLength(1);
});

it("refresh is answered by an inventory", async () => {
  const station = await liveStation();
  const refresh = ask(station, { kind: "refresh" });
  await refresh.answer;
  expect(await answered(station, refresh.commandId)).toBe("ok");
  await station.client.settled();
  expect(await station.rows("select body from events where type = 'inventory' order by seq desc limit 1")).toEqual([
    { body: expect.stringContaining(refresh.commandId) as unknown },
  ]);
});

it("reboot begins another boot, and waits while an eject is on its way", async () => {
  const station = await liveStation();
  const { model } = station.client;
  const before = model.bootId;
  station.client.arm({ kind: "no_answer", times: 1 });
  await station.dispense(station.rental());
  await station.client.frame("eject");
  expect(await ask(station, { kind: "reboot" }).answer).toEqual({ status: "slot_busy" });
  station.clock.pass(30 * SECOND);
  station.client.send(model.heartbeat());
  const reboot = ask(station, { kind: "reboot" });
  expect(await reboot.answer).toEqual({ status: "sent" });
  expect(await answered(station, reboot.commandId)).toBe("ok");
  expect(model.bootId).not.toBe(before);
  await station.client.connect();
});

it("an answer that was lost is found in the list of results after the next hello", async () => {
  const station = await liveStation();
  const { client } = station;
  const commandId = station.ids.next("cmd");
  await station.stub.command({ commandId, kind: "lock", slot: 4, expiresAtMs: station.clock.now() + 30 * SECOND });
  await client.frame("lock");
  // What the model said went into the void with the connection.
  await station.evict();
  await client.connect();
  expect(await answered(station, commandId)).toBe("ok");
});

it("without an answer a command is unknown once it has expired, and is not handed over again", async () => {
  const station = await liveStation();
  const { client } = station;
  client.arm({ kind: "no_answer", times: 1 });
  const silent = ask(station, { kind: "lock", slot: 5 });
  expect(await silent.answer).toEqual({ status: "sent" });
  await client.frame("lock");
  station.clock.pass(30 * SECOND);
  expect(await station.stub.commandState(silent.commandId)).toEqual({ status: "unknown" });
  client.drop();
  await client.connect();
  expect(await station.stub.command(silent.input)).toEqual({ status: "unknown" });
  expect(client.received.filter((frame) => frame.type === "lock")).toHaveLength(1);
});

it.each<[string, (station: TestStation) => Promise<unknown>, string]>([
  [
    "after its end",
    async (station) =>
      station.stub.command({ commandId: station.ids.next("cmd"), kind: "refresh", expiresAtMs: station.clock.now() }),
    "too_late",
  ],
  [
    "a silent station",
    async (station) => (station.clock.pass(31 * SECOND), ask(station, { kind: "refresh" }).answer),
    "station_offline",
  ],
])("refuses and stores nothing: %s", async (_, asked, status) => {
  const station = await liveStation();
  expect(await asked(station)).toEqual({ status });
  expect(await station.rows("select * from staff_commands")).toEqual([]);
});

it("hardware is not asked for what it cannot do", async () => {
  const station = await makeStation({ settings: { driver: "volinks", vendorId: "DTA1" } });
  for (const asked of [
    { kind: "lock", slot: 1 },
    { kind: "reboot" },
    { kind: "screen", qr: "x", showUntilMs: 1 },
  ] as const)
    expect(await ask(station, asked).answer).toEqual({ status: "unsupported" });
});

it("an object without keys takes no command and says that it knows nothing", async () => {
  const station = await makeStation({ isConfigured: false });
  expect(await ask(station, { kind: "refresh" }).answer).toEqual({ status: "station_unavailable" });
  expect(await station.stub.commandState("cmd_x")).toBeNull();
  expect(await station.stub.inspect()).toMatchObject({ isConfigured: false, isOnline: false, slots: [] });
});

it("a polling station gets each command with its next poll, once, and answers by a batch", async () => {
  const station = await makeStation();
  const { client } = station;
  client.model.open();
  await client.post();
  await client.post();
  await client.poll();
  const lock = ask(station, { kind: "lock", slot: 4 });
  const open = ask(station, { kind: "open", slot: 1, powerBankId: bank(1) });
  expect([await lock.answer, await open.answer]).toEqual([{ status: "waiting" }, { status: "waiting" }]);
  await station.evict();
  expect((await client.poll()).map((frame) => frame.type)).toEqual(["lock", "open"]);
  expect(await client.poll()).toEqual([]);
  await client.post();
  expect([await answered(station, lock.commandId), await answered(station, open.commandId)]).toEqual(["ok", "ok"]);
});

it("what no poll fetched in time has expired and is never handed over", async () => {
  const station = await makeStation();
  const { client } = station;
  client.model.open();
  await client.post();
  await client.poll();
  const open = ask(station, { kind: "open", slot: 1, powerBankId: null });
  expect(await open.answer).toMatchObject({ status: "waiting" });
  station.clock.pass(30 * SECOND);
  expect(await client.poll()).toEqual([]);
  expect(await station.stub.commandState(open.commandId)).toEqual({ status: "expired" });
});

it("settings are told after the hello until they are done, and at once when they change", async () => {
  const station = await makeStation();
  const { client, stub, key, settings } = station;
  await client.connect();
  expect(await client.frame("settings")).toMatchObject({ version: 1, heartbeatSeconds: 20, lockedSlots: [] });
  await expect
    .poll(() => station.rows("select settings_done from station"), { interval: 1 })
    .toEqual([{ settings_done: 1 }]);
  await client.connect();
  expect(client.received.filter((frame) => frame.type === "settings")).toHaveLength(1);
  await stub.configure({
    version: 2,
    keys: [key.public],
    settings: { ...settings, heartbeatSeconds: 15, lockedSlots: [2] },
  });
  expect(await client.frame("settings", 2)).toMatchObject({ version: 2, heartbeatSeconds: 15, lockedSlots: [2] });
  expect(client.model.heartbeatSeconds).toBe(15);
});

it("a screen shows what it is told until the end of it, and then draws its own code again by itself", async () => {
  const station = await liveStation();
  const { model } = station.client;
  const show = async (showUntilMs: number) => {
    const screen = ask(station, { kind: "screen", qr: "https://chajipoa.example/s/1001", showUntilMs });
    await screen.answer;
    expect(await answered(station, screen.commandId)).toBe("ok");
  };
  await show(station.clock.now() + 20 * SECOND);
  expect(model.screen).toBe("https://chajipoa.example/s/1001");
  station.clock.pass(20 * SECOND);
  expect(model.screen).toBeNull();
  await show(station.clock.now() + 20 * SECOND);
  await show(station.clock.now());
  expect(model.screen).toBeNull();
  await show(station.clock.now() + 20 * SECOND);
  model.reboot();
  expect(model.screen).toBeNull();
});

it("commands are forgotten after a week", async () => {
  const station = await liveStation();
  const first = ask(station, { kind: "refresh" });
  await first.answer;
  station.clock.pass(7 * 86_400_000 + 1);
  station.client.send(station.client.model.heartbeat());
  await ask(station, { kind: "refresh" }).answer;
  expect(await station.stub.commandState(first.commandId)).toBeNull();
});
