// The Neon front's way to Postgres: a pool for each user and database, one request on one connection, a batch in one
// transaction.
import { DatabaseError, Pool, type PoolClient } from "pg";
import { beginStatement, type Batch, RequestError, type Statement, type Target } from "./neon-request.ts";
import { runStatement, type StatementResult } from "./neon-result.ts";

export type { StatementResult } from "./neon-result.ts";

/** Of a request and of an answer. */
export const MAX_BYTES = 10 * 1024 * 1024;
const SHUTDOWN = "57P01";
const WRONG_PASSWORD = "28P01";

export const createPool = (
  postgres: { host: string; port: number },
  target: Target,
  say: (line: string) => void,
): Pool => {
  const pool = new Pool({ ...postgres, ...target, max: 20, idleTimeoutMillis: 3_000, connectionTimeoutMillis: 10_000 });
  // An administrator's shutdown reaches idle and busy connections alike; unheard it would end this process.
  pool.on("error", (error) => {
    if (!(error instanceof DatabaseError && error.code === SHUTDOWN)) say(error.message);
  });
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
};

/** Nothing was executed. */
export class ConnectError extends Error {}
/** A batch was rolled back, a single statement took effect. */
export class ResponseTooLarge extends Error {}

/** Throws DatabaseError, RequestError for a wrong password, ConnectError, ResponseTooLarge, or what ended the connection. */
export const execute = async (pool: Pool, batch: Batch): Promise<StatementResult[]> => {
  const client = await connect(pool);
  let isUsable = false;
  try {
    const results = batch.isTransaction
      ? await executeTransaction(client, batch)
      : await executeAll(client, batch.statements);
    isUsable = !batch.statements.some(leavesSessionState);
    return results;
  } catch (error) {
    // An error the server answered leaves the connection in order; anything else does not.
    isUsable = error instanceof DatabaseError && error.severity === "ERROR";
    throw error;
  } finally {
    client.release(!isUsable);
  }
};

const connect = async (pool: Pool): Promise<PoolClient> => {
  try {
    return await pool.connect();
  } catch (cause) {
    if (cause instanceof DatabaseError && cause.code === WRONG_PASSWORD) {
      throw new RequestError(`password authentication failed for user '${pool.options.user}'`, { cause });
    }
    throw new ConnectError("could not connect to the compute node", { cause });
  }
};

const executeTransaction = async (client: PoolClient, batch: Batch): Promise<StatementResult[]> => {
  await client.query(beginStatement(batch));
  try {
    const results = await executeAll(client, batch.statements);
    await client.query("commit");
    return results;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
};

const executeAll = async (client: PoolClient, statements: Statement[]): Promise<StatementResult[]> => {
  const results: StatementResult[] = [];
  for (const statement of statements) {
    const result = await runStatement(client, statement);
    if (result.bytes > MAX_BYTES) throw new ResponseTooLarge();
    results.push(result);
  }
  return results;
};

/** A pooled connection serves strangers next; settings, locks and open transactions must not reach them, so it is closed. */
const leavesSessionState = ({ query }: Statement): boolean =>
  !/^\s*(select|with|insert|update|delete|merge|values)\b/i.test(query) ||
  /set_config|advisory|pg_temp|\btemp\b|temporary/i.test(query);
