// The ChargeNow client against a cloud that does what the vendor's does: its word proves nothing, and two of its orders open
// every slot when the slot is missing or 0.
import fc from "fast-check";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { ChargeNowCloud } from "../../dev/simulators/chargenow-cloud.ts";
import { Config } from "../../src/config.ts";
import { createChargeNow } from "../../src/providers/chargenow.ts";
import type { Fetch } from "../../src/providers/exchange.ts";
import { slotNumber } from "../../src/providers/ports.ts";

const settings = {
  CHARGENOW_URL: "http://cloud.test/cdb-open-api/v1",
  CHARGENOW_USERNAME: "u",
  CHARGENOW_PASSWORD: "p",
};
const slots = [1, 2, 3, 4, 5, 6].map((slot) =>
  slot <= 3 ? { slot, powerBankId: `CB${slot}`, chargePercent: 90 } : { slot },
);

const open = (fetch?: Fetch) => {
  const cloud = new ChargeNowCloud({ username: "u", password: "p", cabinets: [{ id: "CN1", slots }] });
  const client = createChargeNow({
    config: { ...Config.parse(env), ...settings },
    fetch: fetch ?? cloud.fetch,
    timeoutMs: 200,
  })!;
  const eject = (slot: number, vendorId = "CN1") =>
    client.eject({ vendorId, slot: slotNumber(slot), powerBankId: `CB${slot}`, issuedAtMs: 0, expiresAtMs: 1 });
  return { cloud, client, eject, banks: () => cloud.metal.cabinets.get("CN1")!.cabinet.banks().length };
};

it("a cabinet is read slot by slot, empty ones too", async () => {
  const { client } = open();
  expect(await client.read("CN1")).toMatchObject({
    status: "read",
    slots: [
      { slot: 1, state: "ok", powerBankId: "CB1", chargePercent: 90, millivolts: null },
      { slot: 2, powerBankId: "CB2" },
      { slot: 3, powerBankId: "CB3" },
      { slot: 4, state: "empty", powerBankId: null },
      { slot: 5, state: "empty" },
      { slot: 6, state: "empty" },
    ],
  });
});

it("vol is millivolts where it is too high for per cent", async () => {
  const { cloud, client } = open();
  cloud.volIn = "millivolts";
  expect(await client.read("CN1")).toMatchObject({
    slots: [{ chargePercent: 100, millivolts: 4_150 }, {}, {}, {}, {}, {}],
  });
});

it("half a list of batteries shows no slot as empty", async () => {
  const { cloud, client } = open();
  cloud.listedAtMost = 1;
  const reading = await client.read("CN1");
  expect(reading.status === "read" && reading.slots.map(({ state }) => state)).toEqual([
    "ok",
    "comm_fault",
    "comm_fault",
    "comm_fault",
    "comm_fault",
    "comm_fault",
  ]);
});

it("a cabinet that is not online, or not ours, is told from one that nobody can tell of", async () => {
  const { cloud, client } = open();
  expect(await client.read("CN9")).toEqual({ status: "unknown", reason: "code_2002" });
  cloud.metal.cabinets.get("CN1")!.isOnline = false;
  expect(await client.read("CN1")).toEqual({ status: "offline" });
});

it("an eject is one pop of one slot; the word of success is no proof", async () => {
  const { cloud, eject, banks } = open();
  cloud.metal.arm({ effect: "stays" });
  expect(await eject(2)).toEqual({ status: "handed_over" });
  expect(banks()).toBe(3);
  expect(cloud.orders).toEqual([
    { path: "/cabinet/operation", query: { cabinetid: "CN1", operationType: "pop", slotNum: "2", reason: "chajipoa" } },
  ]);
});

it.each(["bad_gateway", "empty", "html", "broken_json", "error", "throttled", "redirect", "hang"] as const)(
  "an eject that is answered with %s is unknown, and is sent once",
  async (answer) => {
    const { cloud, eject, banks } = open();
    cloud.metal.arm({ on: "eject", answer, accept: true });
    expect(await eject(1)).toMatchObject({ status: "unknown" });
    expect(cloud.orders).toHaveLength(1);
    expect(banks()).toBe(2);
  },
);

it("only codes that the settings name are refusals; any other code may have come after the cabinet had it", async () => {
  const { cloud, eject } = open();
  for (const [code, expected] of [
    [2004, { status: "refused", code: "2004" }],
    [800, { status: "refused", code: "800" }],
    [500, { status: "unknown", reason: "code_500" }],
  ] as const) {
    cloud.metal.arm({ on: "eject", code });
    expect(await eject(1)).toEqual(expected);
  }
});

it("a wrong account is a refusal", async () => {
  const { cloud } = open();
  const { eject } = open((input, init) =>
    cloud.fetch(input, { ...init, headers: { authorization: `Basic ${btoa("u:wrong")}` } }),
  );
  expect(await eject(1)).toEqual({ status: "refused", code: "http_401" });
});

it("staff open one slot by ejectByRepair; restart, lock and unlock are operations", async () => {
  const { cloud, client, banks } = open();
  await client.operate("CN1", { kind: "open", slot: slotNumber(3) }, 0);
  await client.operate("CN1", { kind: "lock", slot: slotNumber(4) }, 0);
  await client.operate("CN1", { kind: "unlock", slot: slotNumber(4) }, 0);
  await client.operate("CN1", { kind: "restart" }, 0);
  expect(banks()).toBe(2);
  expect(cloud.orders.map(({ path, query }) => [path, query["operationType"], query["slotNum"]])).toEqual([
    ["/cabinet/ejectByRepair", undefined, "3"],
    ["/cabinet/operation", "lock", "4"],
    ["/cabinet/operation", "unlock", "4"],
    ["/cabinet/operation", "restart", undefined],
  ]);
});

it("the simulator opens every slot for slot 0 and for none, as the vendor does", async () => {
  for (const query of ["cabinetid=CN1&slotNum=0", "cabinetid=CN1"]) {
    const { cloud, banks } = open();
    const headers = { authorization: `Basic ${btoa("u:p")}` };
    await cloud.fetch(`${settings.CHARGENOW_URL}/cabinet/ejectByRepair?${query}`, { method: "POST", headers });
    expect([cloud.sweeps, banks()]).toEqual([1, 0]);
  }
});

it("ejectByRepair with slot 0, with none or with any other value that is no slot cannot be sent, whatever its type says", async () => {
  const { cloud, client } = open();
  const anything = fc.oneof(
    fc.constantFrom(
      0,
      -0,
      null,
      undefined,
      "",
      "0",
      "00",
      "1",
      Number.NaN,
      [],
      [1],
      {},
      true,
      false,
      65,
      1.5,
      -1,
      1e300,
    ),
    fc.anything(),
    fc.integer(),
    fc.double(),
  );
  await fc.assert(
    fc.asyncProperty(anything, fc.constantFrom("open", "lock", "unlock", "pop"), async (value, kind) => {
      const before = cloud.orders.length;
      const isSlot = typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 64;
      // As a caller without types would: the brand is cast away.
      const slot = value as ReturnType<typeof slotNumber>;
      const send = () =>
        kind === "pop"
          ? client.eject({ vendorId: "CN1", slot, powerBankId: "CB1", issuedAtMs: 0, expiresAtMs: 1 })
          : client.operate("CN1", { kind, slot }, 0);
      if (isSlot) await send();
      else await expect((async () => send())()).rejects.toThrow(RangeError);
      expect(cloud.orders.length - before).toBe(isSlot ? 1 : 0);
      expect(cloud.sweeps).toBe(0);
    }),
    { numRuns: 300 },
  );
});

it("an order for every slot cannot be smuggled in as another operation", async () => {
  const { cloud, client } = open();
  for (const kind of ["popall", "popallForNoAuth", "popallForAuth", "lockStopCharge"]) {
    const order = { kind, slot: 1 } as unknown as Parameters<typeof client.operate>[1];
    await expect((async () => client.operate("CN1", order, 0))()).rejects.toThrow(RangeError);
  }
  await expect((async () => client.operate("CN1&slotNum=0", { kind: "restart" }, 0))()).resolves.toMatchObject({});
  expect(cloud.sweeps).toBe(0);
});
