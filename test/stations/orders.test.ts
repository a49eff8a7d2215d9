// What staff order a station to do, over HTTP: stored before it leaves, confirmed for a slot that holds a bank, audited with its end.
import { beforeEach, describe, expect, it } from "vitest";
import type { Id } from "../../src/lib/ids.ts";
import { settleOrders } from "../../src/stations/service.ts";
import { audited, type Desk, deskOf, startOffice } from "../http/staff.ts";
import { sql } from "../support/control.ts";
import { createBank, createStation } from "../support/factories.ts";

let office: ReturnType<typeof startOffice>;
let agent: Desk;
let id: Id<"stn">;
beforeEach(async () => {
  office = startOffice();
  agent = await deskOf(office.app, "agent");
  ({ id } = await createStation());
});

const reason = "the renter's bank is jammed";
const order = (json: Record<string, unknown>, key?: string) =>
  agent.send("POST", `/stations/${id}/commands`, { reason, ...json }, key);
const holdsBank = async (slot: number) => {
  const bank = await createBank();
  await sql("update power_banks set place = 'slot', station_id = $2, slot = $3 where id = $1", [bank, id, slot]);
  return bank;
};

describe("opening a slot", () => {
  it("that holds a bank asks for its confirmation first, and orders nothing", async () => {
    const bank = await holdsBank(3);
    const asked = await order({ kind: "open", slot: 3 });
    expect(asked).toMatchObject({ status: 409, body: { code: "bank_not_confirmed", powerBankId: bank } });
    expect(office.orders).toEqual([]);
    const confirmed = await order({ kind: "open", slot: 3, powerBankId: bank });
    expect(confirmed).toMatchObject({ status: 202, body: { kind: "open", slot: 3, powerBankId: bank, state: "sent" } });
    expect(office.orders).toMatchObject([
      { stationId: id, command: { kind: "open", slot: 3, powerBankId: bank, commandId: confirmed.body["id"] } },
    ]);
    expect(await audited(id)).toMatchObject([
      { actor: `staff:${agent.userId}`, action: "station_open", detail: { slot: 3, powerBankId: bank, reason } },
    ]);
  });

  it("is handed over once for one request, however often it is made, and ends with the station's word", async () => {
    const first = await order({ kind: "open", slot: 4 }, "open-4");
    office.answers.command = { status: "done", result: "ok", atMs: office.app.clock.now() };
    const again = await order({ kind: "open", slot: 4 }, "open-4");
    expect(again).toMatchObject({ status: 202, isReplay: true, body: { id: first.body["id"], state: "done" } });
    await order({ kind: "open", slot: 4 }, "open-4");
    // The same id each time: the object hands one command over once. After its end nobody is asked.
    expect(office.orders.map(({ command }) => command.commandId)).toEqual([first.body["id"], first.body["id"]]);
    expect((await audited(id)).map(({ action }) => action)).toEqual(["station_open", "station_open_done"]);
    expect((await order({ kind: "open", slot: 5 }, "open-4")).body["code"]).toBe("idempotency_mismatch");
  });

  it("of which the station sees another bank than the books is refused with that bank", async () => {
    office.answers.command = { status: "bank_not_confirmed", powerBankId: "CP-STRANGE" };
    const refused = await order({ kind: "open", slot: 3 }, "open-3");
    expect(refused).toMatchObject({ status: 409, body: { code: "bank_not_confirmed", powerBankId: "CP-STRANGE" } });
    expect(await order({ kind: "open", slot: 3 }, "open-3")).toMatchObject({
      status: 409,
      body: { code: "bank_not_confirmed", powerBankId: "CP-STRANGE" },
    });
    expect((await agent.get(`/stations/${id}/commands`)).body["items"]).toMatchObject([{ state: "refused" }]);
  });

  it("is for no slot that the station has not", async () => {
    expect((await order({ kind: "open", slot: 9 })).body["code"]).toBe("slot_unknown");
    expect((await order({ kind: "open" })).body["code"]).toBe("invalid_request");
    expect((await order({ kind: "refresh", slot: 1 })).body["code"]).toBe("invalid_request");
  });
});

describe("locking a slot", () => {
  it("keeps renters from it at once, also where the station is away, until it is unlocked", async () => {
    office.answers.command = { status: "station_offline" };
    expect((await order({ kind: "lock", slot: 2 })).body).toMatchObject({
      state: "refused",
      result: "station_offline",
    });
    await office.app.settle();
    expect(office.told.at(-1)!.settings).toMatchObject({ lockedSlots: [2] });
    expect((await agent.get(`/stations/${id}`)).body).toMatchObject({
      station: { slots: [{ slot: 2, state: "locked", reason }] },
    });
    office.answers.command = { status: "sent" };
    await order({ kind: "unlock", slot: 2 });
    await office.app.settle();
    expect(office.told.at(-1)!.settings).toMatchObject({ lockedSlots: [] });
  });

  it("and unlocking it leaves a slot out of service that is so for another reason", async () => {
    await agent.send("POST", `/stations/${id}/slots`, { slot: 2, isInService: false, reason: "bent spring" });
    await order({ kind: "unlock", slot: 2 });
    expect((await agent.get(`/stations/${id}`)).body).toMatchObject({
      station: { slots: [{ slot: 2, state: "out_of_service", reason: "bent spring" }] },
    });
  });
});

describe("the screen", () => {
  const screens = () => office.orders.map(({ command }) => command);

  it("shows the address of the station's own page, which nobody can word, and for so long", async () => {
    const { code } = (await sql<{ code: string }>("select code from stations where id = $1", [id]))[0]!;
    const nowMs = office.app.clock.now();
    const shown = await order({ kind: "screen", showMinutes: 30 }, "screen-30");
    const showUntilMs = nowMs + 30 * 60_000;
    expect(shown).toMatchObject({
      status: 202,
      body: { kind: "screen", state: "sent", showUntil: new Date(showUntilMs).toISOString() },
    });
    expect(screens()).toMatchObject([
      { kind: "screen", qr: `${office.app.deps.config.PUBLIC_BASE_URL}/s/${code}`, showUntilMs },
    ]);
    await order({ kind: "screen", showMinutes: 30 }, "screen-30");
    expect(screens().map(({ commandId }) => commandId)).toEqual([shown.body["id"], shown.body["id"]]);
    expect(await audited(id)).toMatchObject([
      { actor: `staff:${agent.userId}`, action: "station_screen", detail: { showMinutes: 30, reason } },
    ]);
    for (const worded of [{ qr: "https://evil.example" }, { showMinutes: 121 }, { showMinutes: -1 }, {}])
      expect((await order({ kind: "screen", ...("qr" in worded ? { showMinutes: 5 } : {}), ...worded })).status).toBe(
        400,
      );
    expect((await order({ kind: "reboot", showMinutes: 5 })).status).toBe(400);
  });

  it("of a station that takes nothing but its screen's code shows nothing else, and can be given back", async () => {
    await sql("update stations set accepts_static_code = false where id = $1", [id]);
    expect(await order({ kind: "screen", showMinutes: 5 })).toMatchObject({
      status: 409,
      body: { code: "screen_code_required" },
    });
    expect(screens()).toEqual([]);
    const nowMs = office.app.clock.now();
    expect((await order({ kind: "screen", showMinutes: 0 })).status).toBe(202);
    expect(screens()).toMatchObject([{ kind: "screen", showUntilMs: nowMs }]);
  });

  it("of a cabinet that has none is refused by its object, and the order says so", async () => {
    office.answers.command = { status: "unsupported" };
    expect((await order({ kind: "screen", showMinutes: 5 })).body).toMatchObject({
      state: "refused",
      result: "unsupported",
    });
  });
});

describe("the end of an order", () => {
  const sent = async () => (await order({ kind: "reboot" })).body["id"] as string;
  const read = async (command: string) => (await agent.get(`/station-commands/${command}`)).body;

  it.each([
    [{ status: "done", result: "ok", atMs: 1 } as const, { state: "done", result: "ok" }],
    [{ status: "done", result: "failed", atMs: 1 } as const, { state: "failed", result: "failed" }],
    [{ status: "unknown" } as const, { state: "unknown", result: null }],
    [{ status: "expired" } as const, { state: "failed", result: "expired" }],
  ])("%j is read from the station's object, stored and audited", async (state, expected) => {
    const command = await sent();
    office.answers.state = state;
    expect(await read(command)).toMatchObject(expected);
    expect((await audited(id)).map(({ action }) => action)).toEqual([
      "station_reboot",
      `station_reboot_${expected.state}`,
    ]);
  });

  it("is asked for by the minute's round when nobody reads it; a late answer decides what nobody could say", async () => {
    const command = await sent();
    office.app.clock.advance(61_000);
    office.answers.state = { status: "unknown" };
    await settleOrders(office.app.deps, 100, "req_test");
    expect(await sql("select state from staff_commands where id = $1", [command])).toEqual([{ state: "unknown" }]);
    office.answers.state = { status: "done", result: "ok", atMs: 1 };
    expect(await read(command)).toMatchObject({ state: "done" });
    office.answers.state = { status: "unknown" };
    expect(await read(command)).toMatchObject({ state: "done" });
  });

  it("of an order that never came to the station's object is failed once its time is over", async () => {
    office.app.deps.stations.command = () => Promise.reject(new Error("away"));
    office.answers.state = null;
    expect((await order({ kind: "reboot" })).status).toBe(500);
    const [{ id: command } = { id: "" }] = (await agent.get(`/stations/${id}/commands`)).body["items"] as {
      id: string;
    }[];
    expect(await read(command)).toMatchObject({ state: "requested" });
    office.app.clock.advance(30_000);
    expect(await read(command)).toMatchObject({ state: "failed", result: "expired" });
    expect((await agent.get(`/station-commands/cmd_${"0".repeat(26)}`)).body["code"]).toBe("command_unknown");
  });
});

describe("one station", () => {
  it("shows each slot by its object and by the books, and where they differ", async () => {
    const bank = await holdsBank(1);
    await sql("update power_banks set cycles = 7 where id = $1", [bank]);
    const seen = (slot: number, powerBankId: string | null) => ({
      slot,
      powerBankId,
      state: powerBankId ? "ok" : "empty",
      chargePercent: powerBankId ? 90 : null,
      temperatureC: null,
      isLocked: false,
      fault: null,
      mark: null,
      failures: 0,
      isTaken: false,
    });
    office.answers.inspect = {
      isConfigured: true,
      isOnline: true,
      seenAtMs: office.app.clock.now(),
      freeBanks: 1,
      freeSlots: 6,
      slots: [seen(1, bank), seen(2, "CP-STRANGE")],
    };
    const { body } = await agent.get(`/stations/${id}`);
    expect(body["live"]).toMatchObject({ isOnline: true, freeBanks: 1, freeSlots: 6 });
    const slots = body["slots"] as Record<string, unknown>[];
    expect(slots).toHaveLength(8);
    expect(slots.slice(0, 3)).toMatchObject([
      {
        slot: 1,
        isMismatch: false,
        seen: { powerBankId: bank, chargePercent: 90 },
        booked: { powerBankId: bank, cycles: 7 },
      },
      { slot: 2, isMismatch: true, seen: { powerBankId: "CP-STRANGE" }, booked: null },
      { slot: 3, isMismatch: false, seen: null, booked: null },
    ]);
  });

  it("is readable from the books while its object cannot be asked", async () => {
    await holdsBank(1);
    office.answers.inspect = new Error("away");
    const { status, body } = await agent.get(`/stations/${id}`);
    expect([status, body["live"]]).toEqual([200, null]);
    expect((body["slots"] as unknown[])[0]).toMatchObject({ seen: null, isMismatch: false });
    expect((await agent.get(`/stations/stn_${"0".repeat(26)}`)).body["code"]).toBe("station_unknown");
  });
});
