// Listeners of one rental: hibernating sockets, tagged with it. They are told facts as they happen, and on arrival where
// things stand. They say nothing that is listened to.
import { isoTime } from "../src/lib/clock.ts";
import { lastCommand } from "./commands.ts";
import { readDue } from "./due.ts";
import { readLease } from "./leases.ts";
import type { Sql } from "./sql.ts";
import type { LiveMessage } from "./turn.ts";

const LISTENERS_PER_RENTAL = 5;
export const LISTENER_TAG = "listener";

const tagOf = (rentalId: string): string => `rental:${rentalId}`;
const isEnd = ({ status }: LiveMessage): boolean =>
  status === "returned" || status === "lost" || status === "cancelled";

/** Where a rental stands, as far as this station knows; null when it does not know it. */
export const currentState = (sql: Sql, rentalId: string): LiveMessage | null => {
  const due = readDue(sql, rentalId);
  const command = lastCommand(sql, rentalId);
  const at = command ? { slot: command.slot } : {};
  if (due?.what === "forget") {
    if (due.detail === "returned" || due.detail === "lost") return { type: "state", status: due.detail };
    const reason = due.detail?.replace(/^cancelled:?/, "");
    return { type: "state", status: "cancelled", ...at, ...(reason ? { reason } : {}) };
  }
  if (due?.what === "rental") {
    const status = due.detail?.startsWith("due") ? "due" : "active";
    return { type: "state", status, ...at, ...dueAtOf(due.detail) };
  }
  if (command?.state === "open") return { type: "state", status: "ejecting", ...at };
  if (command?.state === "out") return { type: "state", status: "take_your_bank", ...at };
  const lease = readLease(sql, rentalId);
  return lease ? { type: "state", status: "awaiting_payment", slot: lease.slot } : null;
};

/** The detail of a rental's due row: `due` or `active`, and the end it was answered with. */
export const dueDetail = (status: "active" | "due", dueAtMs: number): string => `${status}:${dueAtMs}`;

const dueAtOf = (detail: string | null): { dueAt?: string } => {
  const dueAtMs = Number(detail?.split(":")[1]);
  return Number.isFinite(dueAtMs) && dueAtMs > 0 ? { dueAt: isoTime(dueAtMs) } : {};
};

export const addListener = (ctx: DurableObjectState, rentalId: string, state: LiveMessage | null): Response => {
  const { 0: client, 1: server } = new WebSocketPair();
  const others = ctx.getWebSockets(tagOf(rentalId));
  for (const old of others.slice(0, Math.max(0, others.length - LISTENERS_PER_RENTAL + 1))) old.close(4000, "replaced");
  ctx.acceptWebSocket(server, [LISTENER_TAG, tagOf(rentalId)]);
  if (state) server.send(JSON.stringify(state));
  if (state && isEnd(state)) server.close(1000, "over");
  return new Response(null, { status: 101, webSocket: client });
};

export const tell = (ctx: DurableObjectState, rentalId: string, message: LiveMessage): void => {
  for (const socket of ctx.getWebSockets(tagOf(rentalId))) {
    try {
      socket.send(JSON.stringify(message));
      if (isEnd(message)) socket.close(1000, "over");
    } catch {
      // A listener that went away misses nothing: it reads the rental when it comes back.
    }
  }
};
