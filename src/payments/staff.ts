import type { Dependencies } from "../deps.ts";
import type { PaymentRecord } from "./record.ts";
import { listPayments } from "./repository.ts";

/** Payments as staff look them up, newest first: what was asked for, what was proven, and why not. */
export const listPaymentsForStaff = async (
  deps: Dependencies,
  { userId, cursor, limit }: { userId: string | null; cursor: string | null; limit: number },
): Promise<{ items: PaymentRecord[]; nextCursor: string | null }> => {
  const rows = await listPayments(deps.db, userId, cursor, limit + 1);
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
};
