// Another slot opened than the one that was meant: the renter has that bank, and the slots are what they are.
import { expect, it } from "vitest";
import { bank, liveStation, type TestStation } from "./harness.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

it("a bank from the wrong slot is reported as what it is, and its slot as empty", async () => {
  const station = await liveStation();
  station.client.arm({ kind: "wrong_slot", slot: 3, times: 1 });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await station.client.frame("eject");
  await station.client.settled();
  await station.idle();
  expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: bank(3), slot: 3 }]);
  expect(await station.rows("select slot, power_bank_id, mark from slots where slot in (1, 3)")).toEqual([
    { slot: 1, power_bank_id: bank(1), mark: "not_out" },
    { slot: 3, power_bank_id: null, mark: null },
  ]);
  expect(station.alerts()).toContain("wrong_slot");
});

it("a bank from the wrong slot leaves the renter who waits for it the next one", async () => {
  const station = await liveStation();
  const { client, plane } = station;
  client.arm({ kind: "no_answer", times: 1 });
  const robbed = station.rental();
  await station.dispense(robbed);
  await client.frame("eject");
  client.arm({ kind: "wrong_slot", slot: 1, times: 1 });
  const lucky = station.rental();
  await station.dispense(lucky);
  await client.frame("eject", 3);
  await client.settled();
  await station.idle();
  expect(plane.reports("bank_out")).toMatchObject([
    { rentalId: lucky, powerBankId: bank(1), slot: 1 },
    { rentalId: robbed, powerBankId: bank(3), slot: 3 },
  ]);
});

it("adjacent slot: the bank that went from beside it is the renter's, and no second one leaves", async () => {
  const station = await liveStation();
  const { client, clock, plane } = station;
  client.arm({ kind: "refuses", times: 1 });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await client.frame("eject");
  const leftAtMs = clock.now();
  client.model.removeByForce(2);
  await client.settled();
  await station.idle();
  await station.evict();
  await station.alarm(10 * SECOND);
  await client.frame("refresh");
  await client.settled();
  await station.idle();
  expect(plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: bank(2), slot: 2, atMs: leftAtMs }]);
  expect(client.received.filter(({ type }) => type === "eject")).toHaveLength(1);
  expect(station.alerts()).toContain("wrong_slot");
  expect(await station.rows("select slot, power_bank_id, mark from slots where slot < 3")).toEqual([
    { slot: 1, power_bank_id: bank(1), mark: "not_out" },
    { slot: 2, power_bank_id: null, mark: null },
  ]);
});

it("adjacent slot: a bank that was taken before the command was sent is not the renter's", async () => {
  const station = await liveStation();
  const { client, clock, plane } = station;
  client.model.removeByForce(2);
  await client.settled();
  clock.pass(SECOND);
  client.arm({ kind: "refuses", times: 1 });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await client.frame("eject");
  await client.settled();
  await station.alarm(10 * SECOND);
  await client.frame("eject", 2);
  await client.settled();
  await station.idle();
  expect(plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: bank(3), slot: 3 }]);
});

/** Slot 1 is silent for ever and keeps its bank; meanwhile `meanwhile` happens to slot 2. Much later a reboot proves that nothing left slot 1. */
const provedDaysLater = async (meanwhile: (station: TestStation) => Promise<void>): Promise<TestStation> => {
  const station = await liveStation();
  const { client } = station;
  client.arm({ kind: "no_answer", times: 1 });
  await station.dispense(station.rental());
  await client.frame("eject");
  station.clock.pass(SECOND);
  await meanwhile(station);
  await client.settled();
  await station.idle();
  for (const ms of [10 * SECOND, 10 * MINUTE, 2 * DAY]) await station.alarm(ms);
  station.plane.deliveries.length = 0;
  client.drop();
  client.model.reboot();
  await client.connect();
  // It may have left as the station went down, and is shown for some seconds more.
  station.clock.pass(10 * SECOND);
  client.model.reportAll();
  await client.settled();
  await station.idle();
  expect(await station.rows("select state from commands where slot = 1")).toEqual([{ state: "not_out" }]);
  return station;
};

it("adjacent slot: a bank that another renter's command let out is not taken for this one's when that command is long forgotten", async () => {
  const station = await provedDaysLater(async ({ dispense, rental, client }) => {
    await dispense(rental());
    await client.frame("eject", 2);
  });
  expect(station.plane.reports("bank_out")).toEqual([]);
  expect(await station.rows("select state from commands where slot = 2")).toEqual([]);
});

it("adjacent slot: a bank that staff let out is not taken for this one's, however long ago that was", async () => {
  const station = await provedDaysLater(async ({ stub, ids, client, clock }) => {
    const expiresAtMs = clock.now() + 30 * SECOND;
    await stub.command({ commandId: ids.next("cmd"), expiresAtMs, kind: "open", slot: 2, powerBankId: bank(2) });
    await client.frame("open");
  });
  expect(station.plane.reports("bank_out")).toEqual([]);
});
