// The Volinks client against a broker that delivers again what is not QoS 0 and keeps what is retained, and cabinets whose
// firmware reads no expiry.
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { VolinksBroker, writeVolinksFrame } from "../../dev/simulators/volinks-broker.ts";
import { Config } from "../../src/config.ts";
import { slotNumber, type VendorNotice } from "../../src/providers/ports.ts";
import { createVolinks } from "../../src/providers/volinks.ts";
import { toBase64, fromBase64 } from "../../src/lib/bytes.ts";

const ISSUED_AT_MS = 1_790_000_000_000;
const slots = [1, 2, 3, 4, 5, 6].map((slot) =>
  slot <= 3 ? { slot, powerBankId: `10000000${slot}`, chargePercent: 90 } : { slot },
);

const open = () => {
  const messages: string[] = [];
  const broker = new VolinksBroker({
    key: "k",
    secret: "s",
    cabinets: [{ id: "860602069165357", slots }],
    onMessage: (body) => messages.push(body),
  });
  const client = createVolinks({
    config: {
      ...Config.parse(env),
      VOLINKS_BROKER_URL: "http://broker.test",
      VOLINKS_BROKER_KEY: "k",
      VOLINKS_BROKER_SECRET: "s",
      VOLINKS_MQTT_HOST: "mqtt.test",
      VOLINKS_DEVICE_KEY: "device-key",
    },
    fetch: broker.fetch,
    timeoutMs: 200,
  })!;
  const heard = async (): Promise<VendorNotice[]> =>
    (await Promise.all(messages.map((body) => client.parseMessage(body)))).map((word) => word!.notice);
  const eject = (slot: number, vendorId = ID) =>
    client.eject({
      vendorId,
      slot: slotNumber(slot),
      powerBankId: `10000000${slot}`,
      issuedAtMs: ISSUED_AT_MS,
      expiresAtMs: ISSUED_AT_MS + 30_000,
    });
  return { broker, client, messages, heard, eject };
};
const ID = "860602069165357";

it("a cabinet is asked, and its answer comes as a message of its own", async () => {
  const { client, heard } = open();
  expect(await client.read(ID)).toEqual({ status: "asked" });
  expect(await heard()).toMatchObject([
    {
      kind: "snapshot",
      slots: [
        { slot: 1, state: "ok", powerBankId: "100000001", chargePercent: 90, temperatureC: 30, rawCode: "01" },
        {},
        {},
        { slot: 4, state: "empty", powerBankId: null },
        {},
        {},
      ],
    },
  ]);
});

it("an eject names the bank, goes out once by QoS 0 and is never retained", async () => {
  const { broker, eject, heard } = open();
  expect(await eject(2)).toEqual({ status: "handed_over" });
  expect(broker.published).toEqual([
    {
      vendorId: ID,
      command: { cmd: "popup_sn", data: "100000002", timestamp: "1790000000", ttl: "30" },
      qos: 0,
      isRetained: false,
    },
  ]);
  expect([...broker.metal.pocket]).toEqual(["100000002"]);
  // Its word of success is a hint like any other.
  expect(await heard()).toMatchObject([{ kind: "hint", evidence: null }]);
  broker.reconnect(ID);
  expect(broker.metal.pocket.size).toBe(1);
});

it("a broker that was asked for QoS 1 would drop a second bank, and one that retains would do it at the next connection", async () => {
  const { broker } = open();
  const command = { cmd: "popup", data: "1", io: "0", timestamp: "1790000000", ttl: "30" };
  const publish = (qos: number, retain: boolean, slot: string) =>
    broker.fetch("http://broker.test/api/v5/publish", {
      method: "POST",
      headers: { authorization: `Basic ${btoa("k:s")}` },
      body: JSON.stringify({
        topic: `/powerbank/${ID}/user/get`,
        payload: JSON.stringify({ ...command, data: slot }),
        qos,
        retain,
      }),
    });
  await publish(1, false, "1");
  expect(broker.published).toHaveLength(1);
  await publish(0, true, "2");
  broker.metal.insert(ID, "999999999", 2);
  broker.reconnect(ID);
  expect(broker.metal.pocket.has("999999999")).toBe(true);
});

it("nobody subscribed: nothing was handed over", async () => {
  const { broker, client, eject } = open();
  broker.metal.cabinets.get(ID)!.isOnline = false;
  expect(await eject(1)).toEqual({ status: "refused", code: "no_subscriber" });
  expect(await client.read(ID)).toEqual({ status: "offline" });
  broker.reconnect(ID);
  expect(broker.metal.pocket.size).toBe(0);
});

it.each(["bad_gateway", "empty", "html", "broken_json", "error", "redirect", "hang"] as const)(
  "an eject that the broker answers with %s is unknown, and is published once",
  async (answer) => {
    const { broker, eject } = open();
    broker.metal.arm({ on: "eject", answer, accept: true });
    expect(await eject(1)).toMatchObject({ status: "unknown" });
    expect(broker.published).toHaveLength(1);
    expect(broker.metal.pocket.size).toBe(1);
  },
);

it("what a cabinet says of an eject that did not work is told from what it is not sure of", async () => {
  const { broker, heard } = open();
  for (const code of [0x00, 0x11, 0x88, 0xfc]) broker.send(ID, writeVolinksFrame(0x31, [2, 0, 0, 0, 9, code, 0]));
  expect(await heard()).toEqual(
    (
      [
        ["00", true],
        ["11", false],
        ["88", true],
        ["FC", true],
      ] as const
    ).map(([code, isSure]) => ({ kind: "eject_failed", slot: null, powerBankId: "9", code, isSure })),
  );
});

it("a failed return is evidence, a return that worked a hint", async () => {
  const { broker, heard } = open();
  broker.insert(ID, "555", 5, 0x24);
  broker.insert(ID, "556", 6);
  expect(await heard()).toMatchObject([
    { kind: "hint", evidence: { type: "return_rejected", slot: 5, powerBankId: "555", code: "24" } },
    { kind: "hint", evidence: null },
  ]);
});

it("a frame is read from hexadecimal and from Base64", async () => {
  const { broker, client } = open();
  const { topic, payload } = JSON.parse(broker.sendInventory(ID)) as { topic: string; payload: string };
  const bytes = Uint8Array.from(payload.match(/../g)!, (pair) => Number.parseInt(pair, 16));
  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  for (const form of [payload.toUpperCase(), payload.replaceAll(/(..)/g, "$1 "), toBase64(bytes)])
    expect(await client.parseMessage(JSON.stringify({ topic, payload: form }))).toMatchObject({
      vendorId: ID,
      notice: { kind: "snapshot" },
    });
});

it("a cabinet's own call is taken with its sign, and not with another", async () => {
  const { broker, client } = open();
  const parse = (query: string) => client.parseDeviceCall("return", Object.fromEntries(new URLSearchParams(query)));
  const query = await broker.deviceCall("return", { rentboxSN: ID, singleSN: "555", hole: "5" });
  expect(await parse(query)).toMatchObject({ vendorId: ID, notice: { kind: "hint" } });
  expect(await parse(query.replace("hole=5", "hole=6"))).toBeNull();
  expect(await parse("rentboxSN=&sign=")).toBeNull();
});

it("each cabinet has a password of its own at the broker", async () => {
  const { client } = open();
  const own = await client.credentials(ID);
  expect(own).toMatchObject({ host: "mqtt.test", port: 1883, username: ID });
  expect(await client.isPassword(ID, own.password)).toBe(true);
  expect(await client.isPassword("860602069165358", own.password)).toBe(false);
  expect(await client.isPassword(ID, "")).toBe(false);
});

it("a slot that is none cannot be opened", async () => {
  const { broker, client } = open();
  for (const slot of [0, -1, 65, 1.5, Number.NaN, "0", null] as ReturnType<typeof slotNumber>[]) {
    await expect((async () => client.operate(ID, { kind: "open", slot }, 0))()).rejects.toThrow(RangeError);
    const eject = { vendorId: ID, slot, powerBankId: "100000001", issuedAtMs: 0, expiresAtMs: 1 };
    await expect((async () => client.eject(eject))()).rejects.toThrow(RangeError);
  }
  expect(broker.published).toEqual([]);
  expect(await client.operate(ID, { kind: "open", slot: slotNumber(3) }, ISSUED_AT_MS)).toEqual({
    status: "handed_over",
  });
  expect([...broker.metal.pocket]).toEqual(["100000003"]);
});
