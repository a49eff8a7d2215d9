// The unmodified client libraries against the Upstash front: one contract, over a real Redis and over the embedded one.
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis/cloudflare";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { embeddedRedis, redis as firstRedis, type Front } from "../support/control.ts";

interface Backend {
  name: string;
  port(): number;
  front: Front;
}

const backends: Backend[] = [
  {
    name: inject("redisKind") === "server" ? "redis-server" : "embedded (no redis-server here)",
    port: () => inject("redisPort"),
    front: firstRedis,
  },
  { name: "embedded", port: () => inject("embeddedRedisPort"), front: embeddedRedis },
];

/** Rejections as values, so that a test asserts what was said. */
const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error("did not fail"),
    (error: Error) => error,
  );

describe.each(backends)("over $name", ({ port, front }) => {
  const url = (path = ""): string => `http://127.0.0.1:${port()}${path}`;
  const token = (): string => env.UPSTASH_REDIS_REST_TOKEN;
  let redis: Redis;

  beforeEach(async () => {
    redis = new Redis({
      url: url(),
      token: token(),
      enableAutoPipelining: false,
      enableTelemetry: false,
      retry: false,
    });
    await redis.flushdb();
  });
  afterEach(() => front.clear());

  const send = async (
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<[number, unknown]> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(url(path), {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token()}`, ...headers },
      ...(body === undefined ? {} : { body: text }),
    });
    return [response.status, await response.json()];
  };

  test("strings, numbers and objects come back as they were written", async () => {
    expect(await redis.set("k", "café ☕", { ex: 100 })).toBe("OK");
    expect(await redis.get("k")).toBe("café ☕");
    await redis.set("o", { a: [1, "b"] });
    expect(await redis.get("o")).toEqual({ a: [1, "b"] });
    expect(await redis.get("missing")).toBeNull();
    expect(await redis.incr("n")).toBe(1);
    expect(await redis.set("k", "other", { nx: true })).toBeNull();
    expect(await redis.del("k", "missing")).toBe(1);
  });

  test("expiry is set and read", async () => {
    await redis.set("k", "v", { px: 60_000 });
    expect(await redis.ttl("k")).toBe(60);
    expect(await redis.pttl("missing")).toBe(-2);
    expect(await redis.expire("k", 10)).toBe(1);
    expect(await redis.pttl("k")).toBeLessThanOrEqual(10_000);
  });

  test("hashes, sets and sorted sets answer in the forms the client builds from", async () => {
    expect(await redis.hset("h", { f: "v", g: "2" })).toBe(2);
    expect(await redis.hgetall("h")).toEqual({ f: "v", g: 2 });
    expect(await redis.hgetall("none")).toBeNull();
    expect(await redis.hget("h", "none")).toBeNull();
    expect(await redis.hincrby("h", "g", 3)).toBe(5);
    expect(await redis.sadd("s", "a", "b")).toBe(2);
    expect((await redis.smembers("s")).toSorted()).toEqual(["a", "b"]);
    expect(await redis.zadd("z", { score: 1, member: "a" }, { score: 2, member: "b" })).toBe(2);
    expect(await redis.zrange("z", 0, -1, { withScores: true })).toEqual(["a", 1, "b", 2]);
    expect(await redis.mget("none", "none2")).toEqual([null, null]);
  });

  test("the text OK survives as a value, at the top and in a list", async () => {
    await redis.set("k", "OK");
    expect(await redis.get("k")).toBe("OK");
    expect(await send("/", ["GET", "k"], { "upstash-encoding": "base64" })).toEqual([200, { result: "OK" }]);
    await redis.rpush("l", "a");
    expect(await redis.lrange("l", 0, -1)).toEqual(["a"]);
  });

  test("base64 covers every string but OK, and neither numbers nor null nor errors", async () => {
    const base64 = { "upstash-encoding": "base64" };
    expect(await send("/", ["SET", "k", "v"], base64)).toEqual([200, { result: "OK" }]);
    expect(await send("/", ["GET", "k"], base64)).toEqual([200, { result: "dg==" }]);
    expect(await send("/", ["GET", "k"])).toEqual([200, { result: "v" }]);
    expect(await send("/", ["GET", "none"], base64)).toEqual([200, { result: null }]);
    expect(await send("/", ["INCR", "n"], base64)).toEqual([200, { result: 1 }]);
    expect(await send("/", ["MGET", "k", "none"], base64)).toEqual([200, { result: ["dg==", null] }]);
    expect(await send("/", ["GET"], base64)).toEqual([
      400,
      { error: "ERR wrong number of arguments for 'get' command" },
    ]);
  });

  test("a hash is a flat list on the wire", async () => {
    await redis.hset("h", { f: "v" });
    expect(await send("/", ["HGETALL", "h"])).toEqual([200, { result: ["f", "v"] }]);
  });

  test("an unknown command is a 400 that names it", async () => {
    const [status, body] = await send("/", ["BAD", "x"]);
    expect([status, (body as { error: string }).error]).toEqual([
      400,
      expect.stringContaining("ERR unknown command 'BAD'"),
    ]);
    expect((await failureOf(redis.exec(["BAD"]))).name).toBe("UpstashError");
  });

  test("a runtime error of a single command is a 400", async () => {
    await redis.set("k", "text");
    expect(await send("/", ["INCR", "k"])).toEqual([400, { error: "ERR value is not an integer or out of range" }]);
  });

  test("a command for another type of value is a 400", async () => {
    await redis.set("k", "text");
    const wrong = [400, { error: "WRONGTYPE Operation against a key holding the wrong kind of value" }];
    for (const command of [
      ["HGET", "k", "f"],
      ["LPUSH", "k", "a"],
      ["SADD", "k", "a"],
      ["ZADD", "k", "1", "a"],
    ])
      expect(await send("/", command)).toEqual(wrong);
    await redis.hset("h", { f: 1 });
    expect(await send("/", ["GET", "h"])).toEqual(wrong);
    expect(await redis.set("h", "replaced")).toBe("OK");
  });

  test("a script's values come back as Redis has them", async () => {
    expect(await redis.eval("return redis.call('HGET', KEYS[1], 'none')", ["h"], [])).toBeNull();
    expect(await redis.eval("return {1.9, 'a', true, false}", [], [])).toEqual([1, "a", 1, null]);
    expect(
      await redis.eval("if redis.call('EXISTS', KEYS[1]) == 0 then return 'absent' end return 'there'", ["h"], []),
    ).toBe("absent");
  });

  test("a pipeline goes on after an error", async () => {
    const [status, body] = await send("/pipeline", [["SET", "a", "1"], ["INCR", "a"], ["BAD"], ["GET", "a"]]);
    expect(status).toBe(200);
    expect(body).toEqual([
      { result: "OK" },
      { result: 2 },
      { error: expect.stringContaining("unknown command") as string },
      { result: "2" },
    ]);
    expect(await redis.pipeline().set("p", 1).incr("p").exec()).toEqual(["OK", 2]);
  });

  test("a transaction goes on after a runtime error inside", async () => {
    const [status, body] = await send("/multi-exec", [
      ["SET", "a", "text"],
      ["INCR", "a"],
      ["SET", "b", "1"],
    ]);
    expect([status, body]).toEqual([
      200,
      [{ result: "OK" }, { error: "ERR value is not an integer or out of range" }, { result: "OK" }],
    ]);
    expect(await redis.multi().incr("b").get("b").exec()).toEqual([2, 2]);
  });

  test("a transaction with a command nobody knows is discarded as a whole", async () => {
    const [status, body] = await send("/multi-exec", [["SET", "a", "1"], ["BAD"]]);
    expect([status, (body as { error: string }).error]).toEqual([400, expect.stringContaining("EXECABORT")]);
    expect(await redis.get("a")).toBeNull();
  });

  test("commands work in the path, with the body as the last word before the options", async () => {
    expect(await send("/set/foo/bar?EX=100")).toEqual([200, { result: "OK" }]);
    expect(await send("/ttl/foo")).toEqual([200, { result: 100 }]);
    expect(await send("/set/foo?EX=50", "a body / with ?")).toEqual([200, { result: "OK" }]);
    expect(await send("/get/foo")).toEqual([200, { result: "a body / with ?" }]);
    expect(await send("/set/foo/again?NX")).toEqual([200, { result: null }]);
    expect(await send("/set/a%2Fb/1")).toEqual([200, { result: "OK" }]);
    expect(await redis.get("a/b")).toBe(1);
  });

  test("the token is needed, in the header or in the query", async () => {
    const ask = async (path: string, headers: Record<string, string> = {}): Promise<[number, unknown]> => {
      const response = await fetch(url(path), { headers });
      return [response.status, await response.json()];
    };
    expect(await ask(`/ping?_token=${token()}`)).toEqual([200, { result: "PONG" }]);
    expect(await ask("/ping", { authorization: "Bearer guess" })).toEqual([
      401,
      { error: "WRONGPASS invalid password" },
    ]);
    expect((await ask("/ping"))[0]).toBe(401);
  });

  test("other methods are a 405, other bodies a 400", async () => {
    const response = await fetch(url("/"), {
      method: "PUT",
      body: "[]",
      headers: { authorization: `Bearer ${token()}` },
    });
    expect(response.status).toBe(405);
    await response.text();
    for (const body of ["", "not json", "{}", "[]", '[["GET"]]', '[{"a":1}]'])
      expect((await send("/", body))[0]).toBe(400);
    expect((await send("/pipeline", {}))[0]).toBe(400);
  });

  test.each(["SUBSCRIBE", "BLPOP", "SELECT", "FLUSHALL", "multi"])("%s is not available over REST", async (name) => {
    const [status, body] = await send("/", [name, "1", "0"]);
    expect([status, (body as { error: string }).error]).toEqual([400, expect.stringContaining("not available")]);
  });

  test("scripts run by text and, once known, by digest", async () => {
    const script = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
    const digest = "ff5c4e2b7b6c5f5a0f1f2c3d4e5f60718293a4b5";
    expect((await failureOf(redis.evalsha(digest, ["n"], ["1"]))).message).toContain("NOSCRIPT");
    expect(await redis.eval(script, ["n"], ["2"])).toBe(2);
    const loaded = await redis.scriptLoad(script);
    expect(await redis.evalsha(loaded, ["n"], ["3"])).toBe(5);
    expect(await redis.scriptExists(loaded, digest)).toEqual([1, 0]);
  });

  test("a script with Upstash's own first line keeps the digest of the whole text", async () => {
    const script = "#!lua flags=allow-key-locking\nreturn redis.call('SET', KEYS[1], ARGV[1]) and 1";
    expect(await redis.eval(script, ["k"], ["v"])).toBe(1);
    const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(script)))]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
    expect(await redis.evalsha(digest, ["k"], ["w"])).toBe(1);
    expect(await redis.get("k")).toBe("w");
  });

  test("a script's failure is an error and not an answer", async () => {
    expect((await failureOf(redis.eval("error('broken')", [], []))).name).toBe("UpstashError");
  });

  test("the rate limiter lets through what it should, in one round trip once its script is known", async () => {
    const limiter = new Ratelimit({
      redis,
      limiter: Ratelimit.slidingWindow(3, "60 s"),
      ephemeralCache: false,
      analytics: false,
    });
    expect((await limiter.limit("ip")).success).toBe(true);
    const seen = await front.during(async () => {
      expect((await limiter.limit("ip")).success).toBe(true);
      expect((await limiter.limit("ip")).remaining).toBe(0);
      expect((await limiter.limit("ip")).success).toBe(false);
      expect((await limiter.limit("another")).success).toBe(true);
    });
    expect(seen.requests).toBe(4);
    expect(seen.texts.every((text) => text.startsWith("evalsha "))).toBe(true);
  });

  test("two tokens do not see each other's keys", async () => {
    const made = await fetch(`http://127.0.0.1:${inject("controlPort")}/databases`, { method: "POST" });
    const other = await made.json<{ redisToken: string }>();
    await redis.set("mine", 1);
    expect(await new Redis({ url: url(), token: other.redisToken, enableTelemetry: false }).get("mine")).toBeNull();
  });

  test("a command whose answer was dropped is sent again by the client and takes effect twice", async () => {
    await front.arm({ dropAfterCommit: { count: 1, match: "incr" } });
    const seen = await front.during(async () => expect(await redis.incr("n")).toBe(2));
    expect(seen.requests).toBe(2);
    await front.arm({ dropAfterCommit: { match: "incr" } });
    expect((await failureOf(redis.incr("n"))).name).not.toBe("UpstashError");
    await front.clear();
    expect(Number(await redis.get("n"))).toBeGreaterThan(2);
  });

  test("a refusal executes nothing", async () => {
    await front.arm({ refuse: { mode: "error" } });
    expect((await failureOf(redis.incr("n"))).name).toBe("UpstashError");
    await front.arm({ refuse: { mode: "close" } });
    await failureOf(redis.incr("n"));
    await front.clear();
    expect(await redis.get("n")).toBeNull();
  });

  test("a client with automatic pipelining is answered as well", async () => {
    const piped = new Redis({ url: url(), token: token(), enableAutoPipelining: true });
    expect(await Promise.all([piped.incr("n"), piped.incr("n")])).toEqual([1, 2]);
  });
});
