// What each frame of a station means, inside one turn: stored first, then acted on, then acknowledged.
import { enqueue, hurry } from "./outbox-rows.ts";
import { have } from "./boots.ts";
import { accept, type Contact } from "./events.ts";
import type { ReadFrame } from "./frames.ts";
import type { EventFrame, SlotReport } from "./protocol.ts";
import { readSlot } from "./slot-rows.ts";
import { applyReport, applyReturn, isStale, lastInventory } from "./slots.ts";
import type { Accepted, Turn } from "./turn.ts";
import { undecided } from "./commands.ts";
import { settingsFrame, weighAnswer } from "./staff-commands.ts";
import { weighEjected, weighElsewhere, weighMemory, weighReturn, weighSnapshot } from "./verdict.ts";

export interface FrameContext {
  /** Nothing was heard on this connection, or in this batch, before. */
  isFirst: boolean;
  contact: Contact | null;
}

export const handleFrame = (
  turn: Turn,
  read: Extract<ReadFrame, { kind: "event" | "odd" | "unreadable" }>,
  context: FrameContext,
): void => {
  if (read.kind === "unreadable") {
    turn.replies.push({ type: "error", code: read.code });
    return;
  }
  if (read.kind === "odd") {
    const { stamp, code, type, raw } = read;
    turn.replies.push({ type: "error", code, ...(stamp ? { bootId: stamp.bootId, seq: stamp.seq } : {}) });
    if (!stamp) return;
    accept(turn, { stamp, type: `${code}:${type}`, raw, isFreshHello: false, contact: context.contact });
    turn.replies.push({ type: "ack", bootId: stamp.bootId, seq: stamp.seq });
    return;
  }
  const { frame, raw } = read;
  const isFreshHello = frame.type === "hello" && context.isFirst;
  const event = accept(turn, { stamp: frame, type: frame.type, raw, isFreshHello, contact: context.contact });
  if (event) act(turn, frame, event);
  if (isFreshHello) {
    hurry(turn);
    const { heartbeatSeconds } = turn.settings;
    turn.replies.push({ type: "welcome", serverTime: turn.nowMs, heartbeatSeconds, have: have(turn.sql) });
  }
  turn.replies.push({ type: "ack", bootId: frame.bootId, seq: frame.seq });
  const settings = isFreshHello ? settingsFrame(turn) : null;
  if (settings) turn.replies.push(settings);
};

const act = (turn: Turn, frame: EventFrame, event: Accepted): void => {
  switch (frame.type) {
    case "hello":
      return weighMemory(turn, frame.commands, event);
    case "inventory":
      weighMemory(turn, frame.commands, event);
      if (frame.refreshId !== null) weighAnswer(turn, frame.refreshId, "ok");
      return snapshot(turn, frame.slots, event, true, frame.refreshId);
    case "slot":
      return snapshot(turn, [frame], event, false, null);
    case "ejected":
      return weighEjected(turn, frame, event);
    case "returned":
      return returned(turn, frame, event);
    case "alert":
      return cryOut(turn, frame, event);
  }
};

const cryOut = (turn: Turn, frame: Extract<EventFrame, { type: "alert" }>, event: Accepted): void => {
  const { alert, slot, detail } = frame;
  turn.log.write("error", "alert", { alert: "station", stationId: turn.stationId, word: alert, slot });
  const { bootId, seq, atMs } = event;
  enqueue(turn, { verb: "station_alert", alert, slot, detail, atMs, event: { bootId, seq } });
};

const snapshot = (
  turn: Turn,
  reports: SlotReport[],
  event: Accepted,
  isInventory: boolean,
  refreshId: string | null,
): void => {
  const inventory = lastInventory(turn.sql, event);
  const fresh = reports.filter((report) => !isStale(readSlot(turn.sql, report.slot), inventory, event));
  weighElsewhere(turn, fresh, event);
  // Slots that wait for a verdict come last: the next slot is chosen by what this snapshot shows of the others.
  const waiting = new Set(undecided(turn.sql).map((command) => command.slot));
  for (const report of fresh) if (!waiting.has(report.slot)) applyReport(turn, report, event, isInventory, null);
  for (const report of fresh) {
    if (waiting.has(report.slot))
      applyReport(turn, report, event, isInventory, weighSnapshot(turn, report, event, refreshId));
  }
};

const returned = (turn: Turn, frame: Extract<EventFrame, { type: "returned" }>, event: Accepted): void => {
  if (frame.result !== "ok") return;
  if (frame.powerBankId === null) {
    turn.log.write("error", "alert", { alert: "returned_unreadable", stationId: turn.stationId, slot: frame.slot });
    return;
  }
  const isNewest = !isStale(readSlot(turn.sql, frame.slot), lastInventory(turn.sql, event), event);
  weighReturn(turn, frame.slot, frame.powerBankId, event);
  applyReturn(turn, frame.slot, frame.powerBankId, frame.chargePercent, event, isNewest);
};
