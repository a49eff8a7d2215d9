// What staff order a station to do: lock, unlock or open one slot, show its inventory, start again, show its
// page's address for a while. The order is in the database before the
// station's object hears of it; the object hands it over once. What became of it is asked there, by whoever reads it and by the minute's round.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import { MINUTE_MS, SECOND_MS } from "../lib/clock.ts";
import { describeError } from "../lib/describe-error.ts";
import type { Id } from "../lib/ids.ts";
import type { StationCommand, StationCommandState } from "./port.ts";
import type { StaffCommandRecord } from "./record.ts";
import type { KeyUse } from "./repository-staff.ts";
import {
  findStaffCommand,
  listOpenCommands,
  listStaffCommands,
  storeStaffCommand,
  storeStaffCommandResult,
} from "./repository-orders.ts";
import { pageAddress } from "./labels.ts";
import { pushConfig } from "./push-config.ts";
import type { StaffActor } from "./staff.ts";

/** A station that does not answer by then has not done it, or nobody can say. */
const LIFETIME_MS = 30 * SECOND_MS;

export interface Order {
  stationId: Id<"stn">;
  kind: StaffCommandRecord["kind"];
  slot: number | null;
  powerBankId: string | null;
  /** With `screen`: for so long; 0 gives the screen back to the station. */
  showMinutes: number | null;
  reason: string;
  use: KeyUse;
  requestId: string;
}

const commandOf = (deps: Dependencies, order: StaffCommandRecord, stationCode: string): StationCommand => {
  const { id: commandId, kind, slot, powerBankId, createdAtMs } = order;
  const expiresAtMs = createdAtMs + LIFETIME_MS;
  if (kind === "refresh" || kind === "reboot") return { commandId, expiresAtMs, kind };
  if (kind === "screen")
    return { commandId, expiresAtMs, kind, qr: pageAddress(deps, stationCode), showUntilMs: order.showUntilMs! };
  if (slot === null) throw new Error("an order about a slot names one");
  return kind === "open" ? { commandId, expiresAtMs, kind, slot, powerBankId } : { commandId, expiresAtMs, kind, slot };
};

type Outcome = { state: StaffCommandRecord["state"]; result: string | null };

const outcomeOf = (said: StationCommandState): Outcome => {
  switch (said.status) {
    case "waiting":
    case "sent":
      return { state: "sent", result: null };
    case "done":
      return { state: said.result === "ok" ? "done" : "failed", result: said.result };
    case "unknown":
      return { state: "unknown", result: null };
    case "expired":
    case "too_late":
      return { state: "failed", result: "expired" };
    case "bank_not_confirmed":
      return { state: "refused", result: `bank_not_confirmed:${said.powerBankId ?? ""}` };
    default:
      return { state: "refused", result: said.status };
  }
};

const OPEN: StaffCommandRecord["state"][] = ["requested", "sent", "unknown"];

const keep = async (
  deps: Dependencies,
  order: StaffCommandRecord,
  { state, result }: Outcome,
  requestId: string,
): Promise<StaffCommandRecord> =>
  state === order.state
    ? order
    : storeStaffCommandResult(deps.db, { commandId: order.id, state, result, nowMs: deps.clock.now(), requestId });

/**
 * Stores the order and hands it over; a repeat hands over what was not, and answers what is known. Throws `bank_not_confirmed` with the bank
 * that is in the slot, `screen_code_required` where nobody could rent in the meantime, `station_unknown`, `station_retired`, `slot_unknown`. What the station says to it is the order's state.
 */
export const orderStation = async (
  deps: Dependencies,
  actor: StaffActor,
  order: Order,
): Promise<{ command: StaffCommandRecord; isReplay: boolean }> => {
  const stored = await storeStaffCommand(deps.db, {
    ...order,
    commandId: deps.ids.next("cmd"),
    staffId: actor.userId,
    nowMs: deps.clock.now(),
  });
  if (stored.status === "bank_not_confirmed")
    throw new AppError(stored.status, { details: { powerBankId: stored.powerBankId } });
  if (stored.status !== "ordered" && stored.status !== "replayed") throw new AppError(stored.status);
  const isReplay = stored.status === "replayed";
  // A locked slot is kept from renters by the settings, whatever the metal does.
  if (order.kind === "lock" || order.kind === "unlock")
    deps.defer(
      pushConfig(deps, order.stationId).catch((error: unknown) =>
        deps.log.write("warn", "settings_not_pushed", { stationId: order.stationId, ...describeError(error) }),
      ),
    );
  let { command } = stored;
  if (OPEN.includes(command.state)) {
    const said = await deps.stations.command(command.stationId, commandOf(deps, command, stored.stationCode));
    command = await keep(deps, command, outcomeOf(said), order.requestId);
  }
  const [word, powerBankId] = command.result?.split(":") ?? [];
  if (command.state === "refused" && word === "bank_not_confirmed")
    throw new AppError("bank_not_confirmed", { details: powerBankId ? { powerBankId } : {} });
  return { command, isReplay };
};

/** What the object knows of it now, stored. */
const settle = async (
  deps: Dependencies,
  order: StaffCommandRecord,
  requestId: string,
): Promise<StaffCommandRecord> => {
  if (!OPEN.includes(order.state)) return order;
  const said = await deps.stations.commandState(order.stationId, order.id);
  if (said) return keep(deps, order, outcomeOf(said), requestId);
  const isOver = deps.clock.now() >= order.createdAtMs + LIFETIME_MS;
  // It never came to the object, and would be refused there from now on.
  return order.state === "requested" && isOver
    ? keep(deps, order, { state: "failed", result: "expired" }, requestId)
    : order;
};

/** Throws `command_unknown`. */
export const readOrder = async (
  deps: Dependencies,
  input: { commandId: Id<"cmd">; requestId: string },
): Promise<StaffCommandRecord> => {
  const order = await findStaffCommand(deps.db, input.commandId);
  if (!order) throw new AppError("command_unknown");
  return settle(deps, order, input.requestId);
};

/** Newest first. */
export const listOrders = async (
  deps: Dependencies,
  input: { stationId: Id<"stn">; cursor: Id<"cmd"> | null; limit: number },
): Promise<{ items: StaffCommandRecord[]; nextCursor: string | null }> => {
  const rows = await listStaffCommands(deps.db, input.stationId, input.cursor, input.limit + 1);
  const items = rows.slice(0, input.limit);
  return { items, nextCursor: rows.length > input.limit ? (items.at(-1)?.id ?? null) : null };
};

/** Orders that nobody read since: their outcome belongs in the audit log all the same. */
export const settleOrders = async (deps: Dependencies, limit: number, requestId: string): Promise<number> => {
  const orders = await listOpenCommands(deps.db, deps.clock.now() - MINUTE_MS, limit);
  const settled = await Promise.allSettled(orders.map((order) => settle(deps, order, requestId)));
  for (const [n, one] of settled.entries())
    if (one.status === "rejected")
      deps.log.write("warn", "order_not_settled", { commandId: orders[n]!.id, ...describeError(one.reason) });
  return settled.length;
};
