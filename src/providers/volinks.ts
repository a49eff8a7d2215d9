// Volinks cabinets: they hang on an MQTT broker of ours, whose HTTP API publishes a command and whose webhook brings the
// answer. QoS 0 and never retained: what a broker keeps or repeats is a second bank on the pavement. Nothing is sent again
// from here.
import { z } from "zod";
import type { Config } from "../config.ts";
import { equalBytes, fromBase64, toBase64, toHex, utf8 } from "../lib/bytes.ts";
import { SECOND_MS } from "../lib/clock.ts";
import { sha256Hex } from "../lib/crypto.ts";
import { exchange, type Fetch, readJson } from "./exchange.ts";
import { slotNumber } from "./slot-number.ts";
import type { VendorAnswer, VendorNotice, Volinks } from "./vendor-port.ts";
import { readVolinksFrame, type VolinksFrame } from "./volinks-frames.ts";
import { isSigned } from "./volinks-sign.ts";

export interface VolinksOptions {
  config: Pick<
    Config,
    | "VOLINKS_BROKER_URL"
    | "VOLINKS_BROKER_KEY"
    | "VOLINKS_BROKER_SECRET"
    | "VOLINKS_MQTT_HOST"
    | "VOLINKS_MQTT_PORT"
    | "VOLINKS_DEVICE_KEY"
  >;
  fetch: Fetch;
  timeoutMs?: number;
}

const NO_SUBSCRIBER = 16;
const NO_SUBSCRIBER_CODE = "no_subscriber";
/** What the cabinet says when it is sure that nothing came out; what it says besides is not sure. */
const SURE_REFUSALS = new Set([0x00, 0x12, 0x87, 0x88, 0xfb, 0xfc, 0xfe, 0xff]);
const DONE = 0x01;

const deviceId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/);
const Message = z.object({ topic: z.string().max(200), payload: z.string().max(8_192) });
const Published = z.object({ reason_code: z.int().optional() });

type Command =
  | { cmd: "check" }
  | { cmd: "popup"; data: string; io: "0"; timestamp: string; ttl: string }
  | { cmd: "popup_sn"; data: string; timestamp: string; ttl: string };

/** Null while it is not configured. */
export const createVolinks = ({ config, fetch, timeoutMs = 8 * SECOND_MS }: VolinksOptions): Volinks | null => {
  const { VOLINKS_BROKER_URL: url, VOLINKS_BROKER_KEY: key, VOLINKS_BROKER_SECRET: secret } = config;
  const { VOLINKS_MQTT_HOST: host, VOLINKS_MQTT_PORT: port, VOLINKS_DEVICE_KEY: deviceKey } = config;
  if (url === null || key === null || secret === null || host === null || deviceKey === null) return null;
  const headers = {
    authorization: `Basic ${toBase64(utf8(`${key}:${secret}`))}`,
    "content-type": "application/json",
    accept: "application/json",
  };

  const publish = async (vendorId: string, command: Command): Promise<VendorAnswer> => {
    const body = JSON.stringify({
      topic: `/powerbank/${deviceId.parse(vendorId)}/user/get`,
      payload: JSON.stringify(command),
      qos: 0,
      retain: false,
    });
    const target = `${url.replace(/\/+$/, "")}/api/v5/publish`;
    const answer = await exchange(fetch, target, { method: "POST", headers, body }, timeoutMs);
    if (answer.kind === "silent") return { status: "unknown", reason: answer.reason };
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 408)
      return { status: "refused", code: `http_${answer.status}` };
    const read = Published.safeParse(readJson(answer.text));
    if (read.data?.reason_code === NO_SUBSCRIBER) return { status: "refused", code: NO_SUBSCRIBER_CODE };
    if (answer.status < 200 || answer.status > 299 || !read.success || read.data.reason_code !== undefined)
      return { status: "unknown", reason: `http_${answer.status}` };
    return { status: "handed_over" };
  };

  const passwordOf = async (username: string): Promise<string> => {
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const imported = await crypto.subtle.importKey("raw", utf8(deviceKey), hmac, false, ["sign"]);
    return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", imported, utf8(username)))).slice(0, 32);
  };

  return {
    async read(vendorId) {
      const asked = await publish(vendorId, { cmd: "check" });
      if (asked.status === "handed_over") return { status: "asked" };
      if (asked.status === "refused" && asked.code === NO_SUBSCRIBER_CODE) return { status: "offline" };
      return { status: "unknown", reason: asked.status === "refused" ? asked.code : asked.reason };
    },
    eject: ({ vendorId, slot, powerBankId, issuedAtMs, expiresAtMs }) => {
      slotNumber(slot);
      return publish(vendorId, { cmd: "popup_sn", data: powerBankId, ...lifetime(issuedAtMs, expiresAtMs) });
    },
    async operate(vendorId, order, nowMs) {
      // Version 1 of the protocol has no word for these.
      if (order.kind !== "open") return { status: "refused", code: "not_supported" };
      const data = String(slotNumber(order.slot));
      return publish(vendorId, { cmd: "popup", data, io: "0", ...lifetime(nowMs, nowMs + 30 * SECOND_MS) });
    },
    async parseMessage(body) {
      const message = Message.safeParse(readJson(body));
      const [, vendorId, door] =
        /^\/powerbank\/([A-Za-z0-9_-]{1,40})\/user\/(update|heart)$/.exec(message.data?.topic ?? "") ?? [];
      const bytes = message.success ? bytesOf(message.data.payload) : null;
      const frame = bytes && readVolinksFrame(bytes);
      if (vendorId === undefined || !frame || (door === "heart") !== (frame.kind === "heart")) return null;
      return { vendorId, notice: noticeOf(frame, await sha256Hex(body)) };
    },
    async parseDeviceCall(door, query) {
      const vendorId = deviceId.safeParse(query[door === "connect" ? "uuid" : "rentboxSN"]);
      if (!vendorId.success || !(await isSigned(door, query))) return null;
      const name = await sha256Hex(`${door}?${new URLSearchParams(query).toString()}`);
      return { vendorId: vendorId.data, notice: { kind: "hint", name, evidence: null } };
    },
    credentials: async (username) => ({ host, port, username, password: await passwordOf(username) }),
    isPassword: async (username, password) => equalBytes(utf8(await passwordOf(username)), utf8(password)),
  };
};

/** Seconds. Sent because it is documented, and relied on by nobody. */
const lifetime = (fromMs: number, untilMs: number): { timestamp: string; ttl: string } => ({
  timestamp: String(Math.floor(fromMs / SECOND_MS)),
  ttl: String(Math.max(1, Math.floor((untilMs - fromMs) / SECOND_MS))),
});

/** As the broker's rule was written: hexadecimal, with or without spaces, or Base64; a frame's first byte tells them apart. */
const bytesOf = (payload: string): Uint8Array | null => {
  const hex = payload.replaceAll(/\s/g, "");
  if (/^a8([0-9a-f]{2})+$/i.test(hex)) return Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
  try {
    return fromBase64(payload);
  } catch {
    return null;
  }
};

const codeOf = (code: number): string => code.toString(16).toUpperCase().padStart(2, "0");

const noticeOf = (frame: VolinksFrame, name: string): VendorNotice => {
  switch (frame.kind) {
    case "cabinet":
      return { kind: "snapshot", name, slots: frame.slots };
    case "heart":
      return { kind: "hint", name, evidence: null };
    case "popup": {
      const { slot, powerBankId, code } = frame;
      // Success is a claim like any other: the cabinet is looked at when the slot has settled.
      if (code === DONE) return { kind: "hint", name, evidence: null };
      const isNamed = slot >= 1 && slot <= 64;
      return {
        kind: "eject_failed",
        slot: isNamed && powerBankId === null ? slot : null,
        powerBankId,
        code: codeOf(code),
        isSure: SURE_REFUSALS.has(code),
      };
    }
    case "return": {
      const { slot, powerBankId, code } = frame;
      const evidence =
        code === DONE ? null : ({ type: "return_rejected", slot, powerBankId, code: codeOf(code) } as const);
      return { kind: "hint", name, evidence };
    }
  }
};
