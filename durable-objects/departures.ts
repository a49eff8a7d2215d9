// A bank that left although no command waits for it. Where a cabinet does not honour the end of a command, a stale one may be
// carried out hours later: then it is that command's late drop. Else somebody took it, or the vendor's own app rented it out.
import type { CommandRow } from "./commands.ts";
import { openedByStaff } from "./opened-slots.ts";
import { enqueue } from "./outbox-rows.ts";
import type { Accepted, Turn } from "./turn.ts";

/** True when nobody's command explains it. */
export const leftAlone = (turn: Turn, slot: number, powerBankId: string, event: Accepted): boolean => {
  if (openedByStaff(turn, slot, powerBankId)) return false;
  const late = turn.can.honoursExpiry ? undefined : lateDropOf(turn, slot, powerBankId);
  const name = { bootId: event.bootId, seq: event.seq };
  turn.log.write("error", "alert", {
    alert: late ? "left_late" : "bank_left_without_command",
    stationId: turn.stationId,
    slot,
    powerBankId,
    ...(late ? { rentalId: late.rental_id } : {}),
    // Whoever looks into it knows whom to ask first.
    ...(!late && turn.can.hasNativeRentals ? { suspect: "native_rental" } : {}),
  });
  if (!late) {
    enqueue(turn, { verb: "bank_taken", powerBankId, slot, atMs: event.atMs, event: name });
    return true;
  }
  turn.sql.run(
    "update commands set state = 'out', out_ord = ?3, out_seq = ?4, out_at_ms = ?5 where rental_id = ?1 and attempt = ?2",
    late.rental_id,
    late.attempt,
    event.ord,
    event.seq,
    event.atMs,
  );
  enqueue(turn, {
    verb: "bank_out",
    rentalId: late.rental_id,
    commandId: late.command_id,
    powerBankId,
    slot,
    atMs: event.atMs,
    commandExpiresAtMs: late.expires_at_ms,
    event: name,
  });
  return false;
};

/** The last command for this bank in this slot that was thought not to have worked, unless its rental got another bank. */
const lateDropOf = (turn: Turn, slot: number, powerBankId: string): CommandRow | undefined =>
  turn.sql.first<CommandRow>(
    `select * from commands c where slot = ? and power_bank_id = ? and state = 'not_out' and sent_at_ms is not null
       and not exists (select 1 from commands o where o.rental_id = c.rental_id and o.state = 'out')
     order by issued_at_ms desc limit 1`,
    slot,
    powerBankId,
  );
