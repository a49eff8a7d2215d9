import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { stations, tariffs } from "./stations.ts";
import { users } from "./users.ts";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });
const tzs = (name: string) => bigint(name, { mode: "number" });

export const rentalStatuses = [
  "awaiting_payment",
  "dispensing",
  "active",
  "completed",
  "cancelled",
  "lost",
  "swapped",
] as const;

export const rentals = pgTable(
  "rentals",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    stationId: text("station_id")
      .notNull()
      .references(() => stations.id),
    status: text("status", { enum: rentalStatuses }).notNull(),
    /** Why it is in this status: a code of the timeline. */
    reason: text("reason").notNull(),
    /** Grows with each change that a price depends on; a settlement names the one it priced. */
    version: integer("version").notNull().default(1),
    tariffId: text("tariff_id")
      .notNull()
      .references(() => tariffs.id),
    /** The terms it began with. */
    tariff: jsonb("tariff").notNull(),
    currency: text("currency").notNull().default("TZS"),
    depositTzs: tzs("deposit_tzs").notNull(),
    /** False for one that re-opened after `eject_unknown`: the renter may have rented elsewhere meanwhile. */
    countsTowardLimit: boolean("counts_toward_limit").notNull().default(true),
    openedAt: time("opened_at").notNull(),
    /** The renter's own last action; no bank leaves later than 3 minutes after it. */
    lastActionAt: time("last_action_at").notNull(),
    leaseExpiresAt: time("lease_expires_at"),
    powerBankId: text("power_bank_id"),
    slot: integer("slot"),
    commandId: text("command_id"),
    /** Six digits that the renter is told when the bank is out: with them its state can be read from any phone. */
    returnCode: text("return_code"),
    startedAt: time("started_at"),
    dueAt: time("due_at"),
    isOverdue: boolean("is_overdue").notNull().default(false),
    isDisputed: boolean("is_disputed").notNull().default(false),
    /** When the last notice that was queued was due; notices up to here are not told again. */
    noticedAt: time("noticed_at"),
    /** When the timer asks next; cron is its second way. */
    nextNoticeAt: time("next_notice_at"),
    extensions: jsonb("extensions")
      .notNull()
      .default(sql`'[]'`),
    pauses: jsonb("pauses")
      .notNull()
      .default(sql`'[]'`),
    endedAt: time("ended_at"),
    returnStationId: text("return_station_id").references(() => stations.id),
    returnSlot: integer("return_slot"),
    /** The custody event that ended it. */
    returnEventKey: text("return_event_key"),
    isFreeReturn: boolean("is_free_return").notNull().default(false),
    /** From when the bank counts as lost: the report, or the last hour of the tariff's patience. */
    lostAt: time("lost_at"),
    isLostReported: boolean("is_lost_reported").notNull().default(false),
    /** The rental of the better bank: this one's bank goes back for nothing, and its hold went there. */
    swappedToId: text("swapped_to_id").references((): AnyPgColumn => rentals.id),
    swappedAt: time("swapped_at"),
    /** The rental of the bad bank that this one replaces. */
    swapOfId: text("swap_of_id").references((): AnyPgColumn => rentals.id),
    lines: jsonb("lines"),
    totalTzs: tzs("total_tzs"),
    vatTzs: tzs("vat_tzs"),
    netTzs: tzs("net_tzs"),
    closedAt: time("closed_at"),
    changedAt: time("changed_at").notNull(),
  },
  (t) => [
    check(
      "rentals_status_check",
      sql`${t.status} in ('awaiting_payment', 'dispensing', 'active', 'completed', 'cancelled', 'lost', 'swapped')`,
    ),
    check("rentals_currency_check", sql`${t.currency} = 'TZS'`),
    check("rentals_deposit_tzs_check", sql`${t.depositTzs} >= 0`),
    check(
      "rentals_active_check",
      sql`${t.status} not in ('active', 'completed', 'lost') or (${t.powerBankId} is not null and ${t.startedAt} is not null and ${t.dueAt} is not null)`,
    ),
    check(
      "rentals_completed_check",
      sql`${t.status} <> 'completed' or (${t.endedAt} is not null and ${t.totalTzs} = ${t.vatTzs} + ${t.netTzs} and ${t.lines} is not null)`,
    ),
    check(
      "rentals_lost_check",
      sql`${t.status} <> 'lost' or (${t.lostAt} is not null and ${t.totalTzs} = ${t.vatTzs} + ${t.netTzs} and ${t.lines} is not null)`,
    ),
    uniqueIndex("rentals_user_id_open_key")
      .on(t.userId)
      .where(sql`status in ('awaiting_payment', 'dispensing', 'active') and counts_toward_limit`),
    // Those beside the limit too: the wallet asks for what is on hold, however many rentals somebody has behind him.
    index("rentals_user_id_open_idx")
      .on(t.userId)
      .where(sql`status in ('awaiting_payment', 'dispensing', 'active')`),
    uniqueIndex("rentals_power_bank_id_open_key")
      .on(t.powerBankId)
      .where(sql`status = 'active'`),
    check("rentals_return_code_check", sql`${t.returnCode} ~ '^[0-9]{6}$'`),
    uniqueIndex("rentals_return_code_active_key")
      .on(t.returnCode)
      .where(sql`status = 'active'`),
    index("rentals_return_code_id_idx")
      .on(t.returnCode, t.id)
      .where(sql`return_code is not null`),
    uniqueIndex("rentals_return_event_key_key")
      .on(t.returnEventKey)
      .where(sql`return_event_key is not null`),
    index("rentals_user_id_id_idx").on(t.userId, t.id),
    index("rentals_user_id_free_returns_idx")
      .on(t.userId, t.endedAt)
      .where(sql`is_free_return`),
    index("rentals_pending_idx")
      .on(t.changedAt)
      .where(sql`status in ('awaiting_payment', 'dispensing')`),
    index("rentals_next_notice_at_idx")
      .on(t.nextNoticeAt)
      .where(sql`status = 'active'`),
    index("rentals_power_bank_id_lost_idx")
      .on(t.powerBankId)
      .where(sql`status = 'lost'`),
    index("rentals_station_id_open_idx")
      .on(t.stationId)
      .where(sql`status in ('awaiting_payment', 'dispensing', 'active')`),
  ],
);

/** One row per movement of a bank, for ever. */
export const custody = pgTable(
  "custody",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    /** `<station>:<bootId>:<seq>#<slot>`: one event names it for ever, also when replayed. */
    eventKey: text("event_key").notNull(),
    /** Not a foreign key: a bank unknown to the fleet is a fact too. */
    powerBankId: text("power_bank_id").notNull(),
    stationId: text("station_id")
      .notNull()
      .references(() => stations.id),
    slot: integer("slot").notNull(),
    direction: text("direction", { enum: ["in", "out"] }).notNull(),
    bootId: text("boot_id").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    evidence: text("evidence").notNull(),
    at: time("at").notNull(),
    outcome: text("outcome").notNull(),
    /** The rental that an `out` opened or an `in` closes. A movement by staff has none: `moved` out, `placed` in. */
    rentalId: text("rental_id").references(() => rentals.id),
    recordedAt: time("recorded_at").notNull(),
  },
  (t) => [
    unique("custody_event_key_key").on(t.eventKey),
    check("custody_direction_check", sql`${t.direction} in ('in', 'out')`),
    check(
      "custody_outcome_check",
      sql`${t.outcome} in ('opened', 'left_late', 'taken', 'closes', 'stale', 'unmatched', 'unknown_bank', 'retired_bank', 'moved', 'placed')`,
    ),
    index("custody_power_bank_id_at_idx").on(t.powerBankId, t.at, t.id),
    index("custody_power_bank_id_boot_id_idx").on(t.powerBankId, t.bootId),
    index("custody_rental_id_idx").on(t.rentalId),
    index("custody_station_id_at_idx").on(t.stationId, t.at),
    index("custody_unknown_idx")
      .on(t.stationId, t.powerBankId)
      .where(sql`outcome = 'unknown_bank'`),
  ],
);
