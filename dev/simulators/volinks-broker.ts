// Volinks cabinets behind an MQTT broker with an HTTP API: commands are published there, frames come back as the broker's
// webhook. What a broker does with other settings than ours it does here too: QoS 1 is delivered again, and a retained command
// waits for whoever connects next. The firmware reads no expiry, like the one that was tested. Runs wherever `fetch` does.
import { z } from "zod";
import { toHex } from "../../src/lib/bytes.ts";
import { complementOf, readVolinksFrame } from "../../src/providers/volinks-frames.ts";
import { signedText, signOf } from "../../src/providers/volinks-sign.ts";
import { VolinksMessage } from "../../src/stations/schemas-drivers.ts";
import type { SlotReport } from "../../durable-objects/protocol.ts";
import { spoil } from "./spoilt-answers.ts";
import { doorOf } from "./vendor-door.ts";
import { type VendorArm, VendorMetal, type VendorSeed } from "./vendor-metal.ts";

export interface VolinksBrokerOptions {
  key: string;
  secret: string;
  cabinets: VendorSeed[];
  now?: () => number;
  /** Where banks come out into; people of its own by default. */
  hands?: Set<string>;
  /** Hexadecimal, where the runtime's own WebCrypto does not have it. */
  md5?: (text: string) => string;
  /** Each message of the webhook, as it would be posted. */
  onMessage?(body: string): void;
}

const Publish = z.strictObject({
  topic: z.string().regex(/^\/powerbank\/[A-Za-z0-9_-]{1,40}\/user\/get$/),
  payload: z.string(),
  qos: z.int().min(0).max(2),
  retain: z.boolean(),
});
const times = { timestamp: z.string().regex(/^\d{10}$/), ttl: z.string().regex(/^\d+$/) };
const Command = z.discriminatedUnion("cmd", [
  z.strictObject({ cmd: z.literal("check") }),
  z.strictObject({ cmd: z.literal("popup"), data: z.string().regex(/^\d+$/), io: z.literal("0"), ...times }),
  z.strictObject({ cmd: z.literal("popup_sn"), data: z.string().regex(/^\d+$/), ...times }),
]);
type Command = z.infer<typeof Command>;

const NOT_THERE = 0xfc;
const POPPED = 0x01;
const FAILED = 0x00;
const STATE_CODES: Partial<Record<SlotReport["state"], number>> = {
  empty: 0,
  ok: 1,
  charging_fault: 2,
  comm_fault: 3,
  stuck: 4,
};

/** A frame as a cabinet makes it. */
export const writeVolinksFrame = (command: number, data: number[]): Uint8Array => {
  const size = data.length + 5;
  const open = Uint8Array.from([0xa8, size >> 8, size & 0xff, command, ...data]);
  return Uint8Array.from([...open, complementOf(open)]);
};

const serialBytes = (powerBankId: string | null): number[] => {
  const serial = Number(powerBankId ?? 0);
  return [serial >>> 24, (serial >>> 16) & 0xff, (serial >>> 8) & 0xff, serial & 0xff];
};

/** One board of all holes. */
export const writeInventory = (reports: SlotReport[]): Uint8Array =>
  writeVolinksFrame(0x10, [
    ...[0, 0, 0, 0, 0, 0],
    ...reports.flatMap((report) => [
      report.slot,
      STATE_CODES[report.state] ?? 3,
      ...[0, 50, 0],
      ...serialBytes(report.powerBankId),
      report.chargePercent ?? 0,
      report.temperatureC ?? 0,
      ...[0, 0, 1, 0],
    ]),
  ]);

export class VolinksBroker {
  readonly metal: VendorMetal;
  readonly published: { vendorId: string; command: Command; qos: number; isRetained: boolean }[] = [];
  readonly #options: VolinksBrokerOptions;
  readonly #retained = new Map<string, Command>();
  readonly #stopping = new AbortController();
  /** Cabinets that answer no `check`. */
  readonly mute = new Set<string>();

  constructor(options: VolinksBrokerOptions) {
    this.#options = options;
    this.metal = new VendorMetal(options.cabinets, options.now ?? Date.now, options.hands);
  }

  stop(): void {
    this.#stopping.abort();
  }

  readonly fetch = doorOf((request) => this.#answer(request));

  async #answer(request: Request): Promise<Response> {
    const { key, secret } = this.#options;
    if (request.headers.get("authorization") !== `Basic ${btoa(`${key}:${secret}`)}`)
      return Response.json({ code: "BAD_API_KEY_OR_SECRET" }, { status: 401 });
    if (request.method !== "POST" || new URL(request.url).pathname !== "/api/v5/publish")
      return Response.json({ code: "NOT_FOUND" }, { status: 404 });
    const publish = Publish.safeParse(await request.json());
    const command = publish.success ? Command.safeParse(JSON.parse(publish.data.payload)) : null;
    if (!publish.success || !command?.success) return Response.json({ code: "BAD_REQUEST" }, { status: 400 });
    const arm = this.metal.strike(command.data.cmd === "check" ? "read" : "eject");
    if (arm?.answer && !arm.accept) return this.#spoilt(request, arm);
    const vendorId = publish.data.topic.split("/")[2]!;
    const { qos, retain } = publish.data;
    this.published.push({ vendorId, command: command.data, qos, isRetained: retain });
    if (retain) this.#retained.set(vendorId, command.data);
    const isThere = this.metal.cabinets.get(vendorId)?.isOnline === true;
    if (!isThere) return Response.json({ reason_code: 16, message: "no_matching_subscribers" }, { status: 202 });
    this.#receive(vendorId, command.data, arm);
    // The acknowledgement of the first delivery is lost.
    if (qos > 0) this.#receive(vendorId, command.data, arm);
    if (arm?.answer) return this.#spoilt(request, arm);
    return Response.json({ id: crypto.randomUUID() });
  }

  #spoilt(request: Request, arm: VendorArm): Response | Promise<Response> {
    return spoil(arm.answer!, { url: request.url, cut: '{"id":"0006', stopped: this.#stopping.signal });
  }

  /** A cabinet subscribes again, with what the broker kept for it. */
  reconnect(vendorId: string): void {
    this.metal.cabinets.get(vendorId)!.isOnline = true;
    const kept = this.#retained.get(vendorId);
    if (kept) this.#receive(vendorId, kept, null);
  }

  #receive(vendorId: string, command: Command, arm: VendorArm | null): void {
    if (command.cmd === "check") {
      if (!this.mute.has(vendorId)) this.sendInventory(vendorId);
      return;
    }
    const isBySlot = command.cmd === "popup";
    const slot = isBySlot
      ? Number(command.data)
      : (this.metal.report(vendorId).find((report) => report.powerBankId === command.data)?.slot ?? 0);
    const bank = this.metal.eject(vendorId, slot, arm);
    if (arm?.effect === "late") return;
    const result = bank !== null ? POPPED : slot === 0 ? NOT_THERE : FAILED;
    this.send(
      vendorId,
      isBySlot
        ? writeVolinksFrame(0x21, [1, slot, result, 0])
        : writeVolinksFrame(0x31, [slot, ...serialBytes(command.data), result, 0]),
    );
  }

  sendInventory(vendorId: string): string {
    return this.send(vendorId, writeInventory(this.metal.report(vendorId)));
  }

  /** A frame of the cabinet, as the broker's webhook passes it on. Throws when the production parser would not read it. */
  send(vendorId: string, frame: Uint8Array): string {
    if (!readVolinksFrame(frame)) throw new Error("the simulator made a frame that is none");
    const message = { topic: `/powerbank/${vendorId}/user/update`, payload: toHex(frame) };
    const body = JSON.stringify(VolinksMessage.parse(message));
    this.#options.onMessage?.(body);
    return body;
  }

  /** A person puts a bank in; the cabinet tells over MQTT, with `result` 01 when it took it. */
  insert(vendorId: string, powerBankId: string, slot?: number, result = POPPED): number | null {
    const free = this.metal.cabinets.get(vendorId)!.cabinet.freeSlot(slot);
    if (free === null) return null;
    if (result === POPPED) this.metal.insert(vendorId, powerBankId, free);
    this.send(vendorId, writeVolinksFrame(0x40, [1, free, 0, ...serialBytes(powerBankId), result, 0, 0]));
    return free;
  }

  /** The query of a cabinet's own call over HTTP. */
  async deviceCall(door: "connect" | "upload" | "return", query: Record<string, string>): Promise<string> {
    const sign = this.#options.md5?.(signedText(door, query)) ?? (await signOf(door, query));
    return new URLSearchParams({ ...query, sign }).toString();
  }
}
