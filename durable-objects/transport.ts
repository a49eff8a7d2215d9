// The driver of wire protocol 1, in which the station speaks to its object itself: one live socket, or polls. Memory and socket attachments only: how long ago a frame came is
// never written. After an eviction a polling station is unknown until its next poll, which errs to the safe side.
import { SECOND_MS } from "../src/lib/clock.ts";
import { capabilitiesOf, type StationDriver } from "./driver.ts";
import type { Contact } from "./events.ts";
import type { ServerFrame } from "./protocol.ts";
import type { Link } from "./turn.ts";

const PROOF_MS = 30 * SECOND_MS;
const STATION_TAG = "station";

export interface Attachment {
  connectedAtMs: number;
  keyId: string;
  /** The last frame; pings are asked of the runtime. */
  heardAtMs: number;
  /** Its hello was accepted; commands go to no connection without. */
  isGreeted: boolean;
  contact: Contact | null;
}

interface Poll {
  keyId: string;
  answer(frames: ServerFrame[]): void;
}

export class Transport implements StationDriver {
  readonly capabilities = capabilitiesOf.protocol1;
  readonly #ctx: DurableObjectState;
  #poll: Poll | null = null;
  /** The last GET of commands: a station that only posts is heard, but takes no commands. */
  #polledAtMs = 0;
  #postedAtMs = 0;
  /** The last heartbeat of a polling station. */
  pollContact: Contact | null = null;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** By its attachment: the tags of a socket that was closed from here are gone when its close event comes. */
  isStation(socket: WebSocket): boolean {
    return socket.deserializeAttachment() !== null;
  }

  read(socket: WebSocket): Attachment {
    return socket.deserializeAttachment() as Attachment;
  }

  write(socket: WebSocket, change: Partial<Attachment>): void {
    socket.serializeAttachment({ ...this.read(socket), ...change });
  }

  /** The newest socket; older ones are closing. */
  socket(): WebSocket | null {
    let newest: WebSocket | null = null;
    for (const socket of this.#ctx.getWebSockets(STATION_TAG)) {
      if (socket.readyState !== WebSocket.READY_STATE_OPEN) continue;
      if (!newest || this.read(socket).connectedAtMs >= this.read(newest).connectedAtMs) newest = socket;
    }
    return newest;
  }

  /** The new socket is the station's only one. */
  accept(keyId: string, nowMs: number): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    const old = this.#ctx.getWebSockets(STATION_TAG);
    this.#ctx.acceptWebSocket(server, [STATION_TAG]);
    server.serializeAttachment({
      connectedAtMs: nowMs,
      keyId,
      heardAtMs: nowMs,
      isGreeted: false,
      contact: null,
    } satisfies Attachment);
    for (const socket of old) socket.close(4000, "replaced");
    this.#poll?.answer([]);
    this.#polledAtMs = this.#postedAtMs = 0;
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Last sign of life of a socket, pings included. */
  #heardAtMs(socket: WebSocket): number {
    return Math.max(this.read(socket).heardAtMs, this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0);
  }

  /** Last sign of life by any transport; 0 when none is known. */
  heardAtMs(): number {
    const socket = this.socket();
    return Math.max(socket ? this.#heardAtMs(socket) : 0, this.#polledAtMs, this.#postedAtMs);
  }

  link(nowMs: number): Link {
    if (this.#poll) return { isLive: true, isOpen: true };
    const socket = this.socket();
    if (socket && this.read(socket).isGreeted && nowMs - this.#heardAtMs(socket) <= PROOF_MS)
      return { isLive: true, isOpen: true };
    return { isLive: nowMs - this.#polledAtMs <= PROOF_MS, isOpen: false };
  }

  /** Commands of one turn, once, to the connection that `link` spoke of. */
  send(frames: ServerFrame[]): void {
    if (frames.length === 0) return;
    if (this.#poll) return this.#poll.answer(frames);
    const socket = this.socket();
    for (const frame of frames) if (socket) sendFrame(socket, frame);
  }

  polled(nowMs: number): void {
    this.#polledAtMs = nowMs;
  }

  posted(nowMs: number): void {
    this.#postedAtMs = nowMs;
  }

  /** Waits for frames until `waitMs` are over or a newer poll takes its place. */
  wait(keyId: string, waitMs: number, signal: AbortSignal, now: () => number): Promise<ServerFrame[]> {
    this.#poll?.answer([]);
    return new Promise((resolve) => {
      const poll: Poll = {
        keyId,
        answer: (frames) => {
          clearTimeout(timer);
          if (this.#poll === poll) {
            this.#poll = null;
            this.#polledAtMs = now();
          }
          resolve(frames);
        },
      };
      const timer = setTimeout(() => poll.answer([]), waitMs);
      signal.addEventListener("abort", () => poll.answer([]));
      this.#poll = poll;
    });
  }

  /** Ends connections under keys that are no longer valid. */
  keepOnly(keyIds: ReadonlySet<string>): void {
    for (const socket of this.#ctx.getWebSockets(STATION_TAG)) {
      if (!keyIds.has(this.read(socket).keyId)) socket.close(4001, "key retired");
    }
    if (this.#poll && !keyIds.has(this.#poll.keyId)) {
      this.#poll.answer([]);
      this.#polledAtMs = this.#postedAtMs = 0;
    }
  }
}

/** A socket that breaks while it is written to is found out by its close event; an eject lost with it stays undecided. */
export const sendFrame = (socket: WebSocket, frame: ServerFrame): void => {
  try {
    socket.send(JSON.stringify(frame));
  } catch {
    // Nothing to add: see above.
  }
};
