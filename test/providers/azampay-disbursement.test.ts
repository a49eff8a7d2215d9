// The disbursement client against the simulator, which decrypts every checksum and keeps its own rules.
import { describe, expect, test } from "vitest";
import { fromBase64, toBase64 } from "../../src/lib/bytes.ts";
import { createChecksum } from "../../src/providers/azampay-checksum.ts";
import { type PayoutProvider, walletProviders } from "../../src/providers/ports.ts";
import { createApp, nextExternalId, type TestApp } from "./azampay-app.ts";

type Transfer = Parameters<PayoutProvider["disburse"]>[0];
const transfer = (change: Partial<Transfer> = {}): Transfer => ({
  externalId: nextExternalId(),
  amountTzs: 3_000,
  msisdn: "255754123456",
  provider: "mpesa",
  recipientName: "ASHA JUMA",
  ...change,
});
interface Made {
  transactionId: string;
  externalId: string;
  amountTzs: number;
  bankName: string;
  recipient: string;
}
const made = (app: TestApp, { externalId }: Transfer) =>
  app.control<Made[]>("GET", `/disbursements?externalId=${externalId}`);

describe("a checksum", () => {
  const anotherKey = async (): Promise<string> => {
    const algorithm = {
      name: "RSA-OAEP",
      modulusLength: 2_048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    };
    const pair = (await crypto.subtle.generateKey(algorithm, true, ["encrypt", "decrypt"])) as CryptoKeyPair;
    const spki = toBase64(new Uint8Array((await crypto.subtle.exportKey("spki", pair.publicKey)) as ArrayBuffer));
    return `-----BEGIN PUBLIC KEY-----\\n${spki.replaceAll(/.{64}/g, "$&\\n")}\\n-----END PUBLIC KEY-----`;
  };

  test("of one text is 256 bytes, and other ones each time", async () => {
    const checksum = createChecksum(await anotherKey());
    const [first, second] = await Promise.all([checksum("abc"), checksum("abc")]);
    expect([fromBase64(first).length, fromBase64(second).length]).toEqual([256, 256]);
    expect(first).not.toBe(second);
  });

  test("under another key than the provider's does not open there", async () => {
    const app = await createApp();
    const payouts = await app.createPayouts({ AZAMPAY_CHECKSUM_KEY_PEM: await anotherKey() });
    const input = transfer();
    expect(await payouts.disburse(input)).toEqual({ status: "unknown", reason: "said: invalid checksum" });
    expect(await made(app, input)).toEqual([]);
    expect(await payouts.lookUpName({ msisdn: "255754123456", provider: "mpesa" })).toEqual({
      status: "not_found",
      reason: "Invalid checksum",
    });
  });

  test("of a key that cannot be read leaves withdrawals off, and nothing is sent", async () => {
    const app = await createApp();
    for (const change of [
      { AZAMPAY_CHECKSUM_KEY_PEM: "not a key" },
      { AZAMPAY_CHECKSUM_KEY_PEM: null },
      { AZAMPAY_SOURCE_ACCOUNT: null },
    ]) {
      const payouts = await app.createPayouts(change);
      expect(payouts.isConfigured).toBe(false);
      expect(await payouts.disburse(transfer())).toEqual({ status: "not_sent", reason: "not_configured" });
    }
    expect(await app.counters()).toEqual({});
  });
});

describe("a disbursement", () => {
  test("that is accepted carries the provider's id and is not paid", async () => {
    const app = await createApp();
    const payouts = await app.createPayouts();
    const input = transfer();
    const result = await payouts.disburse(input);
    const [disbursement] = await made(app, input);
    expect(result).toEqual({ status: "accepted", providerReference: disbursement!.transactionId });
    expect(disbursement).toMatchObject({ amountTzs: 3_000, bankName: "Vodacom", recipient: "ASHA JUMA" });
    expect(JSON.parse(app.sent.at(-1)!)).toMatchObject({
      transferDetails: { amount: 3_000, dateInEpoch: Math.floor(app.clock.now() / 1_000) },
      source: { bankName: "Azampesa" },
    });
  });

  test.each(walletProviders.map((provider) => ({ provider })))(
    "to $provider is spelt as the settings say, upper and lower case alike",
    async ({ provider }) => {
      const live = await createApp();
      expect(await (await live.createPayouts()).disburse(transfer({ provider }))).toMatchObject({ status: "accepted" });
      const schema = await createApp({ bankNames: "schema" });
      const names = { airtel: "airtel", tigo: "tigo", halopesa: "tigo", azampesa: "azampesa", mpesa: "tigo" };
      const payouts = await schema.createPayouts({ AZAMPAY_BANK_NAMES: names, AZAMPAY_SOURCE_BANK: "azampesa" });
      expect(await payouts.disburse(transfer({ provider }))).toMatchObject({ status: "accepted" });
    },
  );

  test("under names that the service does not know is refused", async () => {
    const app = await createApp({ bankNames: "schema" });
    expect(await (await app.createPayouts()).disburse(transfer())).toEqual({
      status: "refused",
      reason: "invalid bankname.",
    });
  });

  test("whose time is old on the provider's clock is refused, and a fresh one under the same id is taken", async () => {
    const app = await createApp();
    const payouts = await app.createPayouts();
    const input = transfer();
    await app.control("POST", "/clock", { advanceMs: 200_000 });
    expect(await payouts.disburse(input)).toEqual({ status: "refused", reason: "request expired" });
    app.clock.advance(200_000);
    expect(await payouts.disburse(input)).toMatchObject({ status: "accepted" });
  });

  test("sent twice under one id is made once, and the second answer is no refusal", async () => {
    const app = await createApp();
    const payouts = await app.createPayouts({
      AZAMPAY_REFUSALS: ["duplicate external reference id", "request expired"],
    });
    const input = transfer();
    await payouts.disburse(input);
    expect(await payouts.disburse(input)).toEqual({ status: "duplicate" });
    expect(await made(app, input)).toHaveLength(1);
  });

  test("that is refused by a sentence nobody listed is unknown", async () => {
    const app = await createApp();
    const payouts = await app.createPayouts();
    await app.arm({ on: "disburse", answer: "refused", message: "Account 255754123456 is dormant" });
    expect(await payouts.disburse(transfer())).toEqual({ status: "unknown", reason: "said: account # is dormant" });
    const listed = await app.createPayouts({ AZAMPAY_REFUSALS: ["account is dormant"] });
    await app.arm({ on: "disburse", answer: "refused", message: "Account is dormant" });
    expect(await listed.disburse(transfer())).toEqual({ status: "refused", reason: "account is dormant" });
  });

  test.each([
    ["error", "http_500"],
    ["bad_gateway", "http_502"],
    ["not_found", "http_404"],
    ["throttled", "http_429"],
    ["redirect", "http_307"],
    ["empty", "answer_unreadable"],
    ["html", "answer_unreadable"],
    ["broken_json", "answer_unreadable"],
    ["no_transaction_id", "answer_unreadable"],
  ])("answered with %s may have been made: unknown, sent once", async (answer, reason) => {
    const app = await createApp();
    const payouts = await app.createPayouts();
    await app.arm({ on: "disburse", answer, accept: true });
    const input = transfer();
    expect(await payouts.disburse(input)).toEqual({ status: "unknown", reason });
    expect(await made(app, input)).toHaveLength(1);
    expect(await app.counters()).toMatchObject({ disburse: 1 });
  });

  test("without an answer in time is unknown, sent once", async () => {
    const app = await createApp();
    const payouts = await app.createPayouts({}, { sendTimeoutMs: 200 });
    await app.arm({ on: "disburse", answer: "hang", accept: true });
    const input = transfer();
    expect(await payouts.disburse(input)).toEqual({ status: "unknown", reason: "timeout" });
    expect(await made(app, input)).toHaveLength(1);
  });

  test("under a token that was revoked is sent again with a new one, and made once", async () => {
    const app = await createApp();
    const payouts = await app.createPayouts();
    await payouts.disburse(transfer());
    await app.control("DELETE", "/tokens");
    const input = transfer();
    expect(await payouts.disburse(input)).toMatchObject({ status: "accepted" });
    expect(await made(app, input)).toHaveLength(1);
  });

  test("with refused credentials, or while no token can be had, was not sent", async () => {
    const app = await createApp();
    expect(await (await app.createPayouts({ AZAMPAY_CLIENT_SECRET: "another" })).disburse(transfer())).toEqual({
      status: "not_sent",
      reason: "credentials",
    });
    expect(
      await (
        await app.createPayouts({ AZAMPAY_AUTH_URL: "http://127.0.0.1:9", AZAMPAY_APP_NAME: "Elsewhere" })
      ).disburse(transfer()),
    ).toEqual({ status: "not_sent", reason: "token_unavailable" });
    const twice = await createApp();
    const payouts = await twice.createPayouts();
    await twice.arm({ on: "disburse", answer: "unauthorized", times: 2 });
    expect(await payouts.disburse(transfer())).toEqual({ status: "not_sent", reason: "credentials" });
  });
});

describe("a name", () => {
  test.each(["documented", "test_host", "parts_only"])("is read in the %s form", async (nameForm) => {
    const app = await createApp({ nameForm });
    expect(await (await app.createPayouts()).lookUpName({ msisdn: "255754123456", provider: "mpesa" })).toEqual({
      status: "found",
      name: "ASHA JUMA",
    });
  });

  test("that nobody has is not found; a silence is no answer", async () => {
    const app = await createApp();
    const payouts = await app.createPayouts();
    expect(await payouts.lookUpName({ msisdn: "255754123499", provider: "mpesa" })).toEqual({
      status: "not_found",
      reason: "Account not found",
    });
    await app.arm({ on: "name_lookup", answer: "bad_gateway" });
    expect(await payouts.lookUpName({ msisdn: "255754123456", provider: "mpesa" })).toEqual({
      status: "unknown",
      reason: "http_502",
    });
  });
});

describe("the status of a disbursement", () => {
  test.each([
    ["data", "success", "succeeded"],
    ["status", "success", "succeeded"],
    ["status", "constructor", "unknown"],
    ["data", "failure", "failed"],
    ["data", "pending", "pending"],
    ["data", "Completed", "unknown"],
    ["published", "success", "unknown"],
  ])("in the %s form with the word %s is %s", async (statusForm, word, outcome) => {
    const app = await createApp({ statusForm });
    const payouts = await app.createPayouts();
    const sent = await payouts.disburse(transfer({ msisdn: "255754123403" }));
    if (sent.status !== "accepted") throw new Error(sent.status);
    await app.arm({ on: "disbursement_status", word });
    expect(await payouts.status({ providerReference: sent.providerReference, provider: "mpesa" })).toBe(outcome);
  });

  test("of one that the provider does not find, and of no answer, is unknown", async () => {
    const app = await createApp();
    const payouts = await app.createPayouts();
    expect(await payouts.status({ providerReference: "0".repeat(32), provider: "mpesa" })).toBe("unknown");
    for (const answer of ["error", "broken_json", "html"]) {
      await app.arm({ on: "disbursement_status", answer });
      expect(await payouts.status({ providerReference: "0".repeat(32), provider: "mpesa" })).toBe("unknown");
    }
  });
});

describe("a callback about a disbursement", () => {
  const read = async (suffix: string, script: Record<string, unknown> = {}) => {
    const app = await createApp();
    const payouts = await app.createPayouts();
    if (Object.keys(script).length > 0) await app.arm({ on: "disburse", ...script });
    const input = transfer({ msisdn: `2557541234${suffix}` });
    await payouts.disburse(input);
    const [callback] = await app.callbacks(input.externalId);
    return { input, payouts, callback: payouts.parseCallback(callback!.body) };
  };

  test("names our id, the provider's, the amount and the outcome", async () => {
    const { input, callback } = await read("00");
    expect(callback).toEqual({
      externalId: input.externalId,
      providerReference: expect.stringMatching(/^[0-9a-f]{32}$/),
      operatorReference: expect.any(String),
      status: "succeeded",
      amountTzs: 3_000,
    });
    expect((await read("01")).callback).toMatchObject({ status: "failed" });
  });

  test("with an unknown word, a number for the amount, or a missing reference is read narrowly", async () => {
    expect((await read("50", { payout: "unknown_word" })).callback).toMatchObject({ status: "other" });
    expect((await read("50", { fields: { amount: 3_000, pgReferenceId: null } })).callback).toMatchObject({
      amountTzs: 3_000,
      providerReference: null,
    });
    expect((await read("50", { fields: { amount: "2999.5" } })).callback).toMatchObject({ amountTzs: null });
  });

  test.each(["", "[]", "{}", '{"status":"success"}', '{"initiatorReferenceId":"a"}', "<html>"])(
    "of the form %j is none",
    async (body) => {
      const app = await createApp();
      expect((await app.createPayouts()).parseCallback(body)).toBeNull();
    },
  );
});

test("no reason carries a number, the secret or the token", async () => {
  const app = await createApp();
  const payouts = await app.createPayouts();
  const told: unknown[] = [];
  for (const answer of ["refused", "duplicate", "invalid_bank", "error", "html", "unauthorized"]) {
    await app.arm({ on: "disburse", answer, message: "Customer 255754123456 unknown" });
    told.push(await payouts.disburse(transfer()));
  }
  expect(JSON.stringify([told, app.lines])).not.toMatch(/255754123456|its-secret|its-api-key|eyJ/);
});
