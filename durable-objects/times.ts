// When did it happen? Nobody is billed beyond the first moment the server could have known.
import { MINUTE_MS, SECOND_MS } from "../src/lib/clock.ts";

/** How much later than its frame's making a hello may have arrived; a corrected time may run ahead of receipt by it. */
const TRIP_MS = 30 * SECOND_MS;
/** A heartbeat is late too, so a time shortly before the contact is still believed. */
const CONTACT_TOLERANCE_MS = 2 * MINUTE_MS;

export interface TimeRecord {
  /** The station's clock at the event, ms. */
  stationAtMs: number;
  receivedAtMs: number;
  /** Server clock minus station clock, from the boot's own hello; null when no hello of it was heard as it was made. */
  driftMs: number | null;
  /** The time of the last plausible event before this one. */
  previousAtMs: number | null;
  /** The last contact that is known to precede this event. */
  contactAtMs: number | null;
  /** No event is older: the station had no key before. */
  earliestMs: number;
}

/**
 * The time that counts, frozen once. The station's time when it is plausible, else the earliest time that the record
 * allows; an implausible event moves no later event's bounds.
 */
export const freezeTime = (record: TimeRecord): { atMs: number; isPlausible: boolean } => {
  const { stationAtMs, receivedAtMs, driftMs, previousAtMs, contactAtMs, earliestMs } = record;
  if (driftMs !== null) {
    const atMs = stationAtMs + driftMs;
    const isAfterPrevious = previousAtMs === null || atMs >= previousAtMs;
    const isAfterContact = contactAtMs === null || atMs >= contactAtMs - CONTACT_TOLERANCE_MS;
    if (isAfterPrevious && isAfterContact && atMs >= earliestMs && atMs <= receivedAtMs + TRIP_MS) {
      return { atMs: Math.min(atMs, receivedAtMs), isPlausible: true };
    }
  }
  const bound = Math.max(previousAtMs ?? earliestMs, contactAtMs ?? earliestMs, earliestMs);
  return { atMs: Math.min(bound, receivedAtMs), isPlausible: false };
};
