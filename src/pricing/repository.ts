// The SQL of tariffs: immutable versions.
import { desc, eq, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { callFunction, type Database, runStatement } from "../db/client.ts";
import { tariffs } from "../db/schema/stations.ts";
import { isoTime } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { TariffRecord } from "./record.ts";
import type { TariffTerms } from "./tariff.ts";

const Published = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["published", "replayed"]), tariff: TariffRecord }),
  z.object({ status: z.enum(["idempotency_mismatch", "forbidden"]) }),
]);

export interface PublishInput {
  tariffId: Id<"trf">;
  name: string;
  terms: TariffTerms;
  reason: string;
  staffId: Id<"usr">;
  use: { route: string; key: string; bodyHash: string };
  nowMs: number;
  requestId: string;
}

export const publishStoredTariff = (
  db: Database,
  { nowMs, ...input }: PublishInput,
): Promise<z.infer<typeof Published>> =>
  callFunction(db, "tariff_publish", { ...input, now: isoTime(nowMs) }, Published);

const tariff = sql`tariff_json(${tariffs})`.mapWith((value: unknown) => TariffRecord.parse(value));

/** Newest first, below `beforeId`. */
export const listTariffRecords = async (
  db: Database,
  beforeId: string | null,
  limit: number,
): Promise<TariffRecord[]> => {
  const rows = await runStatement(() =>
    db
      .select({ tariff })
      .from(tariffs)
      .where(beforeId === null ? undefined : lt(tariffs.id, beforeId))
      .orderBy(desc(tariffs.id))
      .limit(limit),
  );
  return rows.map((row) => row.tariff);
};

/** The newest version of the tariff of this name. */
export const findNewestTariff = async (db: Database, name: string): Promise<TariffRecord | undefined> => {
  const rows = await runStatement(() =>
    db.select({ tariff }).from(tariffs).where(eq(tariffs.name, name)).orderBy(desc(tariffs.version)).limit(1),
  );
  return rows[0]?.tariff;
};
