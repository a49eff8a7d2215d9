import { expect, test } from "vitest";
import { DAY_MS } from "../../src/lib/clock.ts";
import type { ProviderCallback } from "../../src/providers/ports.ts";
import { createApp, type TestApp } from "./azampay-app.ts";

const required = { AZAMPAY_CALLBACK_SIGNATURE: "required" } as const;
const valid = { isAuthentic: true, signature: "valid" };
const wrong = { isAuthentic: false, reason: "signature_wrong" };
const unavailable = { isAuthentic: false, reason: "key_unavailable" };

const keyFetches = async (app: TestApp): Promise<number> => (await app.counters())["public_key"] ?? 0;

const payOnce = async (app: TestApp, suffix: string): Promise<ProviderCallback> => (await app.pay(suffix))[0]!;

test("a signed callback is authentic, and its key is fetched once", async () => {
  const app = await createApp({}, required);
  expect(await app.client.authenticateCallback(await payOnce(app, "00"))).toEqual(valid);
  expect(await app.client.authenticateCallback(await payOnce(app, "01"))).toEqual(valid);
  expect(await keyFetches(app)).toBe(1);
});

test("twenty callbacks at once fetch the key once", async () => {
  const app = await createApp({}, required);
  const callback = await payOnce(app, "00");
  const verdicts = await Promise.all(Array.from({ length: 20 }, () => app.client.authenticateCallback(callback)));
  expect(verdicts).toEqual(Array.from({ length: 20 }, () => valid));
  expect(await keyFetches(app)).toBe(1);
});

test("the key is fetched again after a day", async () => {
  const app = await createApp({}, required);
  const callback = await payOnce(app, "00");
  await app.client.authenticateCallback(callback);
  app.clock.advance(DAY_MS - 1);
  await app.client.authenticateCallback(callback);
  expect(await keyFetches(app)).toBe(1);
  app.clock.advance(1);
  expect(await app.client.authenticateCallback(callback)).toEqual(valid);
  expect(await keyFetches(app)).toBe(2);
});

test("an old key that cannot be renewed still proves what it proves", async () => {
  const app = await createApp({}, required);
  const callback = await payOnce(app, "00");
  await app.client.authenticateCallback(callback);
  app.clock.advance(DAY_MS);
  await app.arm({ on: "public_key", answer: "bad_gateway" });
  expect(await app.client.authenticateCallback(callback)).toEqual(valid);
});

test.each(["utilityref", "externalreference", "transactionstatus", "operator"])(
  "a changed %s is found out",
  async (name) => {
    const app = await createApp({}, required);
    await app.arm({ tamper: { [name]: "success2" } });
    expect(await app.client.authenticateCallback(await payOnce(app, "00"))).toEqual(wrong);
  },
);

test.each(["amount", "transid", "msisdn"])("a changed %s is not: the signature does not cover it", async (name) => {
  const app = await createApp({}, required);
  await app.arm({ tamper: { [name]: "1" } });
  expect(await app.client.authenticateCallback(await payOnce(app, "00"))).toEqual(valid);
});

test("a rotated key is fetched once more", async () => {
  const app = await createApp({}, required);
  await app.client.authenticateCallback(await payOnce(app, "00"));
  expect(await app.client.authenticateCallback(await payOnce(app, "11"))).toEqual(valid);
  expect(await app.client.authenticateCallback(await payOnce(app, "00"))).toEqual(valid);
  expect(await keyFetches(app)).toBe(2);
});

test("wrong signatures fetch the key five times in a minute and no more", async () => {
  const app = await createApp({}, required);
  const callback = await payOnce(app, "10");
  for (let i = 0; i < 10; i++) expect(await app.client.authenticateCallback(callback)).toEqual(wrong);
  expect(await keyFetches(app)).toBe(1 + 5);
  app.clock.advance(60_000);
  await app.client.authenticateCallback(callback);
  expect(await keyFetches(app)).toBe(1 + 5 + 1);
});

test("a signature that is not base64 is wrong and asks for no key", async () => {
  const app = await createApp({}, required);
  await app.arm({ tamper: { signature: "not base64!" } });
  expect(await app.client.authenticateCallback(await payOnce(app, "00"))).toEqual(wrong);
  expect(await keyFetches(app)).toBe(0);
});

test.each([
  ["required", "09", { isAuthentic: false, reason: "signature_missing" }],
  ["required", "13", { isAuthentic: false, reason: "signature_missing" }],
  ["required", "16", { isAuthentic: false, reason: "signature_missing" }],
  ["if-present", "09", { isAuthentic: true, signature: "absent" }],
  ["if-present", "13", { isAuthentic: true, signature: "absent" }],
  ["if-present", "00", valid],
  ["if-present", "10", wrong],
  ["off", "10", { isAuthentic: true, signature: "not_checked" }],
] as const)("with signatures %s, number …%s is judged %o", async (mode, suffix, verdict) => {
  const app = await createApp({}, { AZAMPAY_CALLBACK_SIGNATURE: mode });
  expect(await app.client.authenticateCallback(await payOnce(app, suffix))).toEqual(verdict);
});

test.each([
  ["XML at the documented path", "/azampay/v1/public-key?format=Xml"],
  ["a bare PEM at the path seen in the sandbox", "/api/Token/PublicKey"],
])("reads the key as %s", async (_, path) => {
  const app = await createApp({ publicKeyPaths: path.startsWith("/api") ? "token" : "v1" }, required);
  const client = app.createClient({ AZAMPAY_PUBLIC_KEY_URL: `${app.url}${path}` });
  expect(await client.authenticateCallback(await payOnce(app, "00"))).toEqual(valid);
});

test.each([
  ["with line breaks", (pem: string) => pem],
  ["on one line", (pem: string) => pem.replaceAll("\n", "\\n")],
])("a key of the settings %s is used and none is fetched", async (_, write) => {
  const app = await createApp({}, required);
  const callback = await payOnce(app, "00");
  const { pem } = await app.control<{ pem: string }>("GET", "/key");
  const client = app.createClient({ AZAMPAY_PUBLIC_KEY_PEM: write(pem) });
  expect(await client.authenticateCallback(callback)).toEqual(valid);
  expect(await client.authenticateCallback(await payOnce(app, "11"))).toEqual(wrong);
  expect(await keyFetches(app)).toBe(0);
});

test("a key of the settings that is no key accepts nothing", async () => {
  const app = await createApp({}, { ...required, AZAMPAY_PUBLIC_KEY_PEM: "hello" });
  expect(await app.client.authenticateCallback(await payOnce(app, "00"))).toEqual(unavailable);
});

test.each(["not_found", "bad_gateway", "html", "empty", "broken_json", "redirect", "hang"])(
  "without a key (%s) a signed callback is not authentic, and it is once the key can be had",
  async (answer) => {
    const app = await createApp({}, { AZAMPAY_CALLBACK_SIGNATURE: "if-present" }, { lookupTimeoutMs: 200 });
    const callback = await payOnce(app, "00");
    await app.arm({ on: "public_key", answer });
    expect(await app.client.authenticateCallback(callback)).toEqual(unavailable);
    expect(await app.client.authenticateCallback(callback)).toEqual(valid);
  },
);

test("a stale token does not keep the key away", async () => {
  const app = await createApp({}, required);
  const callback = await payOnce(app, "00");
  await app.control("DELETE", "/tokens");
  expect(await app.client.authenticateCallback(callback)).toEqual(valid);
});

test.each([
  ["00", { isAuthentic: true, signature: "not_checked" }],
  ["13", { isAuthentic: false, reason: "password" }],
  ["14", { isAuthentic: false, reason: "password" }],
])("with a password in the settings, number …%s is judged %o", async (suffix, verdict) => {
  const change = { AZAMPAY_CALLBACK_PASSWORD: "its-password", AZAMPAY_CALLBACK_SIGNATURE: "off" } as const;
  const app = await createApp({}, change);
  expect(await app.client.authenticateCallback(await payOnce(app, suffix))).toEqual(verdict);
});

test.each(["its-passwor", "its-password2", "ITS-PASSWORD", ""])(
  "the password %j is not the configured one",
  async (password) => {
    const app = await createApp({}, { AZAMPAY_CALLBACK_PASSWORD: "its-password" });
    await app.arm({ tamper: { password } });
    expect(await app.client.authenticateCallback(await payOnce(app, "00"))).toEqual({
      isAuthentic: false,
      reason: "password",
    });
  },
);
