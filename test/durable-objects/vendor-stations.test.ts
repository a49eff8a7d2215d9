// One bank per rental, and returns that cannot be missed, at cabinets that somebody else speaks to: their word is a hint, and
// what the cabinet shows is the proof.
import { expect, it } from "vitest";
import { capabilitiesOf } from "../../durable-objects/driver.ts";
import { CABINET, chargeNowStation, serial, volinksStation, type VendorStation } from "./vendor-harness.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const commands = (station: VendorStation) =>
  station.rows<{ slot: number; state: string; attempt: number }>(
    "select slot, state, attempt from commands order by issued_at_ms, attempt",
  );
/** What moves a bank or ends a rental. */
const reports = (station: VendorStation) =>
  station.plane.deliveries
    .map(({ report }) => report.verb)
    .filter((verb) => verb !== "projection" && verb !== "eject_failed");

it("each driver says what its hardware can do", () => {
  expect(Object.keys(capabilitiesOf)).toEqual(["protocol1", "chargenow", "volinks"]);
  expect(capabilitiesOf.chargenow).toMatchObject({
    ejectsBy: "slot",
    honoursExpiry: false,
    reportsFailedReturns: false,
  });
  expect(capabilitiesOf.volinks).toMatchObject({
    ejectsBy: "power_bank",
    honoursExpiry: false,
    reportsFailedReturns: true,
    forceOpens: true,
  });
});

it.each([
  ["chargenow", chargeNowStation],
  ["volinks", volinksStation],
] as const)(
  "%s: a cabinet is known by looking at it, and an eject is proved by a look when the slot has settled",
  async (_, make) => {
    const station = await make();
    expect(await station.rows("select slot, power_bank_id from slots where power_bank_id is not null")).toHaveLength(3);
    const rentalId = station.rental();
    expect(await station.dispense(rentalId)).toMatchObject({ status: "ejecting", slot: 1 });
    await station.idle();
    expect(station.ejects()).toBe(1);
    // The vendor's word of success, and a look before the 10 s, prove nothing.
    expect(await station.stub.rentalState(rentalId)).toMatchObject({ status: "ejecting" });
    await station.alarm(10 * SECOND);
    expect(station.plane.reports("bank_out")).toMatchObject([
      { rentalId, powerBankId: serial(1), slot: 1, atMs: station.clock.now() },
    ]);
    expect(station.ejects()).toBe(1);
  },
);

it.each([
  ["chargenow", chargeNowStation],
  ["volinks", volinksStation],
] as const)(
  "%s: a timeout is unknown; nothing is sent again, and the bank that left all the same is found",
  async (_, make) => {
    const station = await make();
    station.metal.arm({ on: "eject", answer: "bad_gateway", accept: true });
    const rentalId = station.rental();
    await station.dispense(rentalId);
    await station.idle();
    await station.alarm(10 * SECOND);
    expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: serial(1) }]);
    expect(station.ejects()).toBe(1);
  },
);

it.each([
  ["chargenow", chargeNowStation],
  ["volinks", volinksStation],
] as const)(
  "%s: a command that may lie somewhere stays matchable: carried out after the rental was given up, it is that rental's late drop",
  async (_, make) => {
    const station = await make();
    station.metal.arm({ on: "eject", effect: "late", answer: "bad_gateway", accept: true });
    const rentalId = station.rental();
    await station.dispense(rentalId);
    await station.idle();
    for (const seconds of [10, 10, 20, 40, 80, 120, 120, 120, 80]) await station.alarm(seconds * SECOND);
    expect(reports(station)).toEqual(["eject_unknown"]);
    expect(station.ejects()).toBe(1);
    expect(await station.rows("select mark from slots where slot = 1")).toEqual([{ mark: "unknown" }]);
    const { expires_at_ms: expiresAtMs } = (
      await station.rows<{ expires_at_ms: number }>("select expires_at_ms from commands")
    )[0]!;
    expect(station.metal.carryOut()).toEqual([serial(1)]);
    await station.alarm(2 * 60 * MINUTE);
    expect(station.plane.reports("bank_out")).toMatchObject([
      { rentalId, powerBankId: serial(1), commandExpiresAtMs: expiresAtMs, atMs: station.clock.now() },
    ]);
  },
);

it("a refusal by the vendor is proved by a look before the next slot is tried", async () => {
  const station = await chargeNowStation();
  station.metal.arm({ on: "eject", code: 2004 });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  await station.idle();
  expect(await commands(station)).toEqual([{ slot: 1, state: "open", attempt: 1 }]);
  await station.alarm(10 * SECOND);
  expect(await commands(station)).toMatchObject([
    { slot: 1, state: "not_out" },
    { slot: 2, state: "open", attempt: 2 },
  ]);
  await station.alarm(10 * SECOND);
  expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: serial(2) }]);
});

it("a stale command that is carried out after three refusals is the cancelled rental's bank, not a theft", async () => {
  const station = await volinksStation();
  station.metal.arm({ on: "eject", effect: "late" });
  station.metal.arm({ on: "eject", effect: "stays", times: 2 });
  const rentalId = station.rental();
  await station.dispense(rentalId);
  for (const n of [1, 2, 3]) {
    await station.idle();
    await station.hear({
      vendorId: CABINET,
      notice: { kind: "eject_failed", slot: null, powerBankId: serial(n), code: "88", isSure: true },
    });
    await station.alarm(10 * SECOND);
  }
  expect(reports(station)).toEqual(["not_dispensed"]);
  station.plane.deliveries.length = 0;
  station.metal.carryOut();
  await station.alarm(60 * MINUTE);
  expect(station.plane.reports("bank_out")).toMatchObject([{ rentalId, powerBankId: serial(1), slot: 1 }]);
  expect(station.plane.reports("bank_taken")).toEqual([]);
});

it("nothing is ordered from a cabinet that is not online", async () => {
  const station = await chargeNowStation();
  station.clock.pass(31 * SECOND);
  station.setOnline(false);
  expect(await station.dispense(station.rental())).toEqual({ status: "station_offline" });
  await station.idle();
  expect(station.ejects()).toBe(0);
});

it("a push moves nothing: it makes the object look, whatever it claims", async () => {
  const station = await chargeNowStation();
  for (const event of ["BATTERY_IN", "BATTERY_BORROW_OUT", "CABINET_OFFLINE", "BATTERY_POPUP", "NONSENSE"])
    await station.push(event, { returnBatteryId: "CB-forged", outBatteryId: serial(1), outSlot: 1, slotNum: 4 });
  expect(reports(station)).toEqual([]);
  expect(await station.rows("select slot from slots where power_bank_id is not null")).toHaveLength(3);
  expect(station.ejects()).toBe(0);
});

it("a return is what the cabinet shows after a push", async () => {
  const station = await chargeNowStation();
  station.clock.pass(MINUTE);
  station.cloud.insert(CABINET, "CB77", 5);
  expect(reports(station)).toEqual([]);
  await station.push("BATTERY_IN", { returnBatteryId: "CB77" });
  expect(station.plane.reports("bank_in")).toMatchObject([
    { powerBankId: "CB77", slot: 5, atMs: station.clock.now(), evidence: "inventory" },
  ]);
  await station.push("BATTERY_IN", { returnBatteryId: "CB77" });
  expect(station.plane.reports("bank_in")).toHaveLength(1);
});

it("a return without a push is found by the next look", async () => {
  const station = await chargeNowStation();
  station.metal.insert(CABINET, "CB77", 5);
  await station.alarm(20 * SECOND);
  expect(station.plane.reports("bank_in")).toMatchObject([{ powerBankId: "CB77", slot: 5 }]);
});

it("a hint that cannot be followed at once is kept over an eviction, and the return is dated to it", async () => {
  const station = await chargeNowStation();
  station.setOnline(false);
  station.metal.insert(CABINET, "CB77", 5);
  station.clock.pass(5 * SECOND);
  const hintedAtMs = station.clock.now();
  await station.push("BATTERY_IN");
  await station.evict();
  station.clock.pass(20 * MINUTE);
  station.setOnline(true);
  await station.alarm(0);
  expect(station.plane.reports("bank_in")).toMatchObject([{ powerBankId: "CB77", atMs: hintedAtMs }]);
});

it("the same sight again is no event and writes none", async () => {
  const station = await chargeNowStation();
  await station.alarm(20 * SECOND);
  const written = await station.written(async () => {
    await station.alarm(20 * SECOND);
    await station.alarm(20 * SECOND);
  });
  expect(written).toBe(0);
});

it("a bank that leaves without a command is taken, and at this vendor its own app is suspected first", async () => {
  const station = await chargeNowStation();
  station.metal.cabinets.get(CABINET)!.cabinet.remove(2);
  await station.push("BATTERY_BORROW_OUT", { outBatteryId: serial(2), outSlot: 2, orderId: "their-own", faultType: 0 });
  expect(station.plane.reports("bank_taken")).toMatchObject([{ powerBankId: serial(2), slot: 2 }]);
  expect(station.lines).toContainEqual(
    expect.objectContaining({ alert: "bank_left_without_command", slot: 2, suspect: "native_rental" }),
  );
});

it("a failed return is kept as evidence, once, and ends nothing", async () => {
  const station = await volinksStation();
  const body = station.broker.insert(CABINET, "555", 5, 0x24);
  expect(body).toBe(5);
  const word = {
    vendorId: CABINET,
    notice: {
      kind: "hint",
      name: "the same message",
      evidence: { type: "return_rejected", slot: 5, powerBankId: "555", code: "24" },
    },
  } as const;
  await station.hear(word);
  await station.hear(word);
  const kept = await station.rows<{ body: string }>("select body from events where type = 'returned'");
  expect(kept.map((row) => JSON.parse(row.body) as object)).toContainEqual(
    expect.objectContaining({ slot: 5, powerBankId: "555", result: "rejected", rawCode: "24" }),
  );
  expect(await station.rows("select name from vendor_notes where name = 'the same message'")).toHaveLength(1);
  expect(station.plane.reports("bank_in")).toEqual([]);
});

it("a cabinet that answers no question is offline in the end, and what it held is not forgotten", async () => {
  const station = await volinksStation();
  station.broker.mute.add(CABINET);
  station.clock.pass(31 * SECOND);
  expect(await station.dispense(station.rental())).toEqual({ status: "station_offline" });
  await station.alarm(5 * MINUTE);
  await station.alarm(20 * SECOND);
  expect(await station.rows("select slot from slots where power_bank_id is not null")).toHaveLength(3);
  expect(station.plane.deliveries.at(-1)?.projection.isOnline).toBe(false);
});

it("an answer that no question asked for is a hint, and the cabinet is asked itself", async () => {
  const station = await volinksStation();
  const asked = station.broker.published.length;
  station.broker.sendInventory(CABINET);
  await expect.poll(() => station.broker.published.length).toBe(asked + 1);
  await station.idle();
  expect(reports(station)).toEqual([]);
});
