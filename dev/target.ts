// Which database a command of the books looks at: the one that DATABASE_URL names, else that of the local stack, whose
// settings lie where `bun run up` wrote them.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Client } from "pg";
import type { Database } from "../src/db/client.ts";
import { withClient } from "./postgres.ts";
import { StackError } from "./process.ts";
import { ROOT } from "./tool.ts";

export interface Target {
  url: string;
  /** Host and name, without a password. */
  label: string;
  /** AUDIT_KEYS, or null when nobody gave any. */
  auditKeys: string | null;
}

/** Throws StackError `database_unreachable` when there is nothing to look at. */
export const readTarget = async (
  env: Record<string, string | undefined>,
  folder = join(ROOT, ".local"),
): Promise<Target> => {
  const named = env["DATABASE_URL"];
  const local = named ? new Map<string, string>() : await localSettings(folder);
  const url = named ?? local.get("DATABASE_URL");
  if (!url || !URL.canParse(url)) {
    throw new StackError(
      "database_unreachable",
      `${url ? "DATABASE_URL is not a connection string" : "there is no local stack"}: set DATABASE_URL, or start one with bun run up.`,
    );
  }
  const { host, pathname } = new URL(url);
  return { url, label: `${host}${pathname}`, auditKeys: env["AUDIT_KEYS"] ?? local.get("AUDIT_KEYS") ?? null };
};

const localSettings = async (folder: string): Promise<Map<string, string>> => {
  const text = await readFile(join(folder, "worker.env"), "utf8").catch(() => "");
  return new Map([...text.matchAll(/^(\w+)='(.*)'$/gm)].map(([, name, value]) => [name!, value!]));
};

/** Opens one connection on which the product's own repositories work as they do over Neon's driver. */
export const withDatabase = <T>(url: string, work: (db: Database, client: Client) => Promise<T>): Promise<T> =>
  // Both drivers answer `execute` and `select` alike; only their types differ.
  withClient(url, (client) => work(drizzle(client) as unknown as Database, client));
