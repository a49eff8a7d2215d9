// ChargeNow (Bajie) cabinets through the vendor's cloud. What crosses here: one cabinet's state, one slot at a time. What
// never leaves: an order for every slot. `popall` and its kin are no values of a type here, slot 0 is none either, and
// `send` looks at each finished request once more. Nothing is sent again from here.
import { z } from "zod";
import type { Config } from "../config.ts";
import { toBase64, utf8 } from "../lib/bytes.ts";
import { SECOND_MS } from "../lib/clock.ts";
import { sha256Hex } from "../lib/crypto.ts";
import { exchange, type Exchange, type Fetch, readJson } from "./exchange.ts";
import { type SlotNumber, slotNumber } from "./slot-number.ts";
import { chargeOf } from "./chargenow-charge.ts";
import { readPush } from "./chargenow-push.ts";
import type { ChargeNow, VendorAnswer, VendorReading, VendorSlot } from "./vendor-port.ts";

export interface ChargeNowOptions {
  config: Pick<Config, "CHARGENOW_URL" | "CHARGENOW_USERNAME" | "CHARGENOW_PASSWORD" | "CHARGENOW_REFUSAL_CODES">;
  fetch: Fetch;
  timeoutMs?: number;
}

const OK = 0;
/** "Device not online". */
const OFFLINE = 2004;

const OPERATIONS = ["restart", "pop", "lock", "unlock", "report"] as const;
type Operation = (typeof OPERATIONS)[number];
const WITH_SLOT: ReadonlySet<string> = new Set(["pop", "lock", "unlock"]);

const Answer = z.object({ code: z.int(), data: z.unknown().optional() });
const powerBankId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/);
const Battery = z.object({
  slotNum: z.coerce.number().int().min(1).max(64),
  vol: z.coerce.number().nullish().catch(null),
  batteryId: z.string().nullish().catch(null),
});
/** A cabinet's state, as `data` of an answer. */
export const Cabinet = z.object({
  batteries: z.array(Battery),
  cabinet: z.object({
    slots: z.coerce.number().int().min(1).max(64),
    online: z.boolean(),
    busySlots: z.coerce.number().int().nullish().catch(null),
  }),
});

/** Null while it is not configured. */
export const createChargeNow = ({ config, fetch, timeoutMs = 8 * SECOND_MS }: ChargeNowOptions): ChargeNow | null => {
  const { CHARGENOW_URL: url, CHARGENOW_USERNAME: username, CHARGENOW_PASSWORD: password } = config;
  if (url === null || username === null || password === null) return null;
  const authorization = `Basic ${toBase64(utf8(`${username}:${password}`))}`;
  const send = async (method: "GET" | "POST", path: string, query: Record<string, string>): Promise<Exchange> => {
    refuseEverySlot(path, query);
    const target = `${url.replace(/\/+$/, "")}${path}?${new URLSearchParams(query).toString()}`;
    return exchange(fetch, target, { method, headers: { authorization, accept: "application/json" } }, timeoutMs);
  };
  const order = async (path: string, query: Record<string, string>): Promise<VendorAnswer> =>
    readOrder(await send("POST", path, query), config.CHARGENOW_REFUSAL_CODES);
  const operation = (cabinetid: string, operationType: Operation, slot: SlotNumber | null): Promise<VendorAnswer> =>
    order("/cabinet/operation", {
      cabinetid,
      operationType,
      ...(slot === null ? {} : { slotNum: String(slot) }),
      reason: "chajipoa",
    });
  return {
    async read(deviceId) {
      return readCabinet(await send("GET", "/rent/cabinet/query", { deviceId }));
    },
    // The other eject of a rental, ejectByRent, makes an order at the vendor that bills by the vendor's own prices.
    eject: ({ vendorId, slot }) => operation(vendorId, "pop", slotNumber(slot)),
    async operate(vendorId, given) {
      if (given.kind === "restart") return operation(vendorId, "restart", null);
      const slot = slotNumber(given.slot);
      if (given.kind === "open") return order("/cabinet/ejectByRepair", { cabinetid: vendorId, slotNum: String(slot) });
      return operation(vendorId, given.kind, slot);
    },
    async parsePush(body) {
      const push = readPush(body);
      return push && { vendorId: push.vendorId, notice: { kind: "hint", name: await sha256Hex(body), ...push.hint } };
    },
  };
};

/** The last look at a request: what is not plainly about one slot, or about none, is a bug and never leaves. */
const refuseEverySlot = (path: string, query: Record<string, string>): void => {
  const names = Object.keys(query).filter((name) => /^slot/i.test(name));
  const isOneSlot = names.length === 1 && /^[1-9][0-9]?$/.test(query[names[0]!] ?? "");
  const { operationType = "" } = query;
  const isHarmless =
    path === "/rent/cabinet/query" ||
    (path === "/cabinet/ejectByRepair" && isOneSlot) ||
    (path === "/cabinet/operation" &&
      (OPERATIONS as readonly string[]).includes(operationType) &&
      (WITH_SLOT.has(operationType) ? isOneSlot : names.length === 0));
  if (!isHarmless) throw new RangeError(`an order that is not about one slot: ${path}`);
};

const readCabinet = (answer: Exchange): VendorReading => {
  if (answer.kind === "silent") return { status: "unknown", reason: answer.reason };
  const read = Answer.safeParse(readJson(answer.text));
  if (!read.success) return { status: "unknown", reason: `http_${answer.status}` };
  if (read.data.code === OFFLINE) return { status: "offline" };
  // A refusal has no `data`.
  if (read.data.code !== OK) return { status: "unknown", reason: `code_${read.data.code}` };
  const state = Cabinet.safeParse(read.data.data);
  if (!state.success) return { status: "unknown", reason: "answer_unreadable" };
  if (!state.data.cabinet.online) return { status: "offline" };
  return { status: "read", slots: slotsOf(state.data) };
};

/** A slot that is not in the list is empty only where the list has as many as the cabinet counts: half a list proves nothing. */
const slotsOf = ({ batteries, cabinet }: z.infer<typeof Cabinet>): VendorSlot[] => {
  const isWhole =
    cabinet.busySlots === undefined || cabinet.busySlots === null || cabinet.busySlots === batteries.length;
  const bySlot = new Map(batteries.map((battery) => [battery.slotNum, battery]));
  const isTwice = bySlot.size !== batteries.length;
  return Array.from({ length: cabinet.slots }, (_, index): VendorSlot => {
    const slot = index + 1;
    const battery = bySlot.get(slot);
    const blank = { slot, powerBankId: null, chargePercent: null, millivolts: null, temperatureC: null, rawCode: null };
    if (isTwice || (!battery && !isWhole)) return { ...blank, state: "comm_fault" };
    if (!battery) return { ...blank, state: "empty" };
    const id = powerBankId.safeParse(battery.batteryId);
    if (!id.success) return { ...blank, state: "comm_fault" };
    const rawCode = battery.vol === null || battery.vol === undefined ? null : `vol=${battery.vol}`;
    return { ...blank, state: "ok", powerBankId: id.data, ...chargeOf(battery.vol ?? null), rawCode };
  });
};

const readOrder = (answer: Exchange, refusals: readonly string[]): VendorAnswer => {
  if (answer.kind === "silent") return { status: "unknown", reason: answer.reason };
  const code = Answer.safeParse(readJson(answer.text)).data?.code;
  const isOk = answer.status >= 200 && answer.status < 300;
  if (isOk && code === OK) return { status: "handed_over" };
  if (code !== undefined && refusals.includes(String(code))) return { status: "refused", code: String(code) };
  // Who is not let in has handed nothing over; any other answer may have come after the cabinet had it.
  if (answer.status === 401 || answer.status === 403) return { status: "refused", code: `http_${answer.status}` };
  return { status: "unknown", reason: code === undefined ? `http_${answer.status}` : `code_${code}` };
};
