// What comes in from vendors' sides is anything at all: no parser throws, and what it takes is within its bounds.
import fc from "fast-check";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { writeInventory, writeVolinksFrame } from "../../dev/simulators/volinks-broker.ts";
import { Config } from "../../src/config.ts";
import { toHex } from "../../src/lib/bytes.ts";
import { createChargeNow } from "../../src/providers/chargenow.ts";
import { readPush } from "../../src/providers/chargenow-push.ts";
import { createVolinks } from "../../src/providers/volinks.ts";
import { complementOf, readVolinksFrame } from "../../src/providers/volinks-frames.ts";

const volinks = createVolinks({
  config: {
    ...Config.parse(env),
    VOLINKS_BROKER_URL: "http://broker.test",
    VOLINKS_BROKER_KEY: "k",
    VOLINKS_BROKER_SECRET: "s",
    VOLINKS_MQTT_HOST: "mqtt.test",
    VOLINKS_DEVICE_KEY: "device-key",
  },
  fetch: () => Promise.reject(new Error("nobody asks")),
})!;
const VENDOR_ID = /^[A-Za-z0-9_-]{1,40}$/;
const report = fc.record({
  state: fc.constant("ok" as const),
  powerBankId: fc.integer({ min: 1, max: 0xfffffffe }).map(String),
  chargePercent: fc.integer({ min: 0, max: 100 }),
  temperatureC: fc.integer({ min: 1, max: 90 }),
});
const reports = fc
  .array(report, { minLength: 1, maxLength: 10 })
  .map((list) =>
    list.map((each, i) => ({ ...each, slot: i + 1, millivolts: null, locked: false, fault: null, rawCode: null })),
  );

const withinBounds = (frame: ReturnType<typeof readVolinksFrame>): void => {
  if (frame?.kind === "cabinet") {
    expect(frame.slots.map(({ slot }) => slot)).toEqual(frame.slots.map((_, i) => i + 1));
    for (const slot of frame.slots) {
      if (slot.state === "empty") expect(slot.powerBankId).toBeNull();
      if (slot.chargePercent !== null) expect(slot.chargePercent).toBeLessThanOrEqual(100);
    }
  }
  if (frame?.kind === "return") expect(frame.slot >= 1 && frame.slot <= 64).toBe(true);
};

it("a Volinks frame that was written is read as it was meant", () => {
  fc.assert(
    fc.property(reports, (list) => {
      const frame = readVolinksFrame(writeInventory(list));
      expect(frame).toMatchObject({
        kind: "cabinet",
        slots: list.map(({ slot, powerBankId, chargePercent, temperatureC }) => ({
          slot,
          powerBankId,
          chargePercent,
          temperatureC,
        })),
      });
    }),
  );
});

it("a Volinks frame that is cut, longer or changed in one byte is no frame", () => {
  fc.assert(
    fc.property(reports, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, at, change) => {
      const frame = writeInventory(list);
      expect(readVolinksFrame(frame.subarray(0, at % frame.length))).toBeNull();
      expect(readVolinksFrame(Uint8Array.from([...frame, change]))).toBeNull();
      const changed = frame.slice();
      changed[at % frame.length]! ^= change;
      expect(readVolinksFrame(changed)).toBeNull();
    }),
  );
});

it("any bytes, also with a head, a length and a sum that are right, are read within bounds or not at all", () => {
  const command = fc.constantFrom(0x10, 0x21, 0x31, 0x40, 0x28, 0x7a, 0x00, 0xff);
  fc.assert(
    fc.property(command, fc.uint8Array({ maxLength: 260 }), (name, data) => {
      withinBounds(readVolinksFrame(data));
      const frame = writeVolinksFrame(name, [...data]);
      expect(complementOf(frame)).toBe(0);
      withinBounds(readVolinksFrame(frame));
    }),
    { numRuns: 1_000 },
  );
});

it("a message of the broker is anything: it names a cabinet and means something, or it is nothing", async () => {
  const topic = fc.oneof(
    fc.string(),
    fc.constantFrom("update", "heart", "get", "").map((door) => `/powerbank/860602069165357/user/${door}`),
    fc.string().map((id) => `/powerbank/${id}/user/update`),
  );
  const payload = fc.oneof(
    fc.string(),
    fc.uint8Array({ maxLength: 40 }).map(toHex),
    reports.map((list) => toHex(writeInventory(list))),
    fc.uint8Array({ maxLength: 20 }).map((data) => toHex(writeVolinksFrame(0x31, [...data]))),
  );
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ topic, payload }).map((message) => JSON.stringify(message)),
    fc.record({ topic: fc.anything(), payload: fc.anything() }).map((message) => JSON.stringify(message) ?? ""),
  );
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      const word = await volinks.parseMessage(text);
      if (word) expect(word.vendorId).toMatch(VENDOR_ID);
    }),
    { numRuns: 500 },
  );
});

it("a cabinet's own call is anything", async () => {
  const query = fc.dictionary(
    fc.constantFrom("uuid", "rentboxSN", "singleSN", "hole", "sign", "deviceId"),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("connect" as const, "upload" as const, "return" as const),
      query,
      async (door, given) => {
        expect(await volinks.parseDeviceCall(door, given)).toBeNull();
      },
    ),
  );
});

it("a push of ChargeNow's cloud is anything: it names a cabinet or it is nothing, escaped or not", () => {
  const id = fc.constantFrom("CN1", "", "a b", "x".repeat(50), "../", 7, null);
  const eventData = fc.oneof(
    fc.record({ cabinetId: id, outSlot: fc.anything(), faultType: fc.anything() }, { requiredKeys: [] }),
    fc.record({ cabinetid: id }).map((data) => JSON.stringify(data)),
    fc.anything(),
  );
  const push = fc
    .record({ event: fc.oneof(fc.string(), fc.anything()), eventData })
    .map((text) => JSON.stringify(text) ?? "");
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    push,
    push.map((text) => text.replaceAll('"', "&quot;")),
  );
  fc.assert(
    fc.property(body, (text) => {
      const read = readPush(text);
      if (!read) return;
      expect(read.vendorId).toMatch(VENDOR_ID);
      if (read.hint.evidence?.type === "alert") {
        expect(read.hint.evidence.word.length).toBeLessThanOrEqual(64);
        const { slot } = read.hint.evidence;
        expect(slot === null || (slot >= 1 && slot <= 64)).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

it("an escaped push says the same as the one that was sent", () => {
  const text = JSON.stringify({
    agentAccount: "a",
    event: "BATTERY_ABNORMAL_WARNING",
    eventData: { cabinetId: "CN1", abnormalSlot: 3, faultType: 2 },
    timestamp: 1,
  });
  const read = readPush(text);
  expect(read).toEqual({
    vendorId: "CN1",
    hint: { evidence: { type: "alert", word: "BATTERY_ABNORMAL_WARNING:2", slot: 3 } },
  });
  expect(readPush(text.replaceAll("&", "&amp;").replaceAll('"', "&quot;"))).toEqual(read);
});

it("an answer of ChargeNow's cloud is anything: slots within bounds, or unknown", async () => {
  const battery = fc.record(
    {
      slotNum: fc.oneof(fc.integer({ min: -1, max: 70 }), fc.string(), fc.anything()),
      vol: fc.anything(),
      batteryId: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const cabinet = fc.record({
    slots: fc.oneof(fc.integer({ min: 0, max: 70 }), fc.anything()),
    online: fc.oneof(fc.boolean(), fc.anything()),
    busySlots: fc.anything(),
  });
  const answer = fc.oneof(
    fc.record({ code: fc.constant(0), data: fc.record({ batteries: fc.array(battery, { maxLength: 8 }), cabinet }) }),
    fc.anything(),
  );
  await fc.assert(
    fc.asyncProperty(answer, async (given) => {
      const client = createChargeNow({
        config: {
          ...Config.parse(env),
          CHARGENOW_URL: "http://cloud.test",
          CHARGENOW_USERNAME: "u",
          CHARGENOW_PASSWORD: "p",
        },
        fetch: async () => new Response(JSON.stringify(given) ?? "nothing"),
      })!;
      const reading = await client.read("CN1");
      expect(["read", "unknown", "offline"]).toContain(reading.status);
      if (reading.status !== "read") return;
      expect(reading.slots.map(({ slot }) => slot)).toEqual(reading.slots.map((_, i) => i + 1));
      for (const { powerBankId, chargePercent } of reading.slots) {
        if (powerBankId !== null) expect(powerBankId).toMatch(VENDOR_ID);
        if (chargePercent !== null) expect(chargePercent >= 0 && chargePercent <= 100).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
