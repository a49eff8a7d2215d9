// People and their sessions. What never lies here in the clear: a phone number, a code, a token. A session holds the
// number of its current refresh token, not the token: that is derived from the number under a key of the Worker.
import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, pgTable, smallint, text, timestamp, unique } from "drizzle-orm/pg-core";

const at = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: "date" });

export const users = pgTable(
  "users",
  {
    /** `usr_…` */
    id: text("id").primaryKey(),
    /** Keyed hash of the number, 64 hex characters; null once the account is closed and its number is free again. */
    phoneHash: text("phone_hash"),
    /** The number under AES-256-GCM, bound to the user's id. */
    phoneSealed: text("phone_sealed"),
    /** Bound to the user's id like the number; null where none was given. */
    emailSealed: text("email_sealed"),
    name: text("name").notNull(),
    locale: text("locale", { enum: ["sw", "en"] }).notNull(),
    state: text("state", { enum: ["pending", "active", "suspended", "closed"] }).notNull(),
    role: text("role", { enum: ["renter", "agent", "support", "finance", "admin"] })
      .notNull()
      .default("renter"),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull(),
    /** First proof that the number is the user's own. */
    activatedAt: at("activated_at"),
    /** Which text of the terms the person agreed to, when and through which door. */
    termsVersion: text("terms_version"),
    termsAcceptedAt: at("terms_accepted_at"),
    termsChannel: text("terms_channel", { enum: ["web", "ussd", "sms"] }),
    /** Since when the person wants to hear of offers; null: not. Asked apart from the terms. */
    offersAcceptedAt: at("offers_accepted_at"),
    closedAt: at("closed_at"),
    /** The keyed hash that `phone_hash` was: the books of a closed account are found by it, the number by nobody. */
    closedPhoneHash: text("closed_phone_hash"),
    /** When the numbers in the account's payments and withdrawals were erased too: they outlive it while money may still come back. */
    erasedAt: at("erased_at"),
    /** Quiet hours, in minutes of the day in Dar es Salaam; both null: none are wished. Notices wait, money does not. */
    quietFromMinute: smallint("quiet_from_minute").default(1320),
    quietToMinute: smallint("quiet_to_minute").default(360),
  },
  (table) => [
    unique("users_phone_hash_key").on(table.phoneHash),
    index("users_closed_phone_hash_idx")
      .on(table.closedPhoneHash)
      .where(sql`${table.closedPhoneHash} is not null`),
    check("users_state_check", sql`${table.state} in ('pending', 'active', 'suspended', 'closed')`),
    check("users_role_check", sql`${table.role} in ('renter', 'agent', 'support', 'finance', 'admin')`),
    check("users_locale_check", sql`${table.locale} in ('sw', 'en')`),
    check("users_name_check", sql`char_length(${table.name}) between 1 and 80`),
    check(
      "users_phone_check",
      sql`${table.state} = 'closed' or (${table.phoneHash} is not null and ${table.phoneSealed} is not null)`,
    ),
    check("users_closed_at_check", sql`(${table.state} = 'closed') = (${table.closedAt} is not null)`),
    check(
      "users_erased_check",
      sql`${table.state} <> 'closed' or (${table.phoneHash} is null and ${table.phoneSealed} is null and ${table.emailSealed} is null)`,
    ),
    check(
      "users_terms_check",
      sql`(${table.termsVersion} is null) = (${table.termsAcceptedAt} is null) and (${table.termsVersion} is null) = (${table.termsChannel} is null) and ${table.termsChannel} in ('web', 'ussd', 'sms')`,
    ),
    index("users_staff_idx")
      .on(table.id)
      .where(sql`role <> 'renter'`),
    index("users_erasable_idx")
      .on(table.closedAt)
      .where(sql`${table.closedAt} is not null and ${table.erasedAt} is null`),
    check(
      "users_quiet_check",
      sql`(${table.quietFromMinute} is null) = (${table.quietToMinute} is null) and ${table.quietFromMinute} between 0 and 1439
        and ${table.quietToMinute} between 0 and 1439 and ${table.quietFromMinute} <> ${table.quietToMinute}`,
    ),
    check("users_activated_at_check", sql`${table.state} in ('pending', 'closed') or ${table.activatedAt} is not null`),
  ],
);

export const sessions = pgTable(
  "sessions",
  {
    /** `ses_…`; also names the family of refresh tokens. */
    id: text("id").primaryKey(),
    userId: text("user_id").notNull(),
    /** What the handset calls itself, in two words: `Chrome · Android`. */
    device: text("device"),
    /** Number of the refresh token that is valid now; each use adds one. */
    generation: integer("generation").notNull(),
    /** When the current generation was made; its predecessor is forgiven for 60 s from here. */
    rotatedAt: at("rotated_at").notNull(),
    expiresAt: at("expires_at").notNull(),
    createdAt: at("created_at").notNull(),
    revokedAt: at("revoked_at"),
    revokedReason: text("revoked_reason", { enum: ["logout", "logout_all", "reuse", "closed"] }),
  },
  (table) => [
    foreignKey({
      name: "sessions_user_id_fkey",
      columns: [table.userId],
      foreignColumns: [users.id],
    }),
    index("sessions_user_id_id_idx").on(table.userId, table.id),
    check("sessions_device_check", sql`char_length(${table.device}) between 1 and 40`),
    check("sessions_generation_check", sql`${table.generation} >= 1`),
    check("sessions_revoked_check", sql`(${table.revokedAt} is null) = (${table.revokedReason} is null)`),
    check("sessions_revoked_reason_check", sql`${table.revokedReason} in ('logout', 'logout_all', 'reuse', 'closed')`),
  ],
);
