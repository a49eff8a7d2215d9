import type { StationSettings } from "../src/stations/port.ts";

export type SlotMark = "not_out" | "unknown";

export interface SlotRow extends Record<string, SqlStorageValue> {
  slot: number;
  state: string;
  power_bank_id: string | null;
  charge_percent: number | null;
  millivolts: number | null;
  temperature_c: number | null;
  is_locked: number;
  fault: string | null;
  raw_code: string | null;
  ord: number;
  seq: number;
  left_bank_id: string | null;
  left_ord: number | null;
  left_seq: number | null;
  left_at_ms: number | null;
  was_seen_empty: number;
  /** The bank that left it went without a command of anybody's. */
  was_taken: number;
  /** What commands proved of it; null = nothing bad. */
  mark: SlotMark | null;
  failures: number;
}

/** A slot with the cycles of its bank, and whether that one is held back. */
export type Candidate = SlotRow & { ejects: number; is_held: number };

/** A bank that may be handed out: healthy, charged, not hot, not held back, in a slot that nobody locked and no command proved faulty. */
export const isRentable = (slot: Candidate, settings: StationSettings): boolean =>
  slot.power_bank_id !== null &&
  slot.state === "ok" &&
  slot.fault === null &&
  slot.is_locked === 0 &&
  slot.mark === null &&
  slot.is_held === 0 &&
  !settings.lockedSlots.includes(slot.slot) &&
  slot.charge_percent !== null &&
  slot.charge_percent >= settings.minChargePercent &&
  (slot.temperature_c === null || slot.temperature_c <= settings.maxTemperatureC);

/** A bank can be put in. */
export const isFree = (slot: SlotRow, settings: StationSettings): boolean =>
  slot.power_bank_id === null &&
  slot.state === "empty" &&
  slot.fault === null &&
  slot.is_locked === 0 &&
  !settings.lockedSlots.includes(slot.slot);

/** Highest charge, then least cycles, then the slot that failed least, then the lowest number; undefined when none will do. */
export const chooseSlot = (
  slots: Candidate[],
  settings: StationSettings,
  taken: ReadonlySet<number>,
): Candidate | undefined =>
  slots
    .filter((slot) => !taken.has(slot.slot) && isRentable(slot, settings))
    .toSorted(
      (a, b) =>
        (b.charge_percent ?? 0) - (a.charge_percent ?? 0) ||
        a.ejects - b.ejects ||
        a.failures - b.failures ||
        a.slot - b.slot,
    )[0];
