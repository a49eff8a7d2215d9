// Store, then acknowledge. An event is named for ever by (bootId, seq); a repeat is acknowledged and changes nothing.
import { before, dateBoot, isStored, placeBoot, prune, readBoot } from "./boots.ts";
import { freezeTime } from "./times.ts";
import type { Accepted, Turn } from "./turn.ts";

/** Bodies are evidence, not a file store. */
const MAX_BODY_CHARACTERS = 64 * 1024;
const PRUNE_EVERY = 256;

export interface Stamp {
  bootId: string;
  seq: number;
  /** Station clock, ms. */
  at: number;
}

/** What the last heartbeat of the running connection proved; see keepContact. */
export interface Contact {
  bootId: string;
  seq: number;
  atMs: number;
}

export interface Arrival {
  stamp: Stamp;
  type: string;
  raw: string;
  /** A hello that opens a connection is heard as it is made. */
  isFreshHello: boolean;
  contact: Contact | null;
}

/** Stores an event with the time that counts; null when it is a repeat. */
export const accept = (turn: Turn, arrival: Arrival): Accepted | null => {
  const { sql, nowMs } = turn;
  const { stamp, type, raw, isFreshHello, contact } = arrival;
  if (isStored(sql, stamp.bootId, stamp.seq)) return null;
  // Over HTTP each batch begins anew: a hello that was lost and comes again as a buffered event may be the first of one. It
  // was made before the hello that has dated its boot, and must not date it again.
  const isReplay = stamp.seq < (readBoot(sql, stamp.bootId)?.hello_seq ?? 0);
  if (isFreshHello && !isReplay) dateBoot(turn, stamp.bootId, stamp.seq, nowMs - stamp.at);
  const boot = readBoot(sql, stamp.bootId) ?? placeBoot(turn, stamp.bootId, false);
  const place = { ord: boot.ord, seq: stamp.seq };
  const bounds = before(sql, place);
  const isCounted = contact !== null && contact.bootId === stamp.bootId && contact.seq < stamp.seq;
  const time = freezeTime({
    stationAtMs: stamp.at,
    receivedAtMs: nowMs,
    driftMs: boot.drift_ms,
    previousAtMs: bounds.previousAtMs,
    contactAtMs: isCounted ? contact.atMs : bounds.contactAtMs,
    earliestMs: turn.configuredAtMs,
  });
  sql.run(
    "insert into events (boot_id, seq, type, body, at_ms, is_plausible, received_at_ms) values (?, ?, ?, ?, ?, ?, ?)",
    stamp.bootId,
    stamp.seq,
    type,
    raw.slice(0, MAX_BODY_CHARACTERS),
    time.atMs,
    time.isPlausible ? 1 : 0,
    nowMs,
  );
  if (stamp.seq % PRUNE_EVERY === 0) prune(turn);
  return { bootId: stamp.bootId, ...place, ...time, receivedAtMs: nowMs };
};
