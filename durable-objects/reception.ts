// What a station sends, from its connection to the turns it brings about: frames within the ceiling, in their order, each
// stored before it is answered.
import type { Log } from "../src/lib/log.ts";
import { Ceiling, tooMuch } from "./ceiling.ts";
import { readFrame, type ReadFrame } from "./frames.ts";
import { Inbox } from "./inbox.ts";
import type { ServerFrame } from "./protocol.ts";
import { weighAnswer } from "./staff-commands.ts";
import { sendFrame, type Transport } from "./transport.ts";
import type { Turn } from "./turn.ts";
import { handleFrame, type FrameContext } from "./wire.ts";

export interface ReceptionParts {
  transport: Transport;
  log: Log;
  now(): number;
  stationId(): string | undefined;
  turn<T>(work: (turn: Turn) => T): T;
  /** After the frames of a socket were answered. */
  answered(): void;
}

export class Reception {
  readonly #parts: ReceptionParts;
  readonly #ceiling = new Ceiling();
  readonly #inbox = new Inbox((socket, frames) => this.#answer(socket, frames));
  /** Inventories that somebody waits for, by the `refresh` that asked. */
  readonly #awaited = new Map<string, () => void>();

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
  }

  /** A message of a socket; ends when it was taken. */
  put(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const { transport, now } = this.#parts;
    transport.write(socket, { heardAtMs: now() });
    const isText = typeof message === "string";
    return this.#inbox.put(socket, isText ? readFrame(message) : { kind: "unreadable", code: "malformed_json" });
  }

  /** Ends when no message of a socket waits. */
  idle(): Promise<void> {
    return this.#inbox.idle();
  }

  /** Frames of a socket, or of a batch when there is none. Answers what goes back the same way. */
  receive(frames: ReadFrame[], socket: WebSocket | null): ServerFrame[] {
    const { transport, log, stationId, turn } = this.#parts;
    const nowMs = this.#parts.now();
    const attachment = socket ? transport.read(socket) : null;
    // A socket is greeted once, each batch anew.
    let isFirst = attachment ? !attachment.isGreeted : true;
    if (!socket) transport.posted(nowMs);
    const replies: ServerFrame[] = [];
    let contact = attachment ? attachment.contact : transport.pollContact;
    for (const read of frames) {
      const isTooMuch = this.#ceiling.refuses(read, nowMs, (fields) =>
        log.write("error", "alert", { ...fields, stationId: stationId() }),
      );
      if (isTooMuch) replies.push(tooMuch(read));
      else if (read.kind === "heartbeat") {
        const { bootId, seq } = read.frame;
        contact = { bootId, seq, atMs: nowMs };
        if (socket) transport.write(socket, { contact });
        else transport.pollContact = contact;
      } else if (read.kind === "done") {
        const { commandId, result } = read.frame;
        turn((change) => weighAnswer(change, commandId, result));
      } else {
        const isHello = read.kind === "event" && read.frame.type === "hello";
        if (socket && isHello) transport.write(socket, { isGreeted: true });
        replies.push(...this.#take(read, { isFirst, contact }));
        if (isHello) isFirst = false;
        if (read.kind === "event" && read.frame.type === "inventory") this.#awaited.get(read.frame.refreshId ?? "")?.();
      }
      if (!socket) isFirst = false;
    }
    return replies;
  }

  /** Waits for the inventory that this `refresh` asked for; false when it does not come within `withinMs`. */
  inventory(refreshId: string, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const answer = (isHere: boolean) => () => {
        clearTimeout(timer);
        this.#awaited.delete(refreshId);
        resolve(isHere);
      };
      const timer = setTimeout(answer(false), withinMs);
      this.#awaited.set(refreshId, answer(true));
    });
  }

  #answer(socket: WebSocket, frames: ReadFrame[]): void {
    for (const frame of this.receive(frames, socket)) sendFrame(socket, frame);
    if (frames.some((read) => read.kind === "unreadable" && read.code === "frame_too_large"))
      socket.close(1009, "frame too large");
    this.#parts.answered();
  }

  /** A frame that cannot be processed is not acknowledged: the station sends it again, to a repaired object. */
  #take(read: Parameters<typeof handleFrame>[1], context: FrameContext): ServerFrame[] {
    const { log, stationId, turn } = this.#parts;
    try {
      return turn((change) => {
        handleFrame(change, read, context);
        return change.replies;
      });
    } catch (error) {
      log.write("error", "alert", { alert: "frame_failed", stationId: stationId(), reason: String(error) });
      return [{ type: "error", code: "internal" }];
    }
  }
}
