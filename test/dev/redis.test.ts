import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anyFreePort, HOST } from "../../dev/ports.ts";
import type { StackError } from "../../dev/process.ts";
import type { RedisBackend } from "../../dev/redis-replies.ts";
import { startRedis, type RedisOptions } from "../../dev/redis-server.ts";

const log = (): void => {};
const hasServer = Bun.which("redis-server") !== null;
let folder = "";
const running: RedisBackend[] = [];

beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "chajipoa-redis-"))));
// Stopping twice is fine: this is for tests that fail in between.
afterEach(async () => void (await Promise.all(running.splice(0).map((redis) => redis.stop()))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = async (options: RedisOptions): Promise<RedisBackend> => {
  const redis = await startRedis(options);
  running.push(redis);
  return redis;
};

test("a REDIS_URL nobody answers at is a sentence, not a fallback", async () => {
  const url = `redis://${HOST}:${await anyFreePort()}`;
  const error = await start({ log, url }).catch((reason: unknown) => reason);
  expect((error as StackError).code).toBe("redis_unreachable");
  expect((error as StackError).message).toContain("REDIS_URL");
});

test("the embedded one keeps databases apart and runs a transaction undisturbed", async () => {
  const redis = await start({ log, kind: "embedded" });
  const first = redis.database(0);
  await first.run("SET", ["n", "0"]);
  expect(await redis.database(1).run("GET", ["n"])).toEqual({ result: null });
  const steps = Array.from({ length: 20 }, () => ["INCR", "n"]);
  const both = await Promise.all([first.transaction(steps), first.transaction(steps)]);
  const orders = both.map((replies) => (replies as { result: number }[]).map(({ result }) => result));
  expect(orders).toEqual([Array.from({ length: 20 }, (_, n) => n + 1), Array.from({ length: 20 }, (_, n) => n + 21)]);
  await redis.stop();
});

test("two embedded ones are two", async () => {
  const [one, other] = [await start({ log, kind: "embedded" }), await start({ log, kind: "embedded" })];
  await one.database(0).run("SET", ["k", "v"]);
  expect(await other.database(0).run("GET", ["k"])).toEqual({ result: null });
});

test.if(hasServer)("a started server keeps its data between runs, and its port and folder are guarded", async () => {
  const options = { log, dataFolder: join(folder, "kept"), port: await anyFreePort() };
  const first = await start(options);
  expect(first.kind).toBe("server");
  await first.database(0).run("SET", ["k", "v"]);
  const sameFolder = await start({ log, dataFolder: options.dataFolder }).catch((reason: unknown) => reason);
  expect((sameFolder as StackError).code).toBe("data_folder_locked");
  const samePort = await start({ log, port: options.port }).catch((reason: unknown) => reason);
  expect((samePort as StackError).code).toBe("port_taken");
  await first.stop();
  const second = await start(options);
  expect(await second.database(0).run("GET", ["k"])).toEqual({ result: "v" });
  await second.stop();
});

test.if(hasServer)("the server of REDIS_URL is used as it is and left running", async () => {
  const port = await anyFreePort();
  const server = await start({ log, port });
  const external = await start({ log, url: `redis://${HOST}:${port}` });
  expect(external.kind).toBe("external");
  await external.database(0).run("SET", ["k", "v"]);
  await external.stop();
  expect(await server.database(0).run("GET", ["k"])).toEqual({ result: "v" });
  await server.stop();
});
