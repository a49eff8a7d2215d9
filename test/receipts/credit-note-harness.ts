// Finished rentals with their receipts, staff, and the door through which staff takes receipts back.
import { env } from "cloudflare:workers";
import { createTokens } from "../../src/auth/tokens.ts";
import { Config } from "../../src/config.ts";
import { HOUR_MS, systemClock } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import { callWith, workerFetch } from "../support/city.ts";
import { neon, sql } from "../support/control.ts";
import { createBank, createStation, createUser, ids } from "../support/factories.ts";
import { bankIn, bankOut, type Bench, start } from "../support/verbs.ts";

interface Receipt {
  id: Id<"rcp">;
  token: string;
  rentalId: string;
  userId: Id<"usr">;
}

/** A finished rental of so many hours, its receipt numbered. 6 hours: 1,000 and twice 500. */
export const receiptOf = async (
  bench: Bench,
  hours = 6,
  options: { walletTzs?: number; isNumbered?: boolean } = {},
): Promise<Receipt> => {
  const userId = await createUser({ walletTzs: options.walletTzs ?? 50_000 });
  const station = await createStation();
  const powerBankId = await createBank();
  const { rental } = await start(bench, userId, station);
  await bankOut(bench, station.id, { rentalId: rental.id, powerBankId, seq: 1 });
  bench.clock.advance(hours * HOUR_MS);
  if (options.isNumbered === false) await neon.arm({ refuse: { match: "receipts_number" } });
  await bankIn(bench, station.id, { powerBankId, seq: 2 });
  await Promise.allSettled(bench.deferred);
  await neon.clear();
  const [row] = await sql<{ id: Id<"rcp">; token: string }>("select id, token from receipts where rental_id = $1", [
    rental.id,
  ]);
  return { ...row!, rentalId: rental.id, userId };
};

export const staff = async (role: "finance" | "support" | "admin" | "agent", tokenRole = role) => {
  const userId = await createUser();
  await sql("update users set role = $2 where id = $1", [userId, role]);
  const token = await createTokens(Config.parse(env), systemClock).sign({
    userId,
    sessionId: ids.next("ses"),
    role: tokenRole,
  });
  return { userId, call: callWith(token) };
};

export type Staff = Awaited<ReturnType<typeof staff>>;
export interface Note {
  id: string;
  number: string | null;
  totalTzs: number;
  vatTzs: number;
  netTzs: number;
  vatPercent: number;
  lines: { line: number; kind: string; grossTzs: number; netTzs: number; vatTzs: number }[];
  receiptNumber: string;
  code?: string;
}

export const credit = async (
  finance: Staff,
  receiptId: string,
  lines?: { line: number; grossTzs: number }[],
  key = ids.secret(12),
  note = "bank was dead",
) => {
  const response = await finance.call(
    "POST",
    `/admin/receipts/${receiptId}/credit-notes`,
    { reason: "dispute", note, ...(lines ? { lines } : {}) },
    { "Idempotency-Key": key },
  );
  return {
    status: response.status,
    headers: response.headers,
    body: await response.json<Note & { remainingTzs?: number; line?: number }>(),
  };
};

export const numbered = async (token: string) =>
  workerFetch(new Request(`http://chajipoa.test/r/${token}`, { headers: { "accept-language": "en" } }));

/** What vat_output holds: the VAT of all receipts less that of all credit notes. */
export const vatOfOpenReceipts = async (): Promise<number> => {
  const [row] = await sql<{ vat: number }>(
    "select ((select coalesce(sum(vat_tzs), 0) from receipts) + (select coalesce(sum(vat_tzs), 0) from credit_notes))::int as vat",
  );
  return row!.vat;
};
