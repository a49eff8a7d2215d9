// What open console pages are told: the whole state whenever it may have changed, and each thing that happened.
import type { Clock } from "../../src/lib/clock.ts";
import type { ConsoleState } from "./state.ts";

interface Happening {
  id: number;
  atMs: number;
  part: string;
  text: string;
  level: "info" | "warn" | "error";
  fields: Record<string, unknown>;
}

export interface Feed {
  read(): Promise<ConsoleState & { happenings: Happening[] }>;
  /** Server-sent events until `signal` aborts. */
  stream(signal: AbortSignal): Response;
  refresh(): void;
  say(part: string, text: string, level?: Happening["level"], fields?: Record<string, unknown>): void;
  stop(): void;
}

const KEPT = 200;
/** Several changes in a row are told once. */
const REFRESH_AFTER_MS = 80;
/** Charge rises and faults expire without a word. */
const REFRESH_EVERY_MS = 2_000;

export const createFeed = (readState: () => Promise<ConsoleState>, clock: Clock): Feed => {
  const happenings: Happening[] = [];
  const listeners = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const encoder = new TextEncoder();
  let count = 0;
  let last = "";
  let isPlanned = false;

  const tell = (
    event: string,
    data: string,
    to: Iterable<ReadableStreamDefaultController<Uint8Array>> = listeners,
  ): void => {
    const bytes = encoder.encode(`event: ${event}\ndata: ${data}\n\n`);
    for (const listener of to) {
      try {
        listener.enqueue(bytes);
      } catch {
        listeners.delete(listener);
      }
    }
  };
  const tellState = async (isForced: boolean): Promise<void> => {
    if (listeners.size === 0) return;
    try {
      const text = JSON.stringify(await readState());
      if (text === last && !isForced) return;
      last = text;
      tell("state", text);
    } catch {
      // A part is on its way out or back; the next look will do.
    }
  };
  const timer = setInterval(() => void tellState(false), REFRESH_EVERY_MS);

  return {
    read: async () => ({ ...(await readState()), happenings }),
    stream(signal) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          listeners.add(controller);
          signal.addEventListener("abort", () => listeners.delete(controller));
          tell("happenings", JSON.stringify(happenings), [controller]);
          void tellState(true);
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
    },
    refresh() {
      if (isPlanned) return;
      isPlanned = true;
      setTimeout(() => {
        isPlanned = false;
        void tellState(false);
      }, REFRESH_AFTER_MS);
    },
    say(part, text, level = "info", fields = {}) {
      const happening: Happening = { id: ++count, atMs: clock.now(), part, text, level, fields };
      happenings.push(happening);
      if (happenings.length > KEPT) happenings.shift();
      tell("happening", JSON.stringify(happening));
    },
    stop() {
      clearInterval(timer);
      for (const listener of listeners) {
        try {
          listener.close();
        } catch {
          // closed by the other side
        }
      }
      listeners.clear();
    },
  };
};
