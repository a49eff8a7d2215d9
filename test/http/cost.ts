// What a piece of work costs: requests to Postgres and Redis, and rows written, exactly.
import { neon, redis } from "../support/control.ts";
import { rowsWritten } from "../support/written-rows.ts";

export interface Cost {
  toPostgres: number;
  toRedis: number;
  /** Rows inserted, updated and deleted, by table. */
  rows: Record<string, number>;
}

export const NOTHING: Cost = { toPostgres: 0, toRedis: 0, rows: {} };

export const costOf = async (work: () => Promise<unknown>): Promise<Cost> => {
  let toPostgres = -1;
  let toRedis = -1;
  const { byTable } = await rowsWritten(async () => {
    const seen = await neon.during(async () => {
      toRedis = (await redis.during(work)).requests;
    });
    toPostgres = seen.requests;
  });
  return { toPostgres, toRedis, rows: byTable };
};
