// What the rest of the system knows of the banks in this station: cycles of their whole life, and which are held back. It comes with the
// answer to their arrival and with the settings; a bank of which nothing was said yet is none of the fleet's business to hold.
import type { FleetBank } from "../src/stations/port.ts";
import type { Sql } from "./sql.ts";

/** Takes what was said; a bank that was told the same before costs no written row. */
export const learnBanks = (sql: Sql, banks: readonly FleetBank[]): void => {
  for (const { powerBankId, cycles, isHeld } of banks) {
    sql.run(
      `insert into banks (power_bank_id, ejects, is_held) values (?1, ?2, ?3)
       on conflict (power_bank_id) do update set ejects = max(ejects, ?2), is_held = ?3 where ejects < ?2 or is_held <> ?3`,
      powerBankId,
      cycles,
      isHeld ? 1 : 0,
    );
  }
};

/** Staff put these slots back in service: what commands proved against them before is forgotten. */
export const releaseSlots = (sql: Sql, slots: readonly number[]): void => {
  for (const slot of slots)
    sql.run("update slots set mark = null, failures = 0 where slot = ? and (mark is not null or failures > 0)", slot);
};
