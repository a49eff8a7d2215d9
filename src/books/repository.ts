import { z } from "zod";
import { callFunction, type Database } from "../db/client.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { BookBreak, type StatementLine, TrialBalance } from "./schemas.ts";

export type { Database } from "../db/client.ts";

const Closed = z.discriminatedUnion("status", [
  z.object({ status: z.literal("closed"), day: z.iso.date() }),
  z.object({ status: z.literal("current"), uncheckedDay: z.iso.date().nullable() }),
  z.object({ status: z.enum(["waiting", "busy"]) }),
]);

/** Closes one day; a day that is closed stays as it is. */
export const closeDay = (db: Database, nowMs: number): Promise<z.infer<typeof Closed>> =>
  callFunction(db, "books_close", { now: isoTime(nowMs) }, Closed);

export const noteChecked = (db: Database, day: string, count: number, nowMs: number): Promise<unknown> =>
  callFunction(db, "books_checked", { day, count, now: isoTime(nowMs) }, z.object({ status: z.literal("noted") }));

export const readTrialBalance = (db: Database, day: string | null): Promise<TrialBalance> =>
  callFunction(db, "books_trial", { day }, TrialBalance);

const Breaks = z.object({ breaks: z.array(BookBreak) });
const CHECKS = [
  "books_ledger_breaks",
  "books_payment_breaks",
  "books_receipt_breaks",
  "books_statement_breaks",
] as const;

/** Everything that is wrong, the ledger first. Each check reads whole tables; at most 1,000 of each. */
export const findBreaks = async (db: Database, nowMs: number): Promise<BookBreak[]> => {
  const found: BookBreak[] = [];
  // One after the other: they are heavy, and the money functions have the right of way.
  for (const check of CHECKS) found.push(...(await callFunction(db, check, { now: isoTime(nowMs) }, Breaks)).breaks);
  return found;
};

const Imported = z.object({
  statementId: z.string(),
  added: z.int(),
  changed: z.int(),
  known: z.int(),
  conflicting: z.int(),
});
export type Imported = z.infer<typeof Imported>;

export interface StatementPart {
  id: Id<"stm">;
  provider: string;
  fileHash: string;
  fromAtMs: number;
  toAtMs: number;
  lineCount: number;
  lines: StatementLine[];
  actor: string;
  requestId: string;
}

/** Safe to repeat; a line is known by the provider's reference and its direction. */
export const importLines = (
  db: Database,
  { fromAtMs, toAtMs, lines, ...part }: StatementPart,
  nowMs: number,
): Promise<Imported> =>
  callFunction(
    db,
    "statement_import",
    {
      ...part,
      fromAt: isoTime(fromAtMs),
      toAt: isoTime(toAtMs),
      lines: lines.map(({ occurredAtMs, ...line }) => ({ ...line, occurredAt: isoTime(occurredAtMs) })),
      now: isoTime(nowMs),
    },
    Imported,
  );
