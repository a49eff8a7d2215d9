// Station wire protocol, version 1: every frame between a station and its object. Both sides and the simulator validate
// with these schemas. Unknown fields are ignored, unknown types are answered with an error frame and stored.
import { z } from "zod";

export const PROTOCOL_VERSION = 1;
export const MAX_FRAME_BYTES = 64 * 1024;

const powerBankId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/);
const slotNumber = z.int().min(1).max(64);
const commandId = z.string().min(1).max(64);

export const slotStates = [
  "empty",
  "ok",
  "charging_fault",
  "comm_fault",
  "stuck",
  "forced",
  "solenoid",
  "theft",
  "short",
  "return_failed",
] as const;

/** One slot as the station sees it. */
export const SlotReport = z.object({
  slot: slotNumber,
  state: z.enum(slotStates),
  powerBankId: powerBankId.nullable(),
  chargePercent: z.int().min(0).max(100).nullable(),
  millivolts: z.int().nullable().default(null),
  temperatureC: z.number().nullable().default(null),
  locked: z.boolean().default(false),
  fault: z.string().max(64).nullable().default(null),
  rawCode: z.string().max(64).nullable().default(null),
});
export type SlotReport = z.infer<typeof SlotReport>;

export const commandResults = ["out", "not_out", "unknown", "ok", "failed"] as const;
/** A result that the station remembers; it keeps the last 32 across reboots. */
export const RememberedCommand = z.object({ commandId, result: z.enum(commandResults) });

const stamp = {
  /** The station's boot, new with each; with `seq` it names the event for ever, also when replayed after a later boot. */
  bootId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  seq: z.int().min(1),
  /** Station clock, ms since the epoch. */
  at: z.int(),
};

/** What every frame that can be stored and acknowledged has, whatever its type. */
export const EventStamp = z.object(stamp);

/**
 * The first frame of each connection, made for it: never a replay. Over plain HTTP it is the first of a batch, sent after
 * boot and whenever the server was out of reach; buffered events follow in their order.
 */
export const HelloFrame = z.object({
  type: z.literal("hello"),
  ...stamp,
  protocol: z.literal(PROTOCOL_VERSION),
  firmware: z.string().max(64),
  model: z.string().max(64),
  slotCount: z.int().min(1).max(64),
  iccid: z.string().max(32).nullable().default(null),
  signal: z.number().nullable().default(null),
  commands: z.array(RememberedCommand).max(32).default([]),
});
export const InventoryFrame = z.object({
  type: z.literal("inventory"),
  ...stamp,
  slots: z.array(SlotReport).max(64),
  /** The `refresh` it answers. */
  refreshId: commandId.nullable().default(null),
  commands: z.array(RememberedCommand).max(32).default([]),
});
export const SlotFrame = z.object({ type: z.literal("slot"), ...stamp, ...SlotReport.shape });
export const EjectedFrame = z.object({
  type: z.literal("ejected"),
  ...stamp,
  commandId,
  slot: slotNumber,
  powerBankId: powerBankId.nullable(),
  result: z.enum(["out", "not_out", "unknown"]),
  rawCode: z.string().max(64).nullable().default(null),
});
export const ReturnedFrame = z.object({
  type: z.literal("returned"),
  ...stamp,
  slot: slotNumber,
  powerBankId: powerBankId.nullable(),
  chargePercent: z.int().min(0).max(100).nullable(),
  result: z.enum(["ok", "rejected"]),
  rawCode: z.string().max(64).nullable().default(null),
});
export const AlertFrame = z.object({
  type: z.literal("alert"),
  ...stamp,
  alert: z.string().max(64),
  slot: slotNumber.nullable().default(null),
  detail: z.string().max(256).nullable().default(null),
});
/** Not an event: it has no seq of its own, but that of the last event made in this boot. Never stored or acknowledged. */
export const HeartbeatFrame = z.object({
  type: z.literal("heartbeat"),
  ...stamp,
  signal: z.number().nullable().default(null),
  temperatureC: z.number().nullable().default(null),
});
/**
 * The station's answer to a command other than eject. Not an event: it has no `seq`, and may be lost. The list of remembered
 * commands, in each hello and inventory, repeats it.
 */
export const DoneFrame = z.object({ type: z.literal("done"), commandId, result: z.enum(commandResults) });

export const EventFrame = z.discriminatedUnion("type", [
  HelloFrame,
  InventoryFrame,
  SlotFrame,
  EjectedFrame,
  ReturnedFrame,
  AlertFrame,
]);
export const StationFrame = z.discriminatedUnion("type", [
  HelloFrame,
  InventoryFrame,
  SlotFrame,
  EjectedFrame,
  ReturnedFrame,
  AlertFrame,
  HeartbeatFrame,
  DoneFrame,
]);
export type EventFrame = z.infer<typeof EventFrame>;
export type StationFrame = z.infer<typeof StationFrame>;

export const WelcomeFrame = z.object({
  type: z.literal("welcome"),
  serverTime: z.int(),
  heartbeatSeconds: z.int(),
  /** Per boot the highest seq without a gap; the station re-sends everything later. */
  have: z.array(z.object({ bootId: z.string(), upTo: z.int().min(0) })),
});
/** One event is durable. The station may forget it. */
export const AckFrame = z.object({ type: z.literal("ack"), bootId: z.string(), seq: z.int() });
export const EjectFrame = z.object({
  type: z.literal("eject"),
  commandId,
  slot: slotNumber,
  powerBankId,
  /** Server clock, ms. A station refuses (`not_out`) a command that it first sees later. */
  expiresAt: z.int(),
});
/** Asks for an inventory, which names this command. */
export const RefreshFrame = z.object({ type: z.literal("refresh"), commandId });
/** A locked slot takes and gives nothing, until it is unlocked; kept across reboots. */
export const LockFrame = z.object({ type: z.literal("lock"), commandId, slot: slotNumber, expiresAt: z.int() });
export const UnlockFrame = z.object({ type: z.literal("unlock"), commandId, slot: slotNumber, expiresAt: z.int() });
/**
 * Staff open one slot. A station refuses (`failed`) when it first sees it later than `expiresAt`, and when the slot holds
 * another bank than `powerBankId`; null = none that can be read.
 */
export const OpenFrame = z.object({
  type: z.literal("open"),
  commandId,
  slot: slotNumber,
  powerBankId: powerBankId.nullable(),
  expiresAt: z.int(),
});
/** Answered before the station goes down. */
export const RebootFrame = z.object({ type: z.literal("reboot"), commandId, expiresAt: z.int() });
/** What the station goes by itself; after each hello until it is done. The same version again changes nothing. */
export const SettingsFrame = z.object({
  type: z.literal("settings"),
  commandId,
  version: z.int(),
  heartbeatSeconds: z.int(),
  /** Banks hotter than this are not to be handed out, and an alert is due. */
  maxTemperatureC: z.int(),
  lockedSlots: z.array(slotNumber).max(64),
  isInService: z.boolean(),
});
/** The text of a QR code to show. */
export const ScreenFrame = z.object({
  type: z.literal("screen"),
  commandId,
  qr: z.string().min(1).max(512),
  /** Of the server's clock; from then on the station draws its own code again. Missing in revision 1.0. */
  showUntil: z.int().optional(),
});
export const ErrorFrame = z.object({
  type: z.literal("error"),
  code: z.string(),
  bootId: z.string().optional(),
  seq: z.int().optional(),
});
export const ServerFrame = z.discriminatedUnion("type", [
  WelcomeFrame,
  AckFrame,
  EjectFrame,
  RefreshFrame,
  LockFrame,
  UnlockFrame,
  OpenFrame,
  RebootFrame,
  SettingsFrame,
  ScreenFrame,
  ErrorFrame,
]);
export type ServerFrame = z.infer<typeof ServerFrame>;

/** The text that the server answers with `pong` without waking the object. */
export const PING = "ping";
export const PONG = "pong";

/** POST /stations/:id/events: the same frames for modems that cannot hold a socket. */
export const EventBatch = z.object({ events: z.array(z.unknown()).min(1).max(200) });
/** Its answer, and that of GET /stations/:id/commands: frames in order. */
export const FrameBatch = z.object({ frames: z.array(ServerFrame) });
