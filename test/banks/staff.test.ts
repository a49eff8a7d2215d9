// Power banks as staff enter, hold back, move and retire them, over HTTP.
import { beforeAll, describe, expect, it } from "vitest";
import { audited, type Desk, deskOf, startOffice } from "../http/staff.ts";
import { sql } from "../support/control.ts";
import { createBank, createStation, ids } from "../support/factories.ts";
import { bankIn, createBench } from "../support/verbs.ts";

let office: ReturnType<typeof startOffice>;
let admin: Desk;
let agent: Desk;
beforeAll(async () => {
  office = startOffice();
  admin = await deskOf(office.app, "admin");
  agent = await deskOf(office.app, "agent");
});

const reason = "swollen";
const inSlot = async (slot = 1) => {
  const station = await createStation();
  const bank = await createBank();
  await sql("update power_banks set place = 'slot', station_id = $2, slot = $3 where id = $1", [
    bank,
    station.id,
    slot,
  ]);
  return { station, bank };
};
const versionOf = async (stationId: string) =>
  (await sql<{ version: number }>("select config_version as version from stations where id = $1", [stationId]))[0]!
    .version;

describe("entering power banks", () => {
  it("tells the new ones from those that were there, and begins in the depot", async () => {
    const known = await createBank();
    const fresh = [`N-${ids.secret(8)}`, `N-${ids.secret(8)}`].toSorted();
    const { status, body } = await admin.send("POST", "/power-banks", { powerBankIds: [...fresh, known, fresh[0]] });
    expect([status, body]).toEqual([200, { registered: fresh, known: [known] }]);
    expect((await agent.get(`/power-banks/${fresh[0]}`)).body).toMatchObject({
      bank: { place: "depot", stationId: null, cycles: 0, isOutOfService: false },
      movements: [],
      failures: 0,
    });
    expect(await audited(fresh[0]!)).toMatchObject([{ actor: `staff:${admin.userId}`, action: "bank_registered" }]);
  });

  it("takes one that a station showed as unknown from its slot, and ends the ticket about it", async () => {
    const station = await createStation();
    const bank = `N-${ids.secret(8)}`;
    await sql(
      `insert into custody (event_key, power_bank_id, station_id, slot, direction, boot_id, seq, evidence, at, outcome, recorded_at)
       values ($1, $1, $2, 4, 'in', 'boot-1', 1, 'event', now(), 'unknown_bank', now())`,
      [bank, station.id],
    );
    await sql(
      "select internal_ticket('unknown_bank', 'unknown_bank:' || $1, 'Unknown bank', $2, 4, $1, null, '{}', 'system:test', now(), null)",
      [bank, station.id],
    );
    await admin.send("POST", "/power-banks", { powerBankIds: [bank] });
    expect((await admin.get(`/power-banks/${bank}`)).body).toMatchObject({
      bank: { place: "slot", stationId: station.id, slot: 4 },
    });
    expect((await admin.get(`/tickets?powerBankId=${bank}&state=all`)).body["items"]).toMatchObject([
      { kind: "unknown_bank", state: "done" },
    ]);
  });
});

describe("holding a power bank back", () => {
  it("is told to the station where it sits, and lifted again", async () => {
    const { station, bank } = await inSlot();
    const before = await versionOf(station.id);
    const held = await agent.send("POST", `/power-banks/${bank}/service`, { isInService: false, reason });
    expect(held.body).toMatchObject({ id: bank, isOutOfService: true, serviceReason: reason });
    expect(await versionOf(station.id)).toBe(before + 1);
    await office.app.settle();
    expect(office.told.findLast(({ stationId }) => stationId === station.id)!.version).toBe(before + 1);
    expect((await agent.get("/power-banks?isOutOfService=true&limit=100")).body["items"]).toContainEqual(
      expect.objectContaining({ id: bank }),
    );
    const lifted = await agent.send("POST", `/power-banks/${bank}/service`, {
      isInService: true,
      reason: "was nothing",
    });
    expect(lifted.body).toMatchObject({ isOutOfService: false, serviceReason: null });
    expect((await audited(bank)).map(({ action }) => action)).toEqual(["bank_out_of_service", "bank_in_service"]);
  });
});

describe("moving a power bank", () => {
  it("into one's hands puts it on one's own list, until it is brought or shown somewhere", async () => {
    const colleague = await deskOf(office.app, "agent");
    const banks = [(await inSlot(1)).bank, (await inSlot(2)).bank, (await inSlot(3)).bank].toSorted();
    const take = (desk: Desk, bank: string, to: string) =>
      desk.send("POST", `/power-banks/${bank}/take`, { to, reason });
    for (const bank of banks) await take(colleague, bank, "hands");
    await take(agent, banks[1]!, "hands");
    const mine = async (query = "") => (await colleague.get(`/power-banks?heldBy=me${query}`)).body;
    expect((await mine())["items"]).toMatchObject([{ id: banks[0] }, { id: banks[2] }]);
    const first = await mine("&limit=1");
    expect(first).toMatchObject({ items: [{ id: banks[0] }], nextCursor: banks[0] });
    expect((await mine(`&limit=1&cursor=${banks[0]}`))["items"]).toMatchObject([{ id: banks[2] }]);
    await take(colleague, banks[0]!, "depot");
    expect((await mine())["items"]).toMatchObject([{ id: banks[2], heldBy: colleague.userId }]);
    expect((await colleague.get("/power-banks?heldBy=somebody")).status).toBe(400);
  });

  it("out of a slot is a movement of custody that ends no rental; a repeat moves nothing", async () => {
    const { station, bank } = await inSlot(5);
    const take = () =>
      agent.send("POST", `/power-banks/${bank}/take`, { to: "hands", reason: "to Kariakoo" }, `take-${bank}`);
    expect((await take()).body).toMatchObject({ place: "depot", stationId: null, slot: null, heldBy: agent.userId });
    expect(await take()).toMatchObject({ status: 200, isReplay: true });
    expect((await agent.get(`/power-banks/${bank}`)).body["movements"]).toMatchObject([
      { direction: "out", stationId: station.id, slot: 5, outcome: "moved", evidence: "staff", rentalId: null },
    ]);
    const brought = await agent.send("POST", `/power-banks/${bank}/take`, { to: "depot", reason: "night" });
    expect(brought.body).toMatchObject({ place: "depot", heldBy: null });
    expect((await audited(bank)).map(({ detail }) => [detail["from"], detail["to"]])).toEqual([
      ["slot", "hands"],
      ["depot", "depot"],
    ]);
  });

  it.each(["rented", "lost"])(
    "is refused for one that is %s: putting it into a station ends its rental",
    async (place) => {
      const bank = await createBank();
      await sql("update power_banks set place = $2 where id = $1", [bank, place]);
      const take = await agent.send("POST", `/power-banks/${bank}/take`, { to: "hands", reason });
      expect(take).toMatchObject({ status: 409, body: { code: "bank_state" } });
      const retire = await admin.send("POST", `/power-banks/${bank}/retire`, { reason });
      expect(retire).toMatchObject({ status: 409, body: { code: "bank_state" } });
    },
  );

  it("finds a missing one and ends the ticket about it", async () => {
    const bank = await createBank();
    await sql("update power_banks set place = 'missing' where id = $1", [bank]);
    await sql(
      "select internal_ticket('missing_bank', 'missing_bank:' || $1, 'Missing', null, null, $1, null, '{}', 'system:test', now(), null)",
      [bank],
    );
    await agent.send("POST", `/power-banks/${bank}/take`, { to: "depot", reason: "behind the shelf" });
    expect((await agent.get(`/tickets?powerBankId=${bank}&state=all`)).body["items"]).toMatchObject([
      { state: "done" },
    ]);
  });
});

describe("retiring a power bank", () => {
  it("is for ever", async () => {
    const bank = await createBank();
    expect((await admin.send("POST", `/power-banks/${bank}/retire`, { reason })).body["place"]).toBe("retired");
    const back = await admin.send("POST", `/power-banks/${bank}/service`, { isInService: true, reason });
    expect(back).toMatchObject({ status: 409, body: { code: "bank_state" } });
    expect((await admin.get("/power-banks/N-nothing")).body["code"]).toBe("bank_unknown");
  });
});

it("the list of a place goes through all of them once, page by page", async () => {
  const { station, bank } = await inSlot();
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page = await agent.get(`/power-banks?place=slot&limit=1${cursor ? `&cursor=${cursor}` : ""}`);
    seen.push(...(page.body["items"] as { id: string }[]).map(({ id }) => id));
    cursor = page.body["nextCursor"] as string | null;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toContain(bank);
  expect((await agent.get(`/power-banks?stationId=${station.id}`)).body["items"]).toMatchObject([{ id: bank }]);
});

describe("a bank in a technician's hands", () => {
  it("is nobody's any more once a station shows it, and a missing one that comes back ends its ticket", async () => {
    const bench = createBench();
    const { station, bank } = await inSlot(5);
    await agent.send("POST", `/power-banks/${bank}/take`, { to: "hands", reason: "to Kariakoo" });
    const other = await createStation();
    bench.clock.set(Date.now() + 60_000);
    await bankIn(bench, other.id, { powerBankId: bank, seq: 1, slot: 2 });
    expect((await agent.get(`/power-banks/${bank}`)).body["bank"]).toMatchObject({
      place: "slot",
      stationId: other.id,
      slot: 2,
      heldBy: null,
    });
    await sql("update power_banks set place = 'missing', station_id = null, slot = null where id = $1", [bank]);
    await sql(
      "select internal_ticket('missing_bank', 'missing_bank:' || $1, 'Missing', null, null, $1, null, '{}', 'system:test', now(), null)",
      [bank],
    );
    await bankIn(bench, station.id, { powerBankId: bank, seq: 2, slot: 6 });
    expect((await agent.get(`/tickets?powerBankId=${bank}&state=all`)).body["items"]).toMatchObject([
      { state: "done" },
    ]);
  });

  it("that nobody knows, or that was retired, is a ticket of the station it came into", async () => {
    const bench = createBench();
    const { id } = await createStation();
    const retired = await createBank("retired");
    const stranger = `N-${ids.secret(8)}`;
    await bankIn(bench, id, { powerBankId: stranger, seq: 1, slot: 1 });
    await bankIn(bench, id, { powerBankId: stranger, seq: 1, slot: 1 });
    bench.clock.advance(1);
    await bankIn(bench, id, { powerBankId: retired, seq: 2, slot: 2 });
    expect((await agent.get(`/tickets?stationId=${id}`)).body["items"]).toMatchObject([
      { kind: "retired_bank", powerBankId: retired, slot: 2 },
      { kind: "unknown_bank", powerBankId: stranger, slot: 1, occurrences: 1 },
    ]);
  });
});
