// Postgres through Neon's HTTP driver: one request, one round trip, no interactive transactions. A dropped connection
// after a write is unknown, not failed; `callFunction` repeats it with the same input, which carries its own id.
import { neon, neonConfig } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import { drizzle, type NeonHttpDatabase } from "drizzle-orm/neon-http";
import type { z } from "zod";
import { AppError } from "../errors.ts";

export type Database = NeonHttpDatabase;

export const createDatabase = (url: string, httpUrl: string | null): Database => {
  if (httpUrl) neonConfig.fetchEndpoint = httpUrl;
  return drizzle(neon(url));
};

// Serialization failure and deadlock; the server or its pooler ended the session: whether it committed, nobody says.
const RETRYABLE_CODES = new Set(["40001", "40P01", "57P01", "57P02", "57P03", "08000", "08003", "08006", "08P01"]);
const ATTEMPTS = 3;

/** True when nobody can know whether the statement took effect, or when it certainly did not and may be repeated. */
const isRepeatable = (error: unknown): boolean => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return false;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  if (RETRYABLE_CODES.has(code)) return true;
  return (
    code === "" &&
    /Error connecting to database|Network connection lost|connection closed|Server error \(HTTP status 5/.test(
      cause.message,
    )
  );
};

const RETRY_AFTER_SECONDS = 5;

/** Nobody answered. Outside it is the code `unavailable`. */
export class DatabaseUnavailable extends AppError {
  constructor(cause: unknown) {
    super("unavailable", { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
    this.name = "DatabaseUnavailable";
  }
}

/**
 * Runs one statement; again on a lost answer or a serialization failure, so it must be a read or know its own id.
 * Throws DatabaseUnavailable when nobody answered.
 */
export const runStatement = async <T>(statement: () => PromiseLike<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await statement();
    } catch (error) {
      if (!isRepeatable(error)) throw error;
      if (attempt === ATTEMPTS) throw new DatabaseUnavailable(error);
    }
  }
};

/**
 * Calls one SQL function `name(jsonb) returns jsonb` and validates its answer. Repeats as `runStatement` does, so the
 * function must look for its own id before anything else.
 */
export const callFunction = async <S extends z.ZodType>(
  db: Database,
  name: SqlFunction,
  input: Record<string, unknown>,
  answer: S,
): Promise<z.infer<S>> => {
  const result = await runStatement(() =>
    db.execute(sql`select ${sql.identifier(name)}(${JSON.stringify(input)}::jsonb) as answer`),
  );
  return answer.parse((result.rows[0] as { answer: unknown } | undefined)?.answer);
};

/** Every function of drizzle/functions that the application calls. */
export type SqlFunction =
  | "user_register"
  | "user_verify"
  | "user_vouch"
  | "user_speak"
  | "user_update"
  | "user_change"
  | "user_close"
  | "accounts_erase"
  | "caller_read"
  | "keypad_bind"
  | "session_refresh"
  | "session_revoke"
  | "rental_open"
  | "rental_activate"
  | "rental_cancel"
  | "rental_due"
  | "rental_extend"
  | "rental_lose"
  | "rental_found"
  | "rental_swap"
  | "dispute_open"
  | "dispute_keep"
  | "dispute_decide"
  | "custody_return"
  | "custody_taken"
  | "rental_settle"
  | "rental_return_report"
  | "rental_hand_in"
  | "payment_open"
  | "payment_submitted"
  | "prompt_claim"
  | "prompts_due"
  | "payment_settle"
  | "payment_expire"
  | "payments_watch"
  | "callbacks_prune"
  | "suspense_item_read"
  | "suspense_dismiss"
  | "suspense_refund"
  | "closed_wallet_move"
  | "debt_forgive"
  | "withdrawal_quote"
  | "withdrawal_open"
  | "withdrawal_claim"
  | "withdrawal_sent"
  | "withdrawal_settle"
  | "withdrawal_prove"
  | "withdrawal_decide"
  | "withdrawal_close"
  | "withdrawals_sweep"
  | "withdrawal_ask"
  | "withdrawal_asks_claim"
  | "withdrawal_ask_close"
  | "station_register"
  | "station_change"
  | "station_key_add"
  | "station_key_retire"
  | "station_retire"
  | "slot_change"
  | "staff_command_open"
  | "staff_command_result"
  | "banks_register"
  | "bank_change"
  | "bank_take"
  | "tariff_publish"
  | "ticket_open"
  | "ticket_work"
  | "eject_failed"
  | "station_alert"
  | "stations_offline"
  | "station_seen"
  | "station_confirm"
  | "receipts_number"
  | "receipts_number_fiscal"
  | "credit_note_issue"
  | "messages_claim"
  | "message_sent"
  | "message_promised"
  | "message_queue"
  | "message_report"
  | "message_resend"
  | "message_reports_prune"
  | "sweep_list"
  | "audit_chain_extend"
  | "audit_heads_store"
  | "books_close"
  | "books_checked"
  | "books_trial"
  | "books_ledger_breaks"
  | "books_payment_breaks"
  | "books_receipt_breaks"
  | "books_statement_breaks"
  | "statement_import";
