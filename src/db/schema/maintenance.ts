// What goes wrong with the metal and what people do about it: failures that count, alerts, orders of staff, tickets.
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { stations } from "./stations.ts";
import { users } from "./users.ts";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });

export const slotStates = ["in_service", "locked", "out_of_service", "quarantined"] as const;

/** Slots that somebody or something took out of use at least once; every other slot is in service. */
export const stationSlots = pgTable(
  "station_slots",
  {
    stationId: text("station_id")
      .notNull()
      .references(() => stations.id),
    slot: integer("slot").notNull(),
    state: text("state", { enum: slotStates }).notNull(),
    reason: text("reason").notNull(),
    changedBy: text("changed_by").notNull(),
    changedAt: time("changed_at").notNull(),
    /** The version of the station's settings with which it was put back: the object forgets what it held against the slot before. */
    releasedVersion: integer("released_version").notNull().default(0),
  },
  (t) => [
    primaryKey({ name: "station_slots_pkey", columns: [t.stationId, t.slot] }),
    check("station_slots_state_check", sql`${t.state} in ('in_service', 'locked', 'out_of_service', 'quarantined')`),
    check("station_slots_slot_check", sql`${t.slot} between 1 and 64`),
  ],
);

export const failureKinds = ["not_out", "unknown", "wrong_slot"] as const;

/** One row per eject that did not do what it should, named by its command: counted once however often it is told. Append-only. */
export const ejectFailures = pgTable(
  "eject_failures",
  {
    commandId: text("command_id").primaryKey(),
    stationId: text("station_id")
      .notNull()
      .references(() => stations.id),
    slot: integer("slot").notNull(),
    /** Not a foreign key: a bank unknown to the fleet can fail, too. */
    powerBankId: text("power_bank_id").notNull(),
    kind: text("kind", { enum: failureKinds }).notNull(),
    at: time("at").notNull(),
    recordedAt: time("recorded_at").notNull(),
  },
  (t) => [
    check("eject_failures_kind_check", sql`${t.kind} in ('not_out', 'unknown', 'wrong_slot')`),
    index("eject_failures_station_id_slot_at_idx").on(t.stationId, t.slot, t.at),
    index("eject_failures_power_bank_id_at_idx").on(t.powerBankId, t.at),
  ],
);

/** What a station, or its object, cried out about. Append-only. */
export const stationAlerts = pgTable(
  "station_alerts",
  {
    /** `<station>:<bootId>:<seq>#<slot>`, as for custody. */
    eventKey: text("event_key").primaryKey(),
    stationId: text("station_id")
      .notNull()
      .references(() => stations.id),
    alert: text("alert").notNull(),
    slot: integer("slot"),
    powerBankId: text("power_bank_id"),
    detail: text("detail"),
    at: time("at").notNull(),
    recordedAt: time("recorded_at").notNull(),
  },
  (t) => [index("station_alerts_station_id_at_idx").on(t.stationId, t.at)],
);

export const staffCommandKinds = ["open", "lock", "unlock", "refresh", "reboot", "screen"] as const;
export const staffCommandStates = ["requested", "sent", "done", "failed", "unknown", "refused"] as const;

/** Orders of staff to a station: the intent is here before the object hears of it. */
export const staffCommands = pgTable(
  "staff_commands",
  {
    id: text("id").primaryKey(),
    stationId: text("station_id")
      .notNull()
      .references(() => stations.id),
    kind: text("kind", { enum: staffCommandKinds }).notNull(),
    slot: integer("slot"),
    /** The bank that staff were told is in the slot when they confirmed. */
    powerBankId: text("power_bank_id"),
    isConfirmed: boolean("is_confirmed").notNull(),
    /** Of a screen: until when it does not show its own code. */
    showUntil: time("show_until"),
    reason: text("reason").notNull(),
    actor: text("actor").notNull(),
    state: text("state", { enum: staffCommandStates }).notNull(),
    result: text("result"),
    createdAt: time("created_at").notNull(),
    changedAt: time("changed_at").notNull(),
  },
  (t) => [
    check("staff_commands_kind_check", sql`${t.kind} in ('open', 'lock', 'unlock', 'refresh', 'reboot', 'screen')`),
    check("staff_commands_show_until_check", sql`(${t.kind} = 'screen') = (${t.showUntil} is not null)`),
    check(
      "staff_commands_state_check",
      sql`${t.state} in ('requested', 'sent', 'done', 'failed', 'unknown', 'refused')`,
    ),
    index("staff_commands_station_id_id_idx").on(t.stationId, t.id),
    index("staff_commands_open_idx")
      .on(t.id)
      .where(sql`state in ('requested', 'sent')`),
  ],
);

export const ticketStates = ["open", "in_progress", "done", "dropped"] as const;

/** Work to be done on metal, or a question that only people can answer. */
export const tickets = pgTable(
  "tickets",
  {
    /** `mnt_…` */
    id: text("id").primaryKey(),
    /** What it is about: `manual`, or the word of what opened it by itself. */
    kind: text("kind").notNull(),
    state: text("state", { enum: ticketStates }).notNull(),
    title: text("title").notNull(),
    detail: jsonb("detail").notNull(),
    stationId: text("station_id").references(() => stations.id),
    slot: integer("slot"),
    powerBankId: text("power_bank_id"),
    rentalId: text("rental_id"),
    assignedTo: text("assigned_to").references(() => users.id),
    openedBy: text("opened_by").notNull(),
    /** While a ticket with this key is open, the same trouble only counts there. Null for those that people open. */
    dedupeKey: text("dedupe_key"),
    occurrences: integer("occurrences").notNull().default(1),
    createdAt: time("created_at").notNull(),
    changedAt: time("changed_at").notNull(),
    closedAt: time("closed_at"),
    closedBy: text("closed_by"),
  },
  (t) => [
    check("tickets_state_check", sql`${t.state} in ('open', 'in_progress', 'done', 'dropped')`),
    check("tickets_closed_check", sql`(${t.state} in ('done', 'dropped')) = (${t.closedAt} is not null)`),
    check("tickets_title_check", sql`char_length(${t.title}) between 1 and 200`),
    uniqueIndex("tickets_dedupe_key_open_key")
      .on(t.dedupeKey)
      .where(sql`state in ('open', 'in_progress')`),
    index("tickets_open_idx")
      .on(t.id)
      .where(sql`state in ('open', 'in_progress')`),
    // Of the many that are open the minute's round wants these.
    index("tickets_station_offline_idx")
      .on(t.id)
      .where(sql`kind = 'station_offline' and state in ('open', 'in_progress')`),
    index("tickets_state_id_idx").on(t.state, t.id),
    index("tickets_kind_id_idx").on(t.kind, t.id),
    index("tickets_station_id_id_idx").on(t.stationId, t.id),
    index("tickets_power_bank_id_id_idx").on(t.powerBankId, t.id),
    index("tickets_rental_id_id_idx")
      .on(t.rentalId, t.id)
      .where(sql`rental_id is not null`),
    index("tickets_assigned_to_id_idx").on(t.assignedTo, t.id),
  ],
);

/** What was said and done about a ticket, with the parts that went into it. Append-only. */
export const ticketNotes = pgTable(
  "ticket_notes",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    ticketId: text("ticket_id")
      .notNull()
      .references(() => tickets.id),
    author: text("author").notNull(),
    body: text("body").notNull(),
    /** `[{part, quantity}]` */
    parts: jsonb("parts").notNull(),
    at: time("at").notNull(),
  },
  (t) => [
    check("ticket_notes_body_check", sql`char_length(${t.body}) between 1 and 2000`),
    index("ticket_notes_ticket_id_id_idx").on(t.ticketId, t.id),
  ],
);
