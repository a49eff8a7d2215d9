// What a station's object tells of failures, and what it does with what the fleet says of banks and slots.
import { expect, it } from "vitest";
import { bank, liveStation, type TestStation } from "./harness.ts";

const SECOND = 1_000;

/** An eject that the station refuses, proved by a later inventory. */
const refused = async (station: TestStation): Promise<void> => {
  station.client.arm({ kind: "refuses", times: 1 });
  await station.dispense(station.rental(), { notAfterMs: station.clock.now() + 5 * SECOND });
  await station.client.frame("eject");
  await station.client.settled();
  await station.alarm(10 * SECOND);
  await station.client.settled();
  await station.idle();
};
const configure = (station: TestStation, version: number, settings: Record<string, unknown>) =>
  station.stub.configure({ version, keys: [station.key.public], settings: { ...station.settings, ...settings } });

it("an eject that failed is told once, by its command, with the slot and the bank", async () => {
  const station = await liveStation();
  await refused(station);
  await station.evict();
  const failed = station.plane.reports("eject_failed");
  expect(failed).toMatchObject([{ powerBankId: bank(1), slot: 1, kind: "not_out" }]);
  expect(failed[0]!.commandId).toMatch(/^cmd_/);
});

it("another slot that opened is told of the slot that was meant", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "wrong_slot", slot: 3, times: 1 });
  await station.dispense(station.rental());
  await station.client.settled();
  await station.idle();
  expect(station.plane.reports("eject_failed")).toMatchObject([{ powerBankId: bank(1), slot: 1, kind: "wrong_slot" }]);
});

it("a slot that staff put back in service is used again, and what it does later is held against it anew", async () => {
  const station = await liveStation({ slots: [{ slot: 1, powerBankId: bank(1), chargePercent: 90 }] });
  await refused(station);
  expect(await station.dispense(station.rental())).toEqual({ status: "no_power_bank" });
  await configure(station, 2, { released: [{ slot: 1, version: 2 }] });
  await refused(station);
  expect(station.plane.reports("eject_failed")).toHaveLength(2);
  // The same release is said again with every later version.
  await configure(station, 3, { released: [{ slot: 1, version: 2 }] });
  expect(await station.dispense(station.rental())).toEqual({ status: "no_power_bank" });
});

it("a bank that is held back stays when its arrival was answered so, also after an eviction, until it is let go", async () => {
  const station = await liveStation({ slots: [{ slot: 1, powerBankId: bank(1), chargePercent: 90 }, { slot: 2 }] });
  station.plane.answer = ({ report }) =>
    report.verb === "bank_in"
      ? { status: "accepted", bank: { powerBankId: report.powerBankId, cycles: 0, isHeld: true } }
      : { status: "accepted" };
  station.client.model.insert({ powerBankId: bank(2), slot: 2, chargePercent: 100 });
  await station.client.settled();
  await station.idle();
  await station.evict();
  await configure(station, 2, { banks: [{ powerBankId: bank(1), cycles: 0, isHeld: true }] });
  expect(await station.dispense(station.rental())).toEqual({ status: "no_power_bank" });
  await configure(station, 3, { banks: [{ powerBankId: bank(2), cycles: 0, isHeld: false }] });
  expect(await station.dispense(station.rental())).toMatchObject({ status: "ejecting", slot: 2 });
});

it("cycles of other stations count in the choice", async () => {
  const slots = [1, 2].map((slot) => ({ slot, powerBankId: bank(slot), chargePercent: 90 }));
  const station = await liveStation({ slots });
  await configure(station, 2, {
    banks: [
      { powerBankId: bank(1), cycles: 40, isHeld: false },
      { powerBankId: bank(2), cycles: 39, isHeld: false },
    ],
  });
  expect(await station.dispense(station.rental())).toMatchObject({ slot: 2 });
});

it("what a station cries out is told once, by its event", async () => {
  const station = await liveStation();
  station.client.model.removeByForce(1);
  await station.client.settled();
  await station.idle();
  const [cry, ...more] = station.plane.reports("station_alert");
  expect(more).toEqual([]);
  expect(cry).toMatchObject({ alert: "opened_without_command", slot: 1, detail: null });
  expect(cry!.event.seq).toBeGreaterThan(0);
});
