// The stack's control server as tests in workerd use it: look past the application, break the fronts, count round trips.
// Everything is about this test file's own database and Redis namespace.
import { inject } from "vitest";
import "./provided.ts";

export interface Fault {
  /** Requests it applies to; for ever when missing. */
  count?: number;
  /** A part of the statement's text. */
  match?: string;
}

export interface Faults {
  latencyMs?: number;
  refuse?: Fault & { mode?: "error" | "close" };
  dropAfterCommit?: Fault;
  serializationFailure?: Fault;
}

export interface HeldRequest {
  id: number;
  phase: "before" | "after";
  text: string;
}

export interface Seen {
  requests: number;
  texts: string[];
}

/** What Postgres said to a statement of `sql`. */
export class SqlError extends Error {
  readonly code: string;
  readonly constraint: string | undefined;

  constructor(body: { message: string; code: string; constraint?: string }) {
    super(body.message);
    this.code = body.code;
    this.constraint = body.constraint;
  }
}

let scope: { database: string; redisToken: string } | undefined;

/** Called once for each test file, by setup.ts. */
export const createFileScope = async (): Promise<{ database: string; redisToken: string }> => {
  const { name, redisToken } = await call<{ name: string; redisToken: string }>("POST", "/databases");
  return (scope = { database: name, redisToken });
};

const current = (): { database: string; redisToken: string } => {
  if (!scope) throw new Error("the stack's control is for tests and beforeAll, not for the top of a file");
  return scope;
};

/** The name of this file's database. */
export const database = (): string => current().database;

/** Runs SQL as the owner of the tables, or as the application's restricted role. Throws SqlError. */
export const sql = async <Row = Record<string, unknown>>(
  query: string,
  params: unknown[] = [],
  role: "owner" | "app" | "superuser" = "owner",
): Promise<Row[]> =>
  (await call<{ rows: Row[] }>("POST", "/sql", { database: current().database, query, params, role })).rows;

/** Starts dev/simulators/<name>.ts with these options; it ends with the stack. */
export const startSimulator = (
  name: "africastalking" | "azampay" | "beem" | "tra",
  options: Record<string, unknown> = {},
): Promise<{ url: string }> => call("POST", `/simulators/${name}`, options);

export interface Front {
  /** Replaces the named faults and leaves the others. */
  arm(faults: Faults): Promise<void>;
  /** Ends all faults and holds; held requests go on. */
  clear(): Promise<void>;
  /** The next request (or `count`) that matches waits before it executes, or after it is committed. */
  hold(hold: Fault & { phase: "before" | "after" }): Promise<void>;
  /** What is held; waits up to `waitMs` for the first. */
  held(waitMs?: number): Promise<HeldRequest[]>;
  release(action?: "continue" | "abandon", id?: number): Promise<number>;
  seen(): Promise<Seen>;
  /** Requests that `work` made, exactly. */
  during(work: () => Promise<unknown>): Promise<Seen>;
}

const front = (name: string, scopeOf: () => string): Front => {
  const path = (what: string): string => `/fronts/${name}/${encodeURIComponent(scopeOf())}/${what}`;
  return {
    arm: (faults) => call("POST", path("faults"), faults),
    clear: () => call("DELETE", path("faults")),
    hold: (hold) => call("POST", path("holds"), hold),
    held: (waitMs = 5_000) => call("GET", path(`holds?waitMs=${waitMs}`)),
    release: async (action = "continue", id) =>
      (await call<{ released: number }>("DELETE", path("holds"), { action, ...(id === undefined ? {} : { id }) }))
        .released,
    seen: () => call("GET", path("requests")),
    async during(work) {
      await call("DELETE", path("requests"));
      await work();
      return call("GET", path("requests"));
    },
  };
};

/** The Neon front, for this file's database. */
export const neon = front("neon", () => current().database);
/** The Upstash front, for this file's token. */
export const redis = front("redis", () => current().redisToken);
/** The second Upstash front, over the embedded Redis. */
export const embeddedRedis = front("redis-embedded", () => current().redisToken);

const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const response = await fetch(`http://127.0.0.1:${inject("controlPort")}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer as T;
  if (response.status === 422) throw new SqlError(answer as { message: string; code: string });
  throw new Error(`${method} ${path}: ${(answer as { message: string }).message}`);
};
