import { describe, expect, it } from "vitest";
import { deviceOf } from "../../src/auth/device.ts";
import { neon } from "../support/control.ts";
import { lastCode, signIn, startApp, type TestApp } from "../http/harness.ts";

const CHROME =
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36";

interface Item {
  id: string;
  device: string | null;
  isCurrent: boolean;
}

const list = async (app: TestApp, token: string, query = "") => {
  const { status, body } = await app.call("GET", `/api/v1/users/sessions${query}`, { token });
  return { status, items: body["items"] as Item[], nextCursor: body["nextCursor"] as string | null };
};

/** Once more with the same number, from another handset. */
const signInAgain = async (app: TestApp, phone: string, userAgent: string) => {
  app.clock.advance(3_600_000);
  const { body } = await app.call("POST", "/api/v1/auth/login", { json: { phone } });
  const json = { challengeId: body["challengeId"], phone, otp: await lastCode(app, phone) };
  const verified = await app.call("POST", "/api/v1/auth/verify-phone", { json, headers: { "User-Agent": userAgent } });
  return verified.body as { accessToken: string; refreshToken: string };
};

describe("a person's sessions", () => {
  it("are listed newest first, page by page, each with its handset and whether it is the one that asks", async () => {
    const app = startApp();
    const { phone } = await signIn(app);
    await signInAgain(app, phone, CHROME);
    const third = await signInAgain(
      app,
      phone,
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
    );
    const { items, nextCursor } = await list(app, third.accessToken);
    expect(items.map(({ device, isCurrent }) => [device, isCurrent])).toEqual([
      ["Safari · iOS", true],
      ["Chrome · Android", false],
      [null, false],
    ]);
    expect(nextCursor).toBeNull();
    const first = await list(app, third.accessToken, "?limit=2");
    expect(first.items.map(({ id }) => id)).toEqual(items.slice(0, 2).map(({ id }) => id));
    const rest = await list(app, third.accessToken, `?limit=2&cursor=${first.nextCursor}`);
    expect([rest.items.map(({ id }) => id), rest.nextCursor]).toEqual([[items[2]!.id], null]);
  });

  it("end one by one: the handset's refresh token is good for nothing, the others go on", async () => {
    const app = startApp();
    const { phone, refreshToken } = await signIn(app);
    const { accessToken: token, refreshToken: own } = await signInAgain(app, phone, CHROME);
    const [, other] = (await list(app, token)).items;
    const end = () => app.call("DELETE", `/api/v1/users/sessions/${other!.id}`, { token });
    expect((await end()).status).toBe(204);
    expect((await end()).status).toBe(204);
    expect((await list(app, token)).items).toHaveLength(1);
    const refresh = (used: string) => app.call("POST", "/api/v1/auth/refresh", { json: { refreshToken: used } });
    expect((await refresh(refreshToken)).body["code"]).toBe("refresh_invalid");
    expect((await refresh(own)).status).toBe(200);
  });

  it("are nobody else's to see or to end", async () => {
    const app = startApp();
    const [one, two] = [await signIn(app), await signIn(app)];
    const [mine] = (await list(app, one.accessToken)).items;
    const foreign = await app.call("DELETE", `/api/v1/users/sessions/${mine!.id}`, { token: two.accessToken });
    expect([foreign.status, foreign.body["code"]]).toEqual([404, "session_unknown"]);
    expect((await list(app, two.accessToken)).items.map(({ id }) => id)).not.toContain(mine!.id);
    expect((await list(app, one.accessToken)).items).toHaveLength(1);
  });

  it("are gone from the list once they have run out", async () => {
    const app = startApp();
    const { phone } = await signIn(app);
    app.clock.advance(8 * 24 * 3_600_000);
    const { accessToken } = await signInAgain(app, phone, CHROME);
    expect((await list(app, accessToken)).items).toHaveLength(1);
  });

  it("cost one round trip, to list and to end", async () => {
    const app = startApp();
    const { accessToken: token } = await signIn(app);
    expect((await neon.during(() => list(app, token))).requests).toBe(1);
    const [own] = (await list(app, token)).items;
    const end = () => app.call("DELETE", `/api/v1/users/sessions/${own!.id}`, { token });
    expect((await neon.during(end)).requests).toBe(1);
  });
});

it.each([
  [CHROME, "Chrome · Android"],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
    "Edge · Windows",
  ],
  ["Opera/9.80 (Android; Opera Mini/36.2/119.132; U; sw) Presto/2.12.423 Version/12.16", "Opera Mini · Android"],
  ["Mozilla/5.0 (Mobile; Nokia_2720_Flip; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5", "Firefox · KaiOS"],
  [
    "Mozilla/5.0 (Linux; Android 13; SM-A055F) SamsungBrowser/23.0 Chrome/115.0 Mobile Safari/537.36",
    "Samsung Internet · Android",
  ],
  ["okhttp/4.12.0", null],
  ["", null],
  [undefined, null],
])("a handset that says %s is %s", (userAgent, device) => {
  expect(deviceOf(userAgent)).toBe(device);
});
