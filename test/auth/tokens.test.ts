import { generateKeyPair, exportJWK, SignJWT, importJWK } from "jose";
import { describe, expect, it } from "vitest";
import { createTokens } from "../../src/auth/tokens.ts";
import { Config } from "../../src/config.ts";
import { createTestClock } from "../http/harness.ts";
import { env } from "cloudflare:workers";
import { TOKEN_KEY } from "../support/test-env.ts";

const access = {
  userId: "usr_01k8m3r4t5v6w7x8y9zabcdefg",
  sessionId: "ses_01k8m3r4t5v6w7x8y9zabcdefg",
  role: "renter",
} as const;
const ticket = {
  rentalId: "rnt_01k8m3r4t5v6w7x8y9zabcdefg",
  stationId: "stn_01k8m3r4t5v6w7x8y9zabcdefg",
  status: "dispensing",
} as const;

const newKey = async (kid: string) => {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const { x, d } = await exportJWK(privateKey);
  return { kty: "OKP", crv: "Ed25519", kid, x, d };
};
const tokensWith = (keys: unknown[], clock = createTestClock(), settings: Record<string, string> = {}) =>
  createTokens(Config.parse({ ...env, TOKEN_KEYS: JSON.stringify(keys), ...settings }), clock);
const code = (work: Promise<unknown>) =>
  work.then(
    () => "taken",
    (error: { code?: string }) => error.code,
  );

describe("access tokens", () => {
  it("come back as they were given, for 15 minutes", async () => {
    const clock = createTestClock();
    const tokens = tokensWith([TOKEN_KEY], clock);
    const token = await tokens.sign(access);
    clock.advance(899_000);
    expect(await tokens.verify(token)).toEqual(access);
    clock.advance(1_000);
    expect(await code(tokens.verify(token))).toBe("token_expired");
  });

  it("are taken under every key of the ring and under no other", async () => {
    const [older, newer, foreign] = await Promise.all([newKey("older"), newKey("newer"), newKey("foreign")]);
    const token = await tokensWith([older]).sign(access);
    const { d: _, ...publicHalf } = older;
    expect(await tokensWith([newer, publicHalf]).verify(token)).toEqual(access);
    expect(await code(tokensWith([newer]).verify(token))).toBe("unauthenticated");
    expect(await code(tokensWith([{ ...foreign, kid: "older" }]).verify(token))).toBe("unauthenticated");
  });

  it("are refused from another issuer", async () => {
    const token = await tokensWith([TOKEN_KEY], undefined, { PUBLIC_BASE_URL: "https://elsewhere.example" }).sign(
      access,
    );
    expect(await code(tokensWith([TOKEN_KEY]).verify(token))).toBe("unauthenticated");
  });

  it("are refused when they carry no signature, another algorithm or a changed claim", async () => {
    const tokens = tokensWith([TOKEN_KEY]);
    const [header, payload, signature] = (await tokens.sign(access)).split(".") as [string, string, string];
    const part = (value: unknown) =>
      btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
    const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))) as Record<string, unknown>;
    const head = { alg: "EdDSA", kid: TOKEN_KEY.kid, typ: "at+jwt" };
    const hmac = await new SignJWT(claims)
      .setProtectedHeader({ ...head, alg: "HS256" })
      .sign(new TextEncoder().encode(TOKEN_KEY.x));
    for (const forged of [
      `${part({ ...head, alg: "none" })}.${payload}.`,
      `${header}.${part({ ...claims, role: "admin" })}.${signature}`,
      hmac,
      "a.b.c",
      "",
    ]) {
      expect(await code(tokens.verify(forged))).toBe("unauthenticated");
    }
  });

  it("are refused without the claims that name a person", async () => {
    const tokens = tokensWith([TOKEN_KEY]);
    const key = await importJWK(TOKEN_KEY, "EdDSA");
    const signed = (claims: Record<string, unknown>) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "EdDSA", kid: TOKEN_KEY.kid, typ: "at+jwt" })
        .setIssuer("http://chajipoa.test")
        .setAudience("chajipoa:api")
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(key);
    const full = { sub: access.userId, sid: access.sessionId, role: "renter" };
    expect(await code(tokens.verify(await signed(full)))).toBe("taken");
    for (const bad of [
      { ...full, sub: "usr_1" },
      { ...full, sid: undefined },
      { ...full, role: "root" },
    ]) {
      expect(await code(tokens.verify(await signed(bad)))).toBe("unauthenticated");
    }
  });
});

describe("live tickets", () => {
  it("live for 60 s and name themselves", async () => {
    const clock = createTestClock(1_800_000_000_000);
    const tokens = tokensWith([TOKEN_KEY], clock);
    const made = await tokens.signTicket(ticket);
    expect(made.expiresAtMs).toBe(1_800_000_060_000);
    clock.advance(59_000);
    expect(await tokens.verifyTicket(made.ticket)).toEqual({
      ...ticket,
      ticketId: made.ticketId,
      expiresAtMs: made.expiresAtMs,
    });
    clock.advance(1_000);
    expect(await code(tokens.verifyTicket(made.ticket))).toBe("ticket_invalid");
  });

  it("are no access tokens, and access tokens are no tickets", async () => {
    const tokens = tokensWith([TOKEN_KEY]);
    expect(await code(tokens.verify((await tokens.signTicket(ticket)).ticket))).toBe("unauthenticated");
    expect(await code(tokens.verifyTicket(await tokens.sign(access)))).toBe("ticket_invalid");
  });
});

describe("the key ring", () => {
  it("publishes every key and no private half", async () => {
    const older = await newKey("older");
    const { keys } = tokensWith([TOKEN_KEY, older]).jwks();
    expect(keys.map(({ kid }) => kid)).toEqual([TOKEN_KEY.kid, "older"]);
    expect(keys.every((key) => !("d" in key))).toBe(true);
    expect(keys[0]).toMatchObject({ kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", x: TOKEN_KEY.x });
  });

  it.each([
    ["no JSON", "{"],
    ["no key", "[]"],
    ["a first key without a private half", JSON.stringify([{ ...TOKEN_KEY, d: undefined }])],
    ["one kid twice", JSON.stringify([TOKEN_KEY, TOKEN_KEY])],
  ])("refuses to start with %s, and quotes nothing of it", (_, text) => {
    const start = () => createTokens(Config.parse({ ...env, TOKEN_KEYS: text }), createTestClock());
    expect(start).toThrow(/TOKEN_KEYS/);
    expect(start).not.toThrow(TOKEN_KEY.x);
  });
});
