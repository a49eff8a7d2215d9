// What the Upstash front and the Redis behind it, real or embedded, have in common.

export type Reply = { result: unknown } | { error: string };

export interface RedisDatabase {
  /** Never throws for what Redis itself refuses: that is a Reply with `error`. */
  run(name: string, args: readonly string[]): Promise<Reply>;
  /** MULTI/EXEC. Answers one Reply for each command, or a single error when Redis discarded all of them. */
  transaction(commands: readonly (readonly string[])[]): Promise<Reply[] | { error: string }>;
}

export interface RedisBackend {
  readonly kind: "external" | "server" | "embedded";
  /** A logical database; an external server has only the one of its URL. */
  database(index: number): RedisDatabase;
  stop(): Promise<void>;
}

/** ioredis turns HGETALL into an object; the wire has a flat array. */
export const flatten = (result: unknown): unknown => {
  if (result === undefined) return null;
  if (Array.isArray(result)) return result.map(flatten);
  if (Buffer.isBuffer(result)) return result.toString("utf8");
  if (typeof result === "object" && result !== null) return Object.entries(result).flat();
  return result;
};
