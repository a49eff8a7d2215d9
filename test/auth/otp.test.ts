import { beforeAll, describe, expect, it } from "vitest";
import {
  ADDRESS_MISSES,
  ADDRESS_SENDS,
  checkOtp,
  drawCode,
  OTP_TTL_MS,
  storeOtp,
  type Challenge,
  type OtpStore,
} from "../../src/auth/otp.ts";
import { createKeyedHash } from "../../src/lib/crypto.ts";
import { createIds } from "../../src/lib/ids.ts";
import { testEnv } from "../support/test-env.ts";
import { connectEmbeddedRedis, connectRedis, createTestClock } from "../http/harness.ts";

const hash = createKeyedHash(testEnv.OTP_KEY);
const CODE = "042137";
const WRONG = "999999";
let addresses = 0;

describe.each([
  ["the configured Redis", connectRedis],
  ["the embedded Redis", connectEmbeddedRedis],
])("one-time codes on %s", (_kind, connect) => {
  let store: OtpStore;
  beforeAll(() => {
    store = { redis: connect(), hash };
  });

  const situation = () => {
    const clock = createTestClock();
    const ids = createIds(clock);
    const address = `192.0.2.${++addresses}`;
    const phoneHash = ids.secret(32);
    const challenge: Challenge = { challengeId: ids.next("chl"), phoneHash, purpose: "sign_in" };
    type Options = {
      code?: string;
      isResend?: boolean;
      requestId?: `req_${string}`;
      challenge?: Partial<Challenge>;
      address?: string | null;
    };
    const attempt = ({ code = CODE, requestId = ids.next("req"), ...rest }: Options) => ({
      requestId,
      nowMs: clock.now(),
      address: rest.address === undefined ? address : rest.address,
      code,
    });
    return {
      clock,
      ids,
      address,
      challenge,
      send: (options: Options = {}) =>
        storeOtp(
          store,
          { ...challenge, ...options.challenge },
          { ...attempt(options), isResend: options.isResend ?? false },
        ),
      check: async (code: string, options: Options = {}) =>
        (await checkOtp(store, { ...challenge, ...options.challenge }, attempt({ ...options, code }))).status,
    };
  };

  it("takes a right code once", async () => {
    const { send, check } = situation();
    expect(await send()).toMatchObject({ status: "stored", resendInSeconds: 30 });
    expect(await check(CODE)).toBe("right");
    expect(await check(CODE)).toBe("none");
  });

  it("gives a repeated check the first answer and takes the code once", async () => {
    const { send, check, ids } = situation();
    await send();
    const requestId = ids.next("req");
    expect(await check(CODE, { requestId })).toBe("right");
    expect(await check(CODE, { requestId })).toBe("right");
    expect(await check(CODE)).toBe("none");
  });

  it("counts a repeated wrong check once", async () => {
    const { send, check, ids } = situation();
    await send();
    const requestId = ids.next("req");
    for (let i = 0; i < 8; i++) expect(await check(WRONG, { requestId })).toBe("wrong");
    expect(await check(CODE)).toBe("right");
  });

  it("counts a repeated send once", async () => {
    const { send, ids, clock } = situation();
    const requestId = ids.next("req");
    const first = await send({ requestId });
    clock.advance(5_000);
    expect(await send({ requestId })).toMatchObject({ status: "stored", limit: { remaining: 4 } });
    expect(first).toMatchObject({ status: "stored", limit: { remaining: 4 } });
    clock.advance(25_000);
    expect(await send({ challenge: { challengeId: ids.next("chl") } })).toMatchObject({
      status: "stored",
      limit: { remaining: 3 },
    });
  });

  it("ends a challenge with its fifth wrong code, also for the right one", async () => {
    const { send, check } = situation();
    await send();
    for (let i = 0; i < 4; i++) expect(await check(WRONG)).toBe("wrong");
    expect(await check(WRONG)).toBe("ended");
    expect(await check(CODE)).toBe("ended");
  });

  it("lets 20 guesses at once try 5 times", async () => {
    const { send, check } = situation();
    await send();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => check(String(100_000 + i))));
    expect(answers.filter((status) => status === "wrong")).toHaveLength(4);
    expect(answers.filter((status) => status === "ended")).toHaveLength(16);
  });

  it("takes a right code that arrives twenty times at once once", async () => {
    const { send, check } = situation();
    await send();
    const answers = await Promise.all(Array.from({ length: 20 }, () => check(CODE)));
    expect(answers.filter((status) => status === "right")).toHaveLength(1);
  });

  it("leaves other challenges of the number open when one has ended", async () => {
    const { send, check, ids, clock } = situation();
    await send();
    for (let i = 0; i < 5; i++) await check(WRONG);
    clock.advance(30_000);
    const challengeId = ids.next("chl");
    await send({ challenge: { challengeId } });
    expect(await check(CODE, { challenge: { challengeId } })).toBe("right");
  });

  it("refuses a code under another number, and leaves the tries of the real one alone", async () => {
    const { send, check, ids } = situation();
    await send();
    const phoneHash = ids.secret(32);
    for (let i = 0; i < 6; i++) expect(await check(CODE, { challenge: { phoneHash } })).toBe("none");
    expect(await check(CODE)).toBe("right");
  });

  it("takes a code until the last moment of its 10 minutes and not after", async () => {
    const early = situation();
    await early.send();
    early.clock.advance(OTP_TTL_MS - 1);
    expect(await early.check(CODE)).toBe("right");
    const late = situation();
    await late.send();
    late.clock.advance(OTP_TTL_MS);
    expect(await late.check(CODE)).toBe("none");
  });

  it("makes a number wait 30, 60, 120 and 300 s, then until its first code is an hour old", async () => {
    const { send, clock, ids } = situation();
    const again = () => send({ challenge: { challengeId: ids.next("chl") } });
    await again();
    let passedSeconds = 0;
    for (const waitSeconds of [30, 60, 120, 300]) {
      clock.advance(waitSeconds * 1_000 - 1);
      expect(await again()).toMatchObject({ status: "wait", limit: { resetSeconds: 1 } });
      clock.advance(1);
      passedSeconds += waitSeconds;
      expect(await again()).toMatchObject({ status: "stored" });
    }
    expect(await again()).toMatchObject({
      status: "wait",
      limit: { remaining: 0, resetSeconds: 3_600 - passedSeconds },
    });
    clock.advance((3_600 - passedSeconds) * 1_000);
    expect(await again()).toMatchObject({ status: "stored" });
  });

  it("sends once when ten requests come at once", async () => {
    const { send, ids } = situation();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send({ challenge: { challengeId: ids.next("chl") } })),
    );
    expect(answers.filter(({ status }) => status === "stored")).toHaveLength(1);
  });

  it("replaces the code on a resend and keeps the tries", async () => {
    const { send, check, clock } = situation();
    await send();
    for (let i = 0; i < 3; i++) await check(WRONG);
    clock.advance(30_000);
    expect(await send({ isResend: true, code: "111111" })).toMatchObject({ status: "stored" });
    expect(await check(CODE)).toBe("wrong");
    expect(await check(WRONG)).toBe("ended");
    expect(await check("111111")).toBe("ended");
  });

  it("refuses a resend for a challenge that never was, that ran out or that ended", async () => {
    const { send, check, clock } = situation();
    expect(await send({ isResend: true })).toEqual({ status: "none" });
    await send();
    for (let i = 0; i < 5; i++) await check(WRONG);
    clock.advance(30_000);
    expect(await send({ isResend: true })).toEqual({ status: "ended" });
    clock.advance(OTP_TTL_MS);
    expect(await send({ isResend: true })).toEqual({ status: "none" });
  });

  it("counts codes without an open challenge against the address, not those of somebody else there", async () => {
    const { send, check, ids } = situation();
    await send();
    const stray = () => check(WRONG, { challenge: { challengeId: ids.next("chl") } });
    for (let i = 0; i < ADDRESS_MISSES; i += 20) await Promise.all(Array.from({ length: 20 }, stray));
    expect(await stray()).toBe("address_limited");
    expect(await check(CODE)).toBe("right");
  });

  it("stops an address after its hourly codes, whatever the numbers", async () => {
    const { send, ids, clock } = situation();
    const toAnybody = () => send({ challenge: { challengeId: ids.next("chl"), phoneHash: ids.secret(32) } });
    for (let i = 0; i < ADDRESS_SENDS; i += 50) await Promise.all(Array.from({ length: 50 }, toAnybody));
    expect(await toAnybody()).toMatchObject({ status: "address_limited" });
    clock.advance(3_600_000);
    expect(await toAnybody()).toMatchObject({ status: "stored" });
  });

  it("keeps no address, no code and no challenge under a name without a keyed hash", async () => {
    const { send, check, challenge, address } = situation();
    await send();
    await check(WRONG);
    const keys = await store.redis.keys(`otp:*`);
    expect(keys.filter((key) => key.includes(challenge.phoneHash))).toHaveLength(2);
    expect(keys.join("\n")).not.toContain(address);
    const record = await store.redis.hgetall(`otp:sign_in:${challenge.phoneHash}:${challenge.challengeId}`);
    expect(JSON.stringify(record)).not.toContain(CODE);
  });

  it("lets everything that it stores run out by itself", async () => {
    const { send, check, challenge } = situation();
    await send();
    await check(WRONG);
    const keys = await store.redis.keys(`otp:*${challenge.phoneHash}*`);
    const left = await Promise.all(
      [...keys, ...(await store.redis.keys("otp:answer:*"))].map((key) => store.redis.pttl(key)),
    );
    expect(left.length).toBeGreaterThan(3);
    expect(left.filter((ms) => ms <= 0)).toEqual([]);
  });
});

it("draws codes of six digits from the whole range", () => {
  const codes = Array.from({ length: 20_000 }, drawCode);
  expect(codes.every((code) => /^\d{6}$/.test(code))).toBe(true);
  const leading = new Map<string, number>();
  for (const code of codes) leading.set(code[0]!, (leading.get(code[0]!) ?? 0) + 1);
  // 2,000 expected for each first digit; 6 standard deviations are 255.
  expect([...leading.values()].every((count) => Math.abs(count - 2_000) < 255)).toBe(true);
});
