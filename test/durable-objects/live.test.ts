import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { isoTime } from "../../src/lib/clock.ts";
import { bank, liveStation } from "./harness.ts";

const MINUTE = 60_000;

it("tells payment, eject, bank, end of time and return as they happen", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  const dueAtMs = station.clock.now() + 60 * MINUTE;
  station.plane.answer = () => ({ status: "accepted", rental: { rentalId, status: "active", dueAtMs } });
  await station.stub.lease({ rentalId, untilMs: station.clock.now() + 3 * MINUTE });
  const listener = await station.listen(rentalId);
  await listener.states(1);
  await station.evict();
  await station.dispense(rentalId, { wasPaid: true });
  await station.client.frame("eject");
  await station.client.settled();
  await station.idle();
  await listener.states(5);
  await station.alarm(60 * MINUTE);
  await listener.states(6);
  await station.stub.closed({ rentalId, status: "returned", atMs: station.clock.now() });
  await listener.states(7);
  expect(listener.messages).toEqual([
    { type: "state", status: "awaiting_payment", slot: 1 },
    { type: "state", status: "payment_received", slot: 1 },
    { type: "state", status: "ejecting", slot: 1 },
    { type: "state", status: "take_your_bank", slot: 1 },
    { type: "state", status: "active", slot: 1, dueAt: isoTime(dueAtMs) },
    { type: "state", status: "due", slot: 1, dueAt: isoTime(dueAtMs) },
    { type: "state", status: "returned" },
  ]);
});

it("tells of the next slot, and why the rental was cancelled", async () => {
  const station = await liveStation({
    slots: [
      { slot: 1, powerBankId: bank(1), chargePercent: 90 },
      { slot: 2, powerBankId: bank(2), chargePercent: 80 },
    ],
  });
  const rentalId = station.rental();
  station.client.arm({ kind: "refuses" });
  station.plane.answer = async ({ report }) => {
    if (report.verb === "not_dispensed")
      await station.fromInside().closed({ rentalId, status: "cancelled", atMs: station.clock.now() });
    return { status: "accepted" };
  };
  await station.dispense(rentalId);
  const listener = await station.listen(rentalId);
  for (let n = 1; n <= 2; n++) {
    await station.client.frame("eject", n);
    await station.client.settled();
    await station.alarm(10_000);
    await station.client.frame("refresh", n);
    await station.client.settled();
    await station.idle();
  }
  await listener.states(3);
  expect(listener.messages).toEqual([
    { type: "state", status: "ejecting", slot: 1 },
    { type: "state", status: "ejecting", slot: 2 },
    { type: "state", status: "cancelled", reason: "no_power_bank" },
  ]);
});

it("a released lease is heard with its reason, and who comes later hears it too", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  await station.stub.lease({ rentalId, untilMs: station.clock.now() + MINUTE });
  const listener = await station.listen(rentalId);
  await station.stub.release({ rentalId, reason: "renter" });
  await listener.states(2);
  expect(listener.messages.at(-1)).toEqual({ type: "state", status: "cancelled", reason: "renter" });
  await station.evict();
  const late = await station.listen(rentalId);
  await late.states(1);
  expect(late.messages).toEqual([{ type: "state", status: "cancelled", reason: "renter" }]);
});

it("on arrival a listener hears where the rental stands", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  const dueAtMs = station.clock.now() + MINUTE;
  let answer: (() => void) | undefined;
  station.plane.answer = () =>
    new Promise(
      (resolve) => (answer = () => resolve({ status: "accepted", rental: { rentalId, status: "active", dueAtMs } })),
    );
  const stands = async (): Promise<string> => (await (await station.listen(rentalId)).states(1))[0]!;
  station.client.arm({ kind: "late_drop", ms: 2_000, times: 1 });
  await station.dispense(rentalId);
  expect(await stands()).toBe("ejecting");
  await station.client.frame("eject");
  station.clock.pass(2_000);
  await station.client.settled();
  expect(await stands()).toBe("take_your_bank");
  await runInDurableObject(station.stub, () => answer!());
  await station.idle();
  expect(await stands()).toBe("active");
});

it("a ticket opens one socket, also after an eviction", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  const jti = station.ids.next("tkt");
  expect((await station.listen(rentalId, jti)).response.status).toBe(101);
  await station.evict();
  const again = await station.listen(rentalId, jti);
  expect(again.response.status).toBe(401);
  expect(await again.response.json()).toEqual({ code: "ticket_invalid" });
});

it("a listener hears of its own rental alone", async () => {
  const station = await liveStation();
  const [mine, other] = [station.rental(), station.rental()];
  const listener = await station.listen(mine);
  await station.stub.lease({ rentalId: other, untilMs: station.clock.now() + MINUTE });
  await station.stub.lease({ rentalId: mine, untilMs: station.clock.now() + MINUTE });
  await listener.states(1);
  expect(listener.messages).toEqual([{ type: "state", status: "awaiting_payment", slot: 2 }]);
});

it("nothing that a listener says is taken for a station's frame", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  const listener = await station.listen(rentalId);
  const frame = {
    type: "returned",
    bootId: "forged",
    seq: 1,
    at: 1,
    slot: 8,
    powerBankId: bank(9),
    chargePercent: 1,
    result: "ok",
  };
  listener.response.webSocket!.send(JSON.stringify(frame));
  await station.stub.lease({ rentalId, untilMs: station.clock.now() + MINUTE });
  await listener.states(1);
  expect(await station.rows("select 1 as it from events where boot_id = 'forged'")).toEqual([]);
});

it("a sixth listener takes the place of the first", async () => {
  const station = await liveStation();
  const rentalId = station.rental();
  const listeners = [];
  for (let n = 0; n < 6; n++) listeners.push(await station.listen(rentalId));
  await station.stub.lease({ rentalId, untilMs: station.clock.now() + MINUTE });
  await Promise.all(listeners.slice(1).map((listener) => listener.states(1)));
  expect(listeners[0]!.messages).toEqual([]);
});
