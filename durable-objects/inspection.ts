// What staff and verbs may know of the station at this moment. Reads only, and says no more than the last reports did.
import type { SlotView, StationView } from "../src/stations/port.ts";
import type { SlotRow } from "./choice.ts";
import { isOffline } from "./configuration.ts";
import type { StationRow } from "./projection.ts";
import { readSlots, takenSlots } from "./slot-rows.ts";
import type { Sql } from "./sql.ts";

export const inspect = (sql: Sql, station: StationRow | undefined, heardAtMs: number, nowMs: number): StationView => {
  if (!station) return { isConfigured: false, isOnline: false, seenAtMs: 0, freeBanks: 0, freeSlots: 0, slots: [] };
  const taken = takenSlots(sql);
  const { freeBanks, freeSlots } = station.counted;
  return {
    isConfigured: true,
    isOnline: !isOffline(station.settings, heardAtMs, nowMs),
    seenAtMs: Math.max(station.seenAtMs, heardAtMs),
    freeBanks,
    freeSlots,
    slots: readSlots(sql).map((slot) => slotView(slot, taken.has(slot.slot))),
  };
};

const slotView = (slot: SlotRow, isTaken: boolean): SlotView => ({
  slot: slot.slot,
  state: slot.state,
  powerBankId: slot.power_bank_id,
  chargePercent: slot.charge_percent,
  temperatureC: slot.temperature_c,
  isLocked: slot.is_locked === 1,
  fault: slot.fault,
  mark: slot.mark,
  failures: slot.failures,
  isTaken,
});
