import { expect, it } from "vitest";
import { neon, redis, sql } from "../support/control.ts";
import { closeUser } from "../support/factories.ts";
import { signIn, startApp } from "../http/harness.ts";

const profile = (app: ReturnType<typeof startApp>, token: string) =>
  app.call("GET", "/api/v1/users/profile", { token });

it("shows a person their own data", async () => {
  const app = startApp();
  const { accessToken, userId, phone } = await signIn(app);
  const { status, body } = await profile(app, accessToken);
  expect(status).toBe(200);
  expect(body).toEqual({
    id: userId,
    phone: `+255${phone.slice(1)}`,
    name: "Asha",
    locale: "en",
    state: "active",
    role: "renter",
    email: null,
    quietHours: { from: "22:00", to: "06:00" },
    wantsOffers: false,
    createdAt: new Date(app.clock.now()).toISOString(),
  });
});

const change = (app: ReturnType<typeof startApp>, token: string, json: Record<string, unknown>) =>
  app.call("PUT", "/api/v1/users/profile", { token, json: { name: "Asha Mrema", locale: "sw", ...json } });

it("changes what is named, and leaves the rest", async () => {
  const app = startApp();
  const { accessToken: token, userId } = await signIn(app);
  const changed = await change(app, token, {
    name: "Asha Mrema",
    locale: "sw",
    email: "asha@example.co.tz",
    quietHours: { from: "21:30", to: "05:15" },
    wantsOffers: true,
  });
  expect(changed.status).toBe(200);
  expect(changed.body).toMatchObject({
    name: "Asha Mrema",
    locale: "sw",
    email: "asha@example.co.tz",
    quietHours: { from: "21:30", to: "05:15" },
    wantsOffers: true,
  });
  expect((await change(app, token, { quietHours: null })).body).toMatchObject({
    name: "Asha Mrema",
    email: "asha@example.co.tz",
    quietHours: null,
    wantsOffers: true,
  });
  expect((await change(app, token, { email: null, wantsOffers: false })).body).toMatchObject({
    email: null,
    wantsOffers: false,
  });
  expect((await profile(app, token)).body).toMatchObject({ name: "Asha Mrema", locale: "sw", email: null });
  expect(await sql("select locale, quiet_from_minute from users where id = $1", [userId])).toEqual([
    { locale: "sw", quiet_from_minute: null },
  ]);
});

it("keeps an e-mail address sealed and out of the log", async () => {
  const app = startApp();
  const { accessToken: token, userId } = await signIn(app);
  await change(app, token, { email: "asha@example.co.tz" });
  expect(JSON.stringify(await sql("select * from users where id = $1", [userId]))).not.toContain("example.co.tz");
  expect(app.rawLines.join()).not.toContain("example.co.tz");
});

it("changes in one round trip, and refuses what is none", async () => {
  const app = startApp();
  const { accessToken: token } = await signIn(app);
  expect((await neon.during(() => change(app, token, { name: "Juma" }))).requests).toBe(1);
  for (const bad of [
    { name: "" },
    { locale: "fr" },
    { email: "asha" },
    { quietHours: { from: "22:00", to: "22:00" } },
    { quietHours: { from: "24:00", to: "06:00" } },
    { role: "admin" },
    { phone: "0712345678" },
  ])
    expect([bad, (await change(app, token, bad)).body["code"]]).toEqual([bad, "invalid_request"]);
});

it("reads once from Postgres and counts once in Redis, beside the query", async () => {
  const app = startApp();
  const { accessToken } = await signIn(app);
  // The first count of a Redis costs two trips: the script is not known there yet.
  await profile(app, accessToken);
  let inRedis = 0;
  const seen = await neon.during(async () => {
    inRedis = (await redis.during(() => profile(app, accessToken))).requests;
  });
  expect([seen.requests, inRedis]).toEqual([1, 1]);
});

it("refuses a token of an account that was closed since", async () => {
  const app = startApp();
  const { accessToken, userId } = await signIn(app);
  await closeUser(userId);
  const { status, body } = await profile(app, accessToken);
  expect([status, body["code"]]).toEqual([403, "account_closed"]);
});

it("refuses what the database holds for another row", async () => {
  const app = startApp();
  const [one, two] = [await signIn(app), await signIn(app)];
  await sql("update users set phone_sealed = (select phone_sealed from users where id = $1) where id = $2", [
    one.userId,
    two.userId,
  ]);
  const { status, body } = await profile(app, two.accessToken);
  expect([status, body["code"]]).toEqual([500, "internal"]);
  expect(JSON.stringify(app.rawLines)).not.toContain(one.phone.slice(1));
});
