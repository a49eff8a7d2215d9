// The live socket of one rental, as an app listens to it.
import { z } from "zod";

const LiveState = z.object({
  type: z.literal("state"),
  status: z.string(),
  slot: z.int().optional(),
  dueAt: z.string().optional(),
  reason: z.string().optional(),
});
export type LiveState = z.infer<typeof LiveState>;

export interface Live {
  /**
   * The first word that is `status`, told before or from now on; null when none comes within `withinMs`. After a break a
   * later word counts as well: the socket tells where things stand, not what was missed.
   */
  hear(status: Status, withinMs: number): Promise<LiveState | null>;
  /** Everything that was told, in order. */
  told(): string[];
  close(): void;
}

const ORDER = [
  "awaiting_payment",
  "payment_received",
  "ejecting",
  "take_your_bank",
  "active",
  "due",
  "returned",
] as const;
type Status = (typeof ORDER)[number];

const RENEW_AFTER_MS = 500;

const connect = async (url: string): Promise<WebSocket | null> => {
  const socket = new WebSocket(url);
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.addEventListener("open", () => resolve(true));
    socket.addEventListener("error", () => resolve(false));
  });
  return isOpen ? socket : null;
};

export const isRefused = async (url: string): Promise<boolean> => {
  const socket = await connect(url);
  socket?.close();
  return socket === null;
};

/** `renew` gets another ticket: the Worker reloads when a file changes, and every socket ends with it. Null when refused. */
export const openLive = async (url: string, renew: () => Promise<string | null>): Promise<Live | null> => {
  const states: LiveState[] = [];
  const listeners = new Set<() => void>();
  let socket: WebSocket | null = null;
  let isClosed = false;
  let breaks = 0;

  const attach = (opened: WebSocket): void => {
    socket = opened;
    opened.addEventListener("message", ({ data }) => {
      const state = LiveState.safeParse(JSON.parse(String(data)));
      if (state.success) states.push(state.data);
      listeners.forEach((listener) => listener());
    });
    opened.addEventListener("close", () => void reopen());
  };
  const reopen = async (): Promise<void> => {
    breaks++;
    const last = states.at(-1)?.status;
    if (isClosed || last === "returned" || last === "cancelled") return;
    await new Promise((done) => setTimeout(done, RENEW_AFTER_MS));
    const next = await renew().catch(() => null);
    const opened = next === null ? null : await connect(next);
    if (!opened) return reopen();
    attach(opened);
    if (isClosed) opened.close();
  };

  const first = await connect(url);
  if (!first) return null;
  attach(first);
  return {
    hear: (status, withinMs) =>
      new Promise((resolve) => {
        const isHeard = (told: string): boolean =>
          told === status || (breaks > 0 && ORDER.findIndex((word) => word === told) > ORDER.indexOf(status));
        const look = (): void => {
          const state = states.find((candidate) => isHeard(candidate.status));
          if (state) end(state);
        };
        const end = (state: LiveState | null): void => {
          clearTimeout(timer);
          listeners.delete(look);
          resolve(state);
        };
        const timer = setTimeout(() => end(null), withinMs);
        listeners.add(look);
        look();
      }),
    told: () => states.map((state) => state.status),
    close() {
      isClosed = true;
      socket?.close();
    },
  };
};
