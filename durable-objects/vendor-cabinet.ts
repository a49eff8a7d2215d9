// A cabinet that makes no numbered events: what its vendor shows of it is compared with what is known, and each difference
// becomes an event under a name of this object's own. The same sight again is no difference, so it gets no second name;
// a name is given and stored in one transaction, so a repeat after a crash finds the name or finds the difference again.
import type { VendorEvidence, VendorSlot } from "../src/providers/ports.ts";
import type { StationDriverName } from "../src/stations/port.ts";
import { readBoot } from "./boots.ts";
import { undecided, type CommandRow } from "./commands.ts";
import { EventFrame, type SlotReport } from "./protocol.ts";
import { readSlot } from "./slot-rows.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";
import { handleFrame } from "./wire.ts";

/** Evidence from outside is bounded: forged words must not fill the disk. */
const NOTES_KEPT = 500;

export interface Binding {
  driver: Exclude<StationDriverName, "protocol1">;
  vendorId: string;
}

interface VendorRow extends Record<string, SqlStorageValue> {
  binding: string;
  boot_id: string;
  asked_since_ms: number | null;
}

type Unnamed = EventFrame extends infer Frame
  ? Frame extends EventFrame
    ? Omit<Frame, "bootId" | "seq" | "at">
    : never
  : never;

const readVendor = (sql: Sql): VendorRow | undefined => sql.first<VendorRow>("select * from vendor");

/** The boot under which this binding's events are numbered; the first event of each is a hello that dates its clock. */
const bootOf = (turn: Turn, { driver, vendorId }: Binding, version: number): string => {
  const binding = `${driver}:${vendorId}`;
  const row = readVendor(turn.sql);
  if (row?.binding === binding) return row.boot_id;
  const bootId = `v${version}-${vendorId}`;
  turn.sql.run(
    "insert into vendor (one, binding, boot_id) values (1, ?1, ?2) on conflict (one) do update set binding = ?1, boot_id = ?2, asked_since_ms = null",
    binding,
    bootId,
  );
  emit(turn, bootId, turn.nowMs, {
    type: "hello",
    protocol: 1,
    firmware: driver,
    model: driver,
    slotCount: turn.settings.slotCount,
    iccid: null,
    signal: null,
    // None of them is forgotten because the cabinet is spoken to in another way now.
    commands: undecided(turn.sql)
      .slice(-32)
      .map((command) => ({ commandId: command.command_id, result: "unknown" as const })),
  });
  return bootId;
};

const nextSeq = (sql: Sql, bootId: string): number =>
  Math.max(
    sql.first<{ seq: number | null }>("select max(seq) as seq from events where boot_id = ?", bootId)?.seq ?? 0,
    readBoot(sql, bootId)?.floor_seq ?? 0,
  ) + 1;

const emit = (turn: Turn, bootId: string, atMs: number, event: Unnamed): void => {
  const frame = EventFrame.parse({ ...event, bootId, seq: nextSeq(turn.sql, bootId), at: atMs });
  handleFrame(
    turn,
    { kind: "event", frame, raw: JSON.stringify(frame) },
    { isFirst: frame.type === "hello", contact: null },
  );
};

const reportOf = (slot: VendorSlot): SlotReport => ({
  slot: slot.slot,
  state: slot.state,
  powerBankId: slot.powerBankId,
  chargePercent: slot.chargePercent,
  millivolts: slot.millivolts,
  temperatureC: slot.temperatureC,
  // Vendors show no locks; what staff locked is in the settings.
  locked: false,
  fault: null,
  rawCode: slot.rawCode,
});

const lastSight = (sql: Sql, bootId: string): string | undefined => {
  const row = sql.first<{ body: string }>(
    "select body from events where boot_id = ? and type = 'inventory' order by seq desc limit 1",
    bootId,
  );
  return row && JSON.stringify((JSON.parse(row.body) as { slots: unknown }).slots);
};

/**
 * What the vendor showed in answer to a question of `askedAtMs`: the state is no older than that. A bank that is new is dated
 * to the first question that nobody answered, for the renter's sake; a departure never earlier than the question.
 */
export const learn = (turn: Turn, binding: Binding, version: number, slots: VendorSlot[], askedAtMs: number): void => {
  const { sql } = turn;
  const bootId = bootOf(turn, binding, version);
  const since = readVendor(sql)?.asked_since_ms ?? null;
  const reports = slots.map(reportOf);
  const isAwaited = undecided(sql).some((command) => command.sent_at_ms !== null);
  if (isAwaited || JSON.stringify(reports) !== lastSight(sql, bootId)) {
    if (since !== null && since < askedAtMs) {
      for (const report of reports) {
        const known = readSlot(sql, report.slot)?.power_bank_id ?? null;
        if (report.powerBankId !== null && report.powerBankId !== known)
          emit(turn, bootId, since, { type: "slot", ...report });
      }
    }
    emit(turn, bootId, askedAtMs, { type: "inventory", slots: reports, refreshId: null, commands: [] });
  }
  // A question that was asked after this one has still no answer.
  if (since !== null && since <= askedAtMs) sql.run("update vendor set asked_since_ms = null");
};

/** Remembers when somebody first wanted to know; stored before whoever told us is answered. */
export const wonder = (turn: Turn, binding: Binding, version: number): void => {
  bootOf(turn, binding, version);
  if (readVendor(turn.sql)!.asked_since_ms === null) turn.sql.run("update vendor set asked_since_ms = ?", turn.nowMs);
};

/** The cabinet's or the vendor's word on one eject. It decides nothing before a look at the slot. */
export const weighWord = (
  turn: Turn,
  binding: Binding,
  version: number,
  command: CommandRow,
  word: { result: "not_out" | "unknown"; code: string },
): void =>
  emit(turn, bootOf(turn, binding, version), turn.nowMs, {
    type: "ejected",
    commandId: command.command_id,
    slot: command.slot,
    powerBankId: command.power_bank_id,
    result: word.result,
    rawCode: word.code.slice(0, 64),
  });

/** Keeps a word from outside for disputes and for staff, once. */
export const keepEvidence = (
  turn: Turn,
  binding: Binding,
  version: number,
  name: string,
  evidence: VendorEvidence,
): void => {
  const { sql } = turn;
  if (sql.first("select 1 as it from vendor_notes where name = ?", name)) return;
  sql.run("insert into vendor_notes (name, at_ms) values (?, ?)", name, turn.nowMs);
  sql.run(
    "delete from vendor_notes where name in (select name from vendor_notes order by at_ms desc, name limit -1 offset ?)",
    NOTES_KEPT,
  );
  const bootId = bootOf(turn, binding, version);
  if (evidence.type === "alert")
    return emit(turn, bootId, turn.nowMs, {
      type: "alert",
      alert: evidence.word,
      slot: evidence.slot,
      detail: "unproven",
    });
  emit(turn, bootId, turn.nowMs, {
    type: "returned",
    slot: evidence.slot,
    powerBankId: evidence.powerBankId,
    chargePercent: null,
    result: "rejected",
    rawCode: evidence.code,
  });
};
