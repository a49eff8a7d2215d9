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
  });
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
