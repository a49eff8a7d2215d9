import { describe, expect, it } from "vitest";
import { ADDRESS_MISSES, checkOtp } from "../../src/auth/otp.ts";
import { neon, redis, sql } from "../support/control.ts";
import { closeUser } from "../support/factories.ts";
import { lastCode, newPhone, signIn, startApp, wrongCode } from "../http/harness.ts";

const register = (app: ReturnType<typeof startApp>, phone: string, more: Record<string, unknown> = {}) =>
  app.call("POST", "/api/v1/auth/register", { json: { phone, name: "Asha Mrema", locale: "en", ...more } });
const login = (app: ReturnType<typeof startApp>, phone: string) =>
  app.call("POST", "/api/v1/auth/login", { json: { phone } });
const verify = (app: ReturnType<typeof startApp>, challengeId: unknown, phone: string, otp: string) =>
  app.call("POST", "/api/v1/auth/verify-phone", { json: { challengeId, phone, otp } });

describe("registering", () => {
  it("makes a pending user whose number is sealed, and an active one once the code came back", async () => {
    const app = startApp();
    const phone = newPhone();
    const answer = await register(app, phone);
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      challengeId: expect.stringMatching(/^chl_/),
      resendInSeconds: 30,
      expiresInSeconds: 600,
    });
    const hash = await app.deps.phoneHash.hex(`255${phone.slice(1)}`);
    const [pending] = await sql("select * from users where phone_hash = $1", [hash]);
    expect(pending).toMatchObject({ state: "pending", name: "Asha Mrema", locale: "en", role: "renter" });
    expect(JSON.stringify(pending)).not.toContain(phone.slice(1));

    const verified = await verify(app, answer.body["challengeId"], phone, await lastCode(app, phone));
    expect(verified.status).toBe(200);
    expect(verified.body).toMatchObject({
      expiresInSeconds: 900,
      user: {
        id: pending!["id"],
        phone: `+255${phone.slice(1)}`,
        name: "Asha Mrema",
        locale: "en",
        state: "active",
        role: "renter",
      },
    });
    expect((await sql("select state from users where phone_hash = $1", [hash]))[0]).toEqual({ state: "active" });
  });

  it("sends the code in the renter's language", async () => {
    const app = startApp();
    const swahili = newPhone();
    await register(app, swahili, { locale: "sw" });
    await lastCode(app, swahili);
    expect(app.sms.at(-1)!.text).toContain("namba yako ya kuingia");
    const english = newPhone();
    await register(app, english, { locale: "en" });
    await lastCode(app, english);
    expect(app.sms.at(-1)!.text).toContain("is your ChajiPoa sign-in code");
  });

  it("finds the same person however the number is written", async () => {
    const app = startApp();
    const { phone, userId } = await signIn(app);
    app.clock.advance(30_000);
    for (const written of [`+255 ${phone.slice(1)}`, `255-${phone.slice(1)}`, phone.slice(1)]) {
      const { body } = await login(app, written);
      const { body: session } = await verify(app, body["challengeId"], written, await lastCode(app, phone));
      expect(session["user"]).toMatchObject({ id: userId });
      app.clock.advance(300_000);
    }
  });

  it("takes the name of the last request while pending, and leaves an active user's alone", async () => {
    const app = startApp();
    const phone = newPhone();
    await register(app, phone, { name: "First" });
    app.clock.advance(30_000);
    const { body } = await register(app, phone, { name: "Second", locale: "sw" });
    const session = await verify(app, body["challengeId"], phone, await lastCode(app, phone));
    expect(session.body["user"]).toMatchObject({ name: "Second", locale: "sw" });
    app.clock.advance(60_000);
    const again = await register(app, phone, { name: "Intruder", locale: "en" });
    expect(again.status).toBe(202);
    const later = await verify(app, again.body["challengeId"], phone, await lastCode(app, phone));
    expect(later.body["user"]).toMatchObject({ name: "Second", locale: "sw" });
  });

  it("makes one user of twenty registrations at once", async () => {
    const app = startApp();
    const phone = newPhone();
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(app, phone)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ body }) => body["code"] === "otp_wait")).toHaveLength(19);
    const hash = await app.deps.phoneHash.hex(`255${phone.slice(1)}`);
    expect(await sql("select id from users where phone_hash = $1", [hash])).toHaveLength(1);
  });

  it.each(["user_register", "user_verify"])("survives a connection that drops after %s committed", async (name) => {
    const app = startApp();
    const phone = newPhone();
    await neon.arm({ dropAfterCommit: { count: 1, match: name } });
    const { body } = await register(app, phone);
    const verified = await verify(app, body["challengeId"], phone, await lastCode(app, phone));
    await neon.clear();
    expect(verified.status).toBe(200);
    const { id } = verified.body["user"] as { id: string };
    expect(await sql("select generation from sessions where user_id = $1", [id])).toEqual([{ generation: 1 }]);
  });

  it("sends and counts once when the connection to Redis drops after the script ran", async () => {
    const app = startApp();
    const phone = newPhone();
    await redis.arm({ dropAfterCommit: { count: 1 } });
    const answer = await register(app, phone);
    await redis.clear();
    expect(answer.status).toBe(202);
    expect(answer.headers.get("RateLimit")).toBe('"otp-number";r=4;t=30');
    const otp = await lastCode(app, phone);
    expect(app.sms).toHaveLength(1);
    await redis.arm({ dropAfterCommit: { count: 1 } });
    const verified = await verify(app, answer.body["challengeId"], phone, otp);
    await redis.clear();
    expect(verified.status).toBe(200);
  });

  it("keeps the answer when the SMS cannot be sent, and says so in the log without the number", async () => {
    const app = startApp();
    for (const fault of [
      { status: "refused", code: "101", chance: "never" } as const,
      { status: "unknown", reason: "timeout" } as const,
      new Error("gone"),
    ]) {
      app.faults.sms = fault;
      const phone = newPhone();
      expect((await register(app, phone)).status).toBe(202);
      await app.settle();
    }
    const alerts = app.lines.filter(({ alert }) => alert === "sms_not_sent");
    expect(alerts.map(({ reason }) => reason)).toEqual(["101", "timeout", "Error"]);
    expect(app.rawLines.join("\n")).not.toMatch(/255\d{9}|0[67]\d{8}/);
  });
});

describe("verifying", () => {
  it("costs one round trip to Redis and one to Postgres, and writes two rows", async () => {
    const app = startApp();
    const phone = newPhone();
    const { body } = await register(app, phone);
    const otp = await lastCode(app, phone);
    const before = await sql<{ xmin: string }>(
      "select xmin::text from users union all select xmin::text from sessions",
    );
    let inRedis = 0;
    const seen = await neon.during(async () => {
      inRedis = (await redis.during(() => verify(app, body["challengeId"], phone, otp))).requests;
    });
    expect([seen.requests, inRedis]).toEqual([1, 1]);
    const known = new Set(before.map(({ xmin }) => xmin));
    const after = await sql<{ xmin: string }>("select xmin::text from users union all select xmin::text from sessions");
    expect(after.filter(({ xmin }) => !known.has(xmin))).toHaveLength(2);
  });

  it("takes a code once", async () => {
    const app = startApp();
    const { challengeId, phone, otp } = await signIn(app);
    expect((await verify(app, challengeId, phone, otp)).body["code"]).toBe("otp_invalid");
  });

  it("ends the challenge after five wrong codes and lets the next challenge in", async () => {
    const app = startApp();
    const phone = newPhone();
    const { body } = await register(app, phone);
    const otp = await lastCode(app, phone);
    for (let i = 0; i < 4; i++)
      expect((await verify(app, body["challengeId"], phone, wrongCode(otp))).body["code"]).toBe("otp_invalid");
    expect((await verify(app, body["challengeId"], phone, wrongCode(otp))).body["code"]).toBe("otp_ended");
    expect((await verify(app, body["challengeId"], phone, otp)).body["code"]).toBe("otp_ended");
    app.clock.advance(30_000);
    const next = await login(app, phone);
    expect((await verify(app, next.body["challengeId"], phone, await lastCode(app, phone))).status).toBe(200);
  });

  it("refuses an address that tries codes for what was never asked, and lets a neighbour's own code in there", async () => {
    const app = startApp();
    const { redis: client, otpHash: hash, ids, clock } = app.deps;
    const address = "198.51.100.40";
    const at = (challengeId: unknown, phone: string, otp: string) =>
      app.call("POST", "/api/v1/auth/verify-phone", {
        json: { challengeId, phone, otp },
        headers: { "CF-Connecting-IP": address },
      });
    const stray = () =>
      checkOtp(
        { redis: client, hash },
        { challengeId: ids.next("chl"), phoneHash: ids.secret(32), purpose: "sign_in" },
        { requestId: ids.next("req"), nowMs: clock.now(), address, code: "042137" },
      );
    for (let i = 0; i < ADDRESS_MISSES; i += 20) await Promise.all(Array.from({ length: 20 }, stray));
    const refused = await at(ids.next("chl"), newPhone(), "042137");
    expect([refused.status, refused.body["code"]]).toEqual([429, "rate_limited"]);
    expect(refused.headers.get("RateLimit-Policy")).toBe(`"otp-address-misses";q=${ADDRESS_MISSES};w=3600`);
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
    const phone = newPhone();
    const { body } = await register(app, phone);
    expect((await at(body["challengeId"], phone, await lastCode(app, phone))).status).toBe(200);
  });

  it("refuses a code after ten minutes", async () => {
    const app = startApp();
    const phone = newPhone();
    const { body } = await register(app, phone);
    const otp = await lastCode(app, phone);
    app.clock.advance(600_000);
    expect((await verify(app, body["challengeId"], phone, otp)).body["code"]).toBe("otp_invalid");
  });

  it("signs a suspended user in, who may still return and be refunded, and never a closed one", async () => {
    const app = startApp();
    const { phone, userId } = await signIn(app);
    await sql("update users set state = 'suspended' where id = $1", [userId]);
    app.clock.advance(30_000);
    const challenge = await login(app, phone);
    const session = await verify(app, challenge.body["challengeId"], phone, await lastCode(app, phone));
    expect(session.body["user"]).toMatchObject({ state: "suspended" });
    app.clock.advance(60_000);
    const last = await login(app, phone);
    const otp = await lastCode(app, phone);
    await closeUser(userId);
    expect((await verify(app, last.body["challengeId"], phone, otp)).body["code"]).toBe("otp_invalid");
  });
});
