// Everything that the database holds on one person, table by table, as it lies there. A column that is new is exported by being
// there; what stays behind is named. test/personal-data holds the tables against the database's own references.
import { and, asc, eq, getTableColumns, getTableName, gt, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import { type Database, runStatement } from "../db/client.ts";
import { auditLog, idempotencyKeys } from "../db/schema/audit.ts";
import { statementLines } from "../db/schema/books.ts";
import { disputes } from "../db/schema/disputes.ts";
import { accounts, journalEntries, postings } from "../db/schema/ledger.ts";
import { ticketNotes, tickets } from "../db/schema/maintenance.ts";
import { messageReports, messages } from "../db/schema/messages.ts";
import { paymentCallbacks, payments, suspenseItems } from "../db/schema/payments.ts";
import { creditNotes, fiscalReceipts, receipts } from "../db/schema/receipts.ts";
import { custody, rentals } from "../db/schema/rentals.ts";
import { sessions, users } from "../db/schema/users.ts";
import { withdrawalCallbacks, withdrawalRequests, withdrawals, withdrawalVotes } from "../db/schema/withdrawals.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";

export type Row = Record<string, unknown>;
/** Of the last row of a page: its key, column by column. */
export type Cursor = (string | number)[];

interface Section {
  /** Of the database; the feed of an entry has two. */
  table: string;
  page(db: Database, userId: Id<"usr">, after: Cursor | null, limit: number): Promise<{ row: Row; cursor: Cursor }[]>;
}

/** As an array: its ids are looked up in the index, where a join of two tables may read both from end to end. */
const mineBy = (column: PgColumn, owned: PgTable, ownedId: PgColumn, owner: PgColumn) => (userId: Id<"usr">) =>
  sql`${column} = any(array(select ${ownedId} from ${owned} where ${owner} = ${userId}))`;
const ofRentals = (column: PgColumn) => mineBy(column, rentals, rentals.id, rentals.userId);
const ofPayments = (column: PgColumn) => mineBy(column, payments, payments.id, payments.userId);
const ofWithdrawals = (column: PgColumn) => mineBy(column, withdrawals, withdrawals.id, withdrawals.userId);
const ofReceipts = (column: PgColumn) => mineBy(column, receipts, receipts.id, receipts.userId);
const own = (column: PgColumn) => (userId: Id<"usr">) => eq(column, userId);

/** Times in one form, whatever the column's. */
const readable = (value: unknown, column: PgColumn): unknown => {
  if (value instanceof Date) return isoTime(value.getTime());
  return typeof value === "string" && column.columnType.startsWith("PgTimestamp") ? isoTime(Date.parse(value)) : value;
};

/** Rows of `table` by keyset over `keys`, which are unique together. `hidden` columns are ours and say nothing of the person. */
const section = (
  table: PgTable,
  keys: PgColumn[],
  mine: (userId: Id<"usr">) => SQL,
  hidden: readonly string[] = [],
): Section => {
  const names = keys.map((_, i) => `key${i}`);
  const list = (parts: (PgColumn | SQL)[]) => sql.join(parts, sql`, `);
  const later = (after: Cursor) => sql`(${list(keys)}) > (${list(after.map((value) => sql`${value}`))})`;
  const columns = Object.fromEntries(
    Object.entries(getTableColumns(table)).filter(([name]) => !hidden.includes(name)),
  ) as Record<string, PgColumn>;
  return {
    table: getTableName(table),
    page: async (db, userId, after, limit) => {
      const rows = await runStatement(() =>
        db
          .select({ ...columns, ...Object.fromEntries(names.map((name, i) => [name, keys[i]!])) })
          .from(table)
          .where(and(mine(userId), after === null ? undefined : later(after)))
          .orderBy(...keys.map((column) => asc(column)))
          .limit(limit),
      );
      return rows.map((row) => ({
        row: Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, readable(row[name], column)])),
        cursor: names.map((name) => row[name]) as Cursor,
      }));
    },
  };
};

/** The person's accounts of the ledger: wallet, debt, and a hold for each rental. */
const myAccounts = (userId: Id<"usr">): SQL =>
  sql`${accounts.code} = any(array[${`user_wallet:${userId}`}, ${`user_debt:${userId}`}]::text[]
    || array(select 'user_hold:' || ${rentals.id} from ${rentals} where ${rentals.userId} = ${userId}))`;

/** What moved on them. The cursor is the entry; one entry moves at most three of them, and they come together. */
const entries: Section = {
  table: getTableName(postings),
  page: async (db, userId, after, limit) => {
    const moved = sql<
      Row[]
    >`jsonb_agg(jsonb_build_object('account', ${accounts.code}, 'amountTzs', ${postings.amountTzs})
      order by ${accounts.code})`;
    const rows = await runStatement(() =>
      db
        .select({
          id: journalEntries.id,
          kind: journalEntries.kind,
          reference: journalEntries.reference,
          occurredAt: journalEntries.occurredAt,
          recordedAt: journalEntries.recordedAt,
          postings: moved,
        })
        .from(accounts)
        .innerJoin(postings, eq(postings.accountId, accounts.id))
        .innerJoin(journalEntries, eq(journalEntries.id, postings.entryId))
        .where(and(myAccounts(userId), after === null ? undefined : gt(postings.entryId, Number(after[0]))))
        .groupBy(journalEntries.id)
        .orderBy(asc(journalEntries.id))
        .limit(limit),
    );
    return rows.map(({ occurredAt, recordedAt, ...row }) => ({
      row: { ...row, occurredAt: isoTime(Date.parse(occurredAt)), recordedAt: isoTime(Date.parse(recordedAt)) },
      cursor: [row.id],
    }));
  },
};

const ticketsOf = (userId: Id<"usr">): SQL =>
  sql`select t.id from ${tickets} t where t.rental_id = any(array(select r.id from ${rentals} r where r.user_id = ${userId}))`;

/** What was written about the person, about what is his, and of what he did to a power bank that he had. */
const mySubjects = (userId: Id<"usr">): SQL =>
  sql`(${auditLog.subject} = any(array[${userId}::text]
    || array(select ${rentals.id} from ${rentals} where ${rentals.userId} = ${userId})
    || array(select ${payments.id} from ${payments} where ${payments.userId} = ${userId})
    || array(select ${withdrawals.id} from ${withdrawals} where ${withdrawals.userId} = ${userId})
    || array(select ${receipts.id} from ${receipts} where ${receipts.userId} = ${userId})
    || array(select ${creditNotes.id} from ${creditNotes} where ${creditNotes.userId} = ${userId})
    || array(select ${messages.id} from ${messages} where ${messages.userId} = ${userId} and ${messages.resentAs} is not null)
    || array(${ticketsOf(userId)}))
    or ${auditLog.subject} = any(array(select ${rentals.powerBankId} from ${rentals} where ${rentals.userId} = ${userId}))
      and ${auditLog.actor} = ${`user:${userId}`})`;

/** The provider's own words about the person's money carry the name that we gave it. */
const myTransactions = (userId: Id<"usr">): SQL =>
  sql`${statementLines.ourReference} = any(
    array(select ${payments.externalId} from ${payments} where ${payments.userId} = ${userId})
    || array(select ${withdrawals.externalId} from ${withdrawals} where ${withdrawals.userId} = ${userId}))`;

const callbackSecrets = ["bodyHash", "bodySealed", "signature", "lastError"];

/** By the name under which each is exported, in that order. Sealed columns are opened by the verb. */
export const sections = {
  account: section(users, [users.id], own(users.id), ["phoneHash", "closedPhoneHash"]),
  sessions: section(sessions, [sessions.id], own(sessions.userId), ["generation"]),
  rentals: section(rentals, [rentals.id], own(rentals.userId)),
  movements: section(custody, [custody.id], ofRentals(custody.rentalId)),
  balances: section(accounts, [accounts.id], myAccounts),
  entries,
  payments: section(payments, [payments.id], own(payments.userId), ["externalId", "promptToken"]),
  paymentCallbacks: section(
    paymentCallbacks,
    [paymentCallbacks.id],
    ofPayments(paymentCallbacks.paymentId),
    callbackSecrets,
  ),
  suspense: section(suspenseItems, [suspenseItems.id], ofPayments(suspenseItems.paymentId), [
    "resolvedBy",
    "dismissalAskedBy",
  ]),
  withdrawals: section(withdrawals, [withdrawals.id], own(withdrawals.userId), [
    "externalId",
    "sendToken",
    "approvedBy",
  ]),
  withdrawalRequests: section(withdrawalRequests, [withdrawalRequests.id], own(withdrawalRequests.userId)),
  withdrawalCallbacks: section(
    withdrawalCallbacks,
    [withdrawalCallbacks.id],
    ofWithdrawals(withdrawalCallbacks.withdrawalId),
    callbackSecrets,
  ),
  withdrawalVotes: section(withdrawalVotes, [withdrawalVotes.id], ofWithdrawals(withdrawalVotes.withdrawalId), [
    "staffId",
  ]),
  receipts: section(receipts, [receipts.id], own(receipts.userId)),
  fiscalReceipts: section(fiscalReceipts, [fiscalReceipts.receiptId], ofReceipts(fiscalReceipts.receiptId)),
  creditNotes: section(creditNotes, [creditNotes.id], own(creditNotes.userId), ["issuedBy"]),
  messages: section(messages, [messages.id], own(messages.userId)),
  messageReports: section(
    messageReports,
    [messageReports.id],
    mineBy(messageReports.messageId, messages, messages.id, messages.userId),
  ),
  tickets: section(tickets, [tickets.id], ofRentals(tickets.rentalId), ["assignedTo", "openedBy", "closedBy"]),
  ticketNotes: section(
    ticketNotes,
    [ticketNotes.id],
    (userId) => sql`${ticketNotes.ticketId} = any(array(${ticketsOf(userId)}))`,
    ["author"],
  ),
  disputes: section(disputes, [disputes.id], own(disputes.userId), ["note", "decidedBy"]),
  statementLines: section(
    statementLines,
    [statementLines.provider, statementLines.providerReference, statementLines.direction],
    myTransactions,
    ["ourReference"],
  ),
  requests: section(
    idempotencyKeys,
    [idempotencyKeys.route, idempotencyKeys.key],
    (userId) => eq(idempotencyKeys.actor, `user:${userId}`),
    ["bodyHash"],
  ),
  audit: section(auditLog, [auditLog.id], mySubjects),
} satisfies Record<string, Section>;
export type SectionName = keyof typeof sections;
export const sectionNames = Object.keys(sections) as SectionName[];

export const readSection = (
  db: Database,
  name: SectionName,
  userId: Id<"usr">,
  after: Cursor | null,
  limit: number,
): Promise<{ row: Row; cursor: Cursor }[]> => sections[name].page(db, userId, after, limit);
