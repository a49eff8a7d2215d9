import { describe, expect, it } from "vitest";
import { createRefreshTokens } from "../../src/auth/refresh-tokens.ts";
import { neon, redis, sql } from "../support/control.ts";
import { closeUser } from "../support/factories.ts";
import { signIn, startApp, type TestApp } from "../http/harness.ts";

const refresh = (app: TestApp, refreshToken: unknown) =>
  app.call("POST", "/api/v1/auth/refresh", { json: { refreshToken } });
const sessionsOf = (userId: string) =>
  sql<{ generation: number; revoked_reason: string | null }>(
    "select generation, revoked_reason from sessions where user_id = $1 order by created_at",
    [userId],
  );

describe("rotation", () => {
  it("gives a new pair with each use", async () => {
    const app = startApp();
    const { refreshToken, userId } = await signIn(app);
    const first = await refresh(app, refreshToken);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ expiresInSeconds: 900 });
    expect(first.body["refreshToken"]).not.toBe(refreshToken);
    const second = await refresh(app, first.body["refreshToken"]);
    expect(second.status).toBe(200);
    expect(await sessionsOf(userId)).toEqual([{ generation: 3, revoked_reason: null }]);
    expect(
      (await app.call("GET", "/api/v1/users/profile", { token: second.body["accessToken"] as string })).status,
    ).toBe(200);
  });

  it("gives the direct predecessor the same successor again for 60 s, and writes nothing", async () => {
    const app = startApp();
    const { refreshToken, userId } = await signIn(app);
    const first = await refresh(app, refreshToken);
    const [before] = await sql("select xmin::text, * from sessions where user_id = $1", [userId]);
    app.clock.advance(60_000);
    const again = await refresh(app, refreshToken);
    expect(again.status).toBe(200);
    expect(again.body["refreshToken"]).toBe(first.body["refreshToken"]);
    expect((await sql("select xmin::text, * from sessions where user_id = $1", [userId]))[0]).toEqual(before);
  });

  it("gives twenty uses at once one and the same successor", async () => {
    const app = startApp();
    const { refreshToken, userId } = await signIn(app);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(app, refreshToken)));
    expect(new Set(answers.map(({ body }) => body["refreshToken"])).size).toBe(1);
    expect(await sessionsOf(userId)).toEqual([{ generation: 2, revoked_reason: null }]);
  });

  it("survives a connection that drops after the commit", async () => {
    const app = startApp();
    const { refreshToken, userId } = await signIn(app);
    await neon.arm({ dropAfterCommit: { count: 1, match: "session_refresh" } });
    const answer = await refresh(app, refreshToken);
    await neon.clear();
    expect(answer.status).toBe(200);
    expect(await sessionsOf(userId)).toEqual([{ generation: 2, revoked_reason: null }]);
    expect((await refresh(app, answer.body["refreshToken"])).status).toBe(200);
  });
});

describe("reuse", () => {
  it("ends the family when the predecessor comes after 60 s", async () => {
    const app = startApp();
    const { refreshToken, userId } = await signIn(app);
    const first = await refresh(app, refreshToken);
    app.clock.advance(60_001);
    expect((await refresh(app, refreshToken)).body["code"]).toBe("refresh_invalid");
    expect(await sessionsOf(userId)).toEqual([{ generation: 2, revoked_reason: "reuse" }]);
    expect((await refresh(app, first.body["refreshToken"])).body["code"]).toBe("refresh_invalid");
    expect(app.lines.some((line) => line["alert"] === "refresh_token_reused" && line["userId"] === userId)).toBe(true);
  });

  it("ends the family when the predecessor comes after its successor was used, at once", async () => {
    const app = startApp();
    const { refreshToken, userId } = await signIn(app);
    const first = await refresh(app, refreshToken);
    const second = await refresh(app, first.body["refreshToken"]);
    expect((await refresh(app, refreshToken)).body["code"]).toBe("refresh_invalid");
    expect((await refresh(app, second.body["refreshToken"])).body["code"]).toBe("refresh_invalid");
    expect(await sessionsOf(userId)).toEqual([{ generation: 3, revoked_reason: "reuse" }]);
  });

  it("leaves the same user's other sessions alone", async () => {
    const app = startApp();
    const { refreshToken, phone } = await signIn(app);
    app.clock.advance(30_000);
    const other = await signIn(app, phone);
    const first = await refresh(app, refreshToken);
    await refresh(app, first.body["refreshToken"]);
    await refresh(app, refreshToken);
    expect((await refresh(app, other.refreshToken)).status).toBe(200);
  });
});

describe("the end of a session", () => {
  it("comes 7 days after the last use", async () => {
    const app = startApp();
    const { refreshToken } = await signIn(app);
    app.clock.advance(7 * 86_400_000 - 1);
    const first = await refresh(app, refreshToken);
    expect(first.status).toBe(200);
    app.clock.advance(7 * 86_400_000);
    expect((await refresh(app, first.body["refreshToken"])).body["code"]).toBe("refresh_invalid");
  });

  it("comes with a log-out of that session alone", async () => {
    const app = startApp();
    const one = await signIn(app);
    app.clock.advance(30_000);
    const two = await signIn(app, one.phone);
    expect((await app.call("POST", "/api/v1/auth/logout", { token: one.accessToken })).status).toBe(204);
    expect((await app.call("POST", "/api/v1/auth/logout", { token: one.accessToken })).status).toBe(204);
    expect((await refresh(app, one.refreshToken)).body["code"]).toBe("refresh_invalid");
    expect((await refresh(app, two.refreshToken)).status).toBe(200);
  });

  it("comes to all of them with logout-all, and to nobody else's", async () => {
    const app = startApp();
    const one = await signIn(app);
    const stranger = await signIn(app);
    app.clock.advance(30_000);
    const two = await signIn(app, one.phone);
    expect((await app.call("POST", "/api/v1/auth/logout-all", { token: two.accessToken })).status).toBe(204);
    expect((await refresh(app, one.refreshToken)).body["code"]).toBe("refresh_invalid");
    expect((await refresh(app, two.refreshToken)).body["code"]).toBe("refresh_invalid");
    expect((await refresh(app, stranger.refreshToken)).status).toBe(200);
  });

  it("does not come with a suspension, and comes with closing", async () => {
    const app = startApp();
    const { refreshToken, userId } = await signIn(app);
    await sql("update users set state = 'suspended' where id = $1", [userId]);
    const first = await refresh(app, refreshToken);
    expect(first.status).toBe(200);
    await closeUser(userId);
    expect((await refresh(app, first.body["refreshToken"])).body["code"]).toBe("account_closed");
  });
});

describe("tokens that were not given out", () => {
  it("are refused without asking Postgres", async () => {
    const app = startApp();
    const { refreshToken } = await signIn(app);
    const [keyId, session, , mac] = refreshToken.split(".");
    const foreign = createRefreshTokens(`t1:${btoa("x".repeat(32))}`);
    const forged = await foreign.issue({ sessionId: session as `ses_${string}`, generation: 1 });
    const bad = [
      "x",
      "....",
      `${keyId}.${session}.2.${mac}`,
      `zz.${session}.1.${mac}`,
      `${keyId}.${session}.1.${mac!.slice(0, -1)}`,
      `${refreshToken}0`,
      forged,
    ];
    const seen = await neon.during(async () => {
      for (const token of bad) expect((await refresh(app, token)).body["code"]).toBe("refresh_invalid");
    });
    expect(seen.requests).toBe(0);
  });

  it("are refused when their generation is still to come, without ending the family", async () => {
    const app = startApp();
    const { refreshToken } = await signIn(app);
    const claim = (await app.deps.tokens.refresh.read(refreshToken))!;
    const future = await app.deps.tokens.refresh.issue({ ...claim, generation: 7 });
    expect((await refresh(app, future)).body["code"]).toBe("refresh_invalid");
    expect((await refresh(app, refreshToken)).status).toBe(200);
  });

  it("are read under an older key and given out under the current one", async () => {
    const key = (letter: string) => btoa(letter.repeat(32));
    const claim = { sessionId: "ses_01k8m3r4t5v6w7x8y9zabcdefg" as const, generation: 3 };
    const old = await createRefreshTokens(`a:${key("a")}`).issue(claim);
    const rotated = createRefreshTokens(`b:${key("b")},a:${key("a")}`);
    expect(await rotated.read(old)).toEqual(claim);
    expect((await rotated.issue(claim)).startsWith("b.")).toBe(true);
    expect(await createRefreshTokens(`b:${key("b")}`).read(old)).toBeNull();
  });
});

it("asks Postgres once and Redis never", async () => {
  const app = startApp();
  const { refreshToken } = await signIn(app);
  let inRedis = -1;
  const seen = await neon.during(async () => {
    inRedis = (await redis.during(() => refresh(app, refreshToken))).requests;
  });
  expect([seen.requests, inRedis]).toEqual([1, 0]);
});
