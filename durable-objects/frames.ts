// The text of a frame, made safe. What cannot be understood but is named by boot and seq is still an event: it is stored
// as it came and acknowledged, so that one bad frame never blocks the station's buffer.
import { EventFrame, EventStamp, DoneFrame, HeartbeatFrame, MAX_FRAME_BYTES } from "./protocol.ts";
import type { z } from "zod";

type Stamp = z.infer<typeof EventStamp>;

export type ReadFrame =
  | { kind: "event"; frame: EventFrame; raw: string }
  | { kind: "heartbeat"; frame: z.infer<typeof HeartbeatFrame> }
  | { kind: "done"; frame: z.infer<typeof DoneFrame> }
  /** Stored and answered with an error; `type` is the station's word, shortened. */
  | { kind: "odd"; code: "unknown_type" | "invalid_frame"; type: string; stamp: Stamp | null; raw: string }
  | { kind: "unreadable"; code: "frame_too_large" | "malformed_json" };

const EVENT_TYPES = new Set(["hello", "inventory", "slot", "ejected", "returned", "alert"]);

export const readFrame = (raw: string): ReadFrame => {
  if (raw.length > MAX_FRAME_BYTES || new TextEncoder().encode(raw).length > MAX_FRAME_BYTES) {
    return { kind: "unreadable", code: "frame_too_large" };
  }
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return { kind: "unreadable", code: "malformed_json" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { kind: "unreadable", code: "malformed_json" };
  const type = "type" in value && typeof value.type === "string" ? value.type : "";
  const stamp = EventStamp.safeParse(value).data ?? null;
  const odd = (code: "unknown_type" | "invalid_frame"): ReadFrame => ({
    kind: "odd",
    code,
    type: type.slice(0, 32),
    stamp,
    raw,
  });
  if (type === "heartbeat") {
    const frame = HeartbeatFrame.safeParse(value);
    // A heartbeat is never stored, not even a bad one.
    return frame.success
      ? { kind: "heartbeat", frame: frame.data }
      : { kind: "odd", code: "invalid_frame", type, stamp: null, raw };
  }
  if (type === "done") {
    const frame = DoneFrame.safeParse(value);
    return frame.success
      ? { kind: "done", frame: frame.data }
      : { kind: "odd", code: "invalid_frame", type, stamp: null, raw };
  }
  if (!EVENT_TYPES.has(type)) return odd("unknown_type");
  const frame = EventFrame.safeParse(value);
  return frame.success ? { kind: "event", frame: frame.data, raw } : odd("invalid_frame");
};
