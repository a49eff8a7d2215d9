// ioredis-mock as the Redis of a machine that has none. It is made for unit tests of Node programs; what a Redis says to a
// wrong name, a wrong number of words, a wrong type or a wrong number is added here, and scripts answer in Redis's types.
import commandTable from "@ioredis/commands/built/commands.json";
import type { Redis } from "ioredis";
import RedisMock from "ioredis-mock";
import { flatten, type RedisBackend, type RedisDatabase, type Reply } from "./redis-replies.ts";

let instances = 0;

export const startEmbeddedRedis = (): RedisBackend => {
  // ioredis-mock keeps one store for each host and port in the process.
  const port = ++instances;
  const databases = new Map<number, { client: Redis; database: RedisDatabase }>();
  return {
    kind: "embedded",
    database(index) {
      let entry = databases.get(index);
      if (!entry) {
        const client = new RedisMock({ host: "embedded", port, db: index });
        databases.set(index, (entry = { client, database: createDatabase(client) }));
      }
      return entry.database;
    },
    async stop() {
      for (const { client } of databases.values()) client.disconnect();
    },
  };
};

type Method = (...words: readonly string[]) => Promise<unknown>;

const createDatabase = (client: Redis): RedisDatabase => {
  // Redis does one thing at a time; the mock lets go between the steps of a transaction.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine;
    return mine;
  };
  const methodOf = (name: string): Method | null => {
    const method: unknown = (client as unknown as Record<string, unknown>)[name.toLowerCase()];
    return typeof method === "function" ? (method as Method).bind(client) : null;
  };
  const syntaxErrorOf = (name: string, args: readonly string[]): string | null => {
    const known = (commandTable as Record<string, { arity: number } | undefined>)[name.toLowerCase()];
    if (!known || !methodOf(name)) return unknownCommand(name, args);
    const count = args.length + 1;
    const isRight = known.arity >= 0 ? count === known.arity : count >= -known.arity;
    return isRight ? null : `ERR wrong number of arguments for '${name.toLowerCase()}' command`;
  };
  const runtimeErrorOf = async (name: string, [key = "", ...args]: readonly string[]): Promise<string | null> => {
    const upper = name.toUpperCase();
    const expected = typeOf(upper);
    const type = expected === null ? "none" : await client.type(key);
    if (type !== "none" && type !== expected)
      return "WRONGTYPE Operation against a key holding the wrong kind of value";
    if (!INTEGER_COMMANDS.has(upper)) return null;
    const value = upper.startsWith("H") ? await client.hget(key, args[0] ?? "") : await client.get(key);
    const words = [value ?? "0", ...(upper.endsWith("BY") ? args.slice(-1) : [])];
    return words.every((word) => /^-?\d+$/.test(word)) ? null : "ERR value is not an integer or out of range";
  };
  const run = async (name: string, args: readonly string[]): Promise<Reply> => {
    const refusal = syntaxErrorOf(name, args) ?? (await runtimeErrorOf(name, args));
    if (refusal) return { error: refusal };
    try {
      const result = flatten(await methodOf(name)!(...withUpperOptions(name, args)));
      return { result: /^eval/i.test(name) ? fromLua(result) : result };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return { error: /^[A-Z]+ /.test(text) ? text : `ERR ${text}` };
    }
  };
  return {
    run: (name, args) => inTurn(() => run(name, args)),
    transaction: (commands) =>
      inTurn(async () => {
        const isRefused = commands.some(([name = "", ...args]) => syntaxErrorOf(name, args));
        if (isRefused) return { error: "EXECABORT Transaction discarded because of previous errors." };
        const replies: Reply[] = [];
        for (const [name = "", ...args] of commands) replies.push(await run(name, args));
        return replies;
      }),
  };
};

const unknownCommand = (name: string, args: readonly string[]): string => {
  const words = args.slice(0, 5).map((arg) => `'${arg}' `);
  return `ERR unknown command '${name}', with args beginning with: ${words.join("")}`;
};

const INTEGER_COMMANDS = new Set(["INCR", "DECR", "INCRBY", "DECRBY", "HINCRBY"]);
const STRING_COMMANDS = new Set([
  "GET",
  "GETSET",
  "GETDEL",
  "GETEX",
  "INCR",
  "DECR",
  "INCRBY",
  "DECRBY",
  "INCRBYFLOAT",
  "APPEND",
  "STRLEN",
  "GETRANGE",
  "SETRANGE",
]);
const LIST_COMMANDS = /^(L(PUSH|POP|LEN|RANGE|INDEX|INSERT|REM|SET|TRIM|POS)|R(PUSH|POP))/;
const SET_COMMANDS = /^S(ADD|REM|CARD|ISMEMBER|MISMEMBER|MEMBERS|POP|RANDMEMBER|SCAN)$/;
const SORTED_SET_COMMANDS = /^Z(ADD|REM|CARD|COUNT|INCRBY|SCORE|RANK|REVRANK|RANGE|REVRANGE|SCAN|POP)/;

/** The type of value the command needs at its first key, where that is fixed. */
const typeOf = (command: string): string | null => {
  if (STRING_COMMANDS.has(command)) return "string";
  if (/^H[A-Z]+$/.test(command) && command !== "HELLO") return "hash";
  if (LIST_COMMANDS.test(command)) return "list";
  if (SET_COMMANDS.test(command)) return "set";
  return SORTED_SET_COMMANDS.test(command) ? "zset" : null;
};

/** The mock knows the options of SET and its like in capitals only, the client sends them small. */
const withUpperOptions = (name: string, args: readonly string[]): readonly string[] => {
  const first = /^SET$/i.test(name)
    ? 2
    : /^(ZADD|GETEX|EXPIRE|PEXPIRE|ZRANGE|SCAN|HSCAN|SSCAN|ZSCAN)$/i.test(name)
      ? 1
      : args.length;
  return args.map((word, index) => (index >= first && OPTIONS.has(word.toUpperCase()) ? word.toUpperCase() : word));
};
const OPTIONS = new Set([
  "EX",
  "PX",
  "EXAT",
  "PXAT",
  "NX",
  "XX",
  "GT",
  "LT",
  "CH",
  "INCR",
  "KEEPTTL",
  "GET",
  "PERSIST",
  "WITHSCORES",
  "BYSCORE",
  "BYLEX",
  "REV",
  "LIMIT",
  "MATCH",
  "COUNT",
  "TYPE",
]);

/** Redis answers a script's values in its own types: no floats, no booleans. */
const fromLua = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(fromLua);
  if (typeof value === "number") return Math.trunc(value);
  if (value === true) return 1;
  return value === false || value === undefined ? null : value;
};
