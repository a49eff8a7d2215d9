// What staff ask of a cabinet that somebody else speaks to: handed over once, answered by what the vendor took, and seen by a look.
import { expect, it } from "vitest";
import type { StationCommand } from "../../src/stations/port.ts";
import { chargeNowStation, serial, volinksStation, type VendorStation } from "./vendor-harness.ts";

const SECOND = 1_000;
type Asked = StationCommand extends infer C
  ? C extends unknown
    ? Omit<C, "commandId" | "expiresAtMs">
    : never
  : never;

const ask = async (station: VendorStation, asked: Asked) => {
  const commandId = station.ids.next("cmd");
  const answer = await station.stub.command({ commandId, expiresAtMs: station.clock.now() + 30 * SECOND, ...asked });
  await station.idle();
  return { answer, state: await station.stub.commandState(commandId), commandId };
};

it.each([
  ["chargenow", chargeNowStation],
  ["volinks", volinksStation],
] as const)("%s: staff open the one slot whose bank they confirmed, and that is no theft", async (_, make) => {
  const station = await make();
  const { answer, state } = await ask(station, { kind: "open", slot: 2, powerBankId: serial(2) });
  expect([answer, state]).toMatchObject([{ status: "sent" }, { status: "done", result: "ok" }]);
  expect([...station.metal.pocket]).toEqual([serial(2)]);
  await station.alarm(20 * SECOND);
  expect((await station.stub.inspect()).slots.find(({ slot }) => slot === 2)).toMatchObject({ powerBankId: null });
  expect(station.plane.reports("bank_taken")).toEqual([]);
  expect(station.alerts()).toEqual([]);
});

it("a slot that is none is opened by nobody, and nothing reaches the vendor", async () => {
  const station = await chargeNowStation();
  for (const slot of [0, -1, 7, 65]) {
    const { answer } = await ask(station, { kind: "open", slot, powerBankId: null });
    expect([slot, answer]).toEqual([slot, { status: "slot_unknown" }]);
  }
  expect([station.cloud.orders, station.cloud.sweeps]).toEqual([[], 0]);
});

it("lock, unlock and reboot are orders to ChargeNow, and words that Volinks does not have", async () => {
  const cloud = await chargeNowStation();
  const broker = await volinksStation();
  for (const asked of [{ kind: "lock", slot: 4 }, { kind: "unlock", slot: 4 }, { kind: "reboot" }] as const) {
    expect((await ask(cloud, asked)).state).toMatchObject({ status: "done", result: "ok" });
    expect((await ask(broker, asked)).answer).toEqual({ status: "unsupported" });
  }
  expect(cloud.cloud.orders.map(({ query }) => query["operationType"])).toEqual(["lock", "unlock", "restart"]);
  expect(broker.ejects()).toBe(0);
});

it("an order that got no answer stays unknown, and is not sent again", async () => {
  const station = await chargeNowStation();
  station.metal.arm({ on: "other", answer: "bad_gateway", accept: true });
  const { state, commandId } = await ask(station, { kind: "reboot" });
  expect(state).toEqual({ status: "sent" });
  await station.evict();
  station.clock.pass(31 * SECOND);
  expect(await station.stub.commandState(commandId)).toEqual({ status: "unknown" });
  expect(station.cloud.orders).toHaveLength(1);
});

it("a refresh is answered when the cabinet was seen", async () => {
  const station = await chargeNowStation();
  expect((await ask(station, { kind: "refresh" })).state).toMatchObject({ status: "done", result: "ok" });
  expect((await ask(station, { kind: "screen", qr: "https://x.test", showUntilMs: 1 })).answer).toEqual({
    status: "unsupported",
  });
});
