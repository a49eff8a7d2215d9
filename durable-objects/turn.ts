import type { Id, Ids } from "../src/lib/ids.ts";
import type { Log } from "../src/lib/log.ts";
import type { LiveStatus, StationSettings } from "../src/stations/port.ts";
import type { Capabilities } from "./driver.ts";
import type { ServerFrame } from "./protocol.ts";
import type { Sql } from "./sql.ts";

/** How a command could reach the station at this moment. */
export interface Link {
  /** Proved alive in the last 30 s. */
  isLive: boolean;
  /** True: a frame leaves at once. False: it waits for the next poll. */
  isOpen: boolean;
}

/** What a listener of `GET /rentals/:id/live` is told. */
export interface LiveMessage {
  type: "state";
  status: LiveStatus;
  slot?: number;
  /** ISO 8601. */
  dueAt?: string;
  reason?: string;
}

/**
 * One transaction and its consequences. Rooms read and write `sql` and say what should leave the object; the class
 * sends it after the commit, so nothing is told or commanded that could still be undone.
 */
export interface Turn {
  readonly sql: Sql;
  readonly nowMs: number;
  readonly stationId: Id<"stn">;
  readonly settings: StationSettings;
  readonly configuredAtMs: number;
  readonly link: Link;
  /** What the hardware can do. */
  readonly can: Capabilities;
  readonly ids: Ids;
  readonly log: Log;
  /** Answers to the frames of this turn, for the transport they came by. */
  readonly replies: ServerFrame[];
  /** Commands, for the live connection. */
  readonly commands: ServerFrame[];
  readonly told: { rentalId: string; message: LiveMessage }[];
}

/** A place in the station's own order of events: boots in order, then seq. */
export interface Place {
  ord: number;
  seq: number;
}

export const isLater = (a: Place, b: Place): boolean => a.ord > b.ord || (a.ord === b.ord && a.seq > b.seq);

/** An event that was new and is stored, with the time that counts. */
export interface Accepted extends Place {
  bootId: string;
  atMs: number;
  isPlausible: boolean;
  receivedAtMs: number;
}
