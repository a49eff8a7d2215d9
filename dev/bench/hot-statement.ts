// What a hot statement is, and the words that most of them share.
import { drizzle } from "drizzle-orm/node-postgres";
import type { Client } from "pg";
import type { Database } from "../../src/db/client.ts";
import { STATION } from "./world.ts";

export interface HotStatement {
  name: string;
  run(client: Client): Promise<unknown>;
}

export interface Frame {
  tag: string;
  now: string;
  /** With an active rental. */
  userId: string;
  rentalId: string;
  /** With a history and no open rental. */
  newcomer: string;
  /** What the newcomer has. */
  walletTzs: number;
  suspenseId: number;
}

export const statement = (name: string, text: string, params: unknown[]): HotStatement => ({
  name,
  run: (client) => client.query(text, params),
});

export const call = (name: string, input: Record<string, unknown>, title = name): HotStatement =>
  statement(title, `select ${name}($1::jsonb)`, [JSON.stringify(input)]);

/** A query of a repository, over this client instead of Neon's. */
export const read = (name: string, query: (db: Database) => Promise<unknown>): HotStatement => ({
  name,
  run: (client) => query(drizzle({ client }) as unknown as Database),
});

export const key = (tag: string, route = "POST /bench") => ({ route, key: tag, bodyHash: "h" });
const projection = { version: Date.now(), freeBanks: 4, freeSlots: 4, isOnline: true, seenAtMs: Date.now() };
export const atStation = (tag: string, seq: number) => ({
  stationId: STATION.id,
  slot: 1,
  eventKey: `x:${tag}:${seq}`,
  bootId: "boot2",
  seq,
  evidence: "event",
  projection,
});
