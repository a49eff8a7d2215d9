// Frames of sockets. Each comes as an event of its own, and would be a commit of its own: a station that comes back with hours of events, or a thousand
// that come back at once, would wait for the disk frame by frame. What has come by the time the first is taken is stored with it. Nothing is
// acknowledged before its commit; what was in here when the object died comes again.
import type { ReadFrame } from "./frames.ts";

/** As many as a batch over HTTP may hold: what follows them waits for no longer than that. */
const TAKEN_AT_ONCE = 200;

export class Inbox {
  readonly #take: (socket: WebSocket, frames: ReadFrame[]) => void;
  #waiting: { socket: WebSocket; frame: ReadFrame }[] = [];
  #emptied: Promise<void> | null = null;

  /** `take` gets the frames of one socket, in their order. */
  constructor(take: (socket: WebSocket, frames: ReadFrame[]) => void) {
    this.#take = take;
  }

  /** Ends when the frame was taken. */
  put(socket: WebSocket, frame: ReadFrame): Promise<void> {
    this.#waiting.push({ socket, frame });
    return (this.#emptied ??= this.#empty());
  }

  /** Ends when nothing waits. */
  async idle(): Promise<void> {
    await this.#emptied;
  }

  async #empty(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        // Everything that has arrived by now is put in before this goes on.
        await scheduler.wait(0);
        const taken = this.#waiting.splice(0, TAKEN_AT_ONCE);
        for (const [socket, frames] of Map.groupBy(taken, (one) => one.socket))
          this.#take(
            socket,
            frames.map(({ frame }) => frame),
          );
      }
    } finally {
      this.#emptied = null;
    }
  }
}
