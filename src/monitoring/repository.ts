import { sql } from "drizzle-orm";
import type { Database } from "../db/client.ts";

/** One round trip that reads nothing; throws when Postgres does not answer. */
export const pingDatabase = async (db: Database): Promise<boolean> => {
  await db.execute(sql`select 1`);
  return true;
};
