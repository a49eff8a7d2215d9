import { expect, test } from "vitest";
import { walletProviders } from "../../src/providers/ports.ts";
import { createApp, payment } from "./azampay-app.ts";

interface TransactionView {
  transactionId: string;
  externalId: string;
  provider: string;
  amount: string;
}

test("an accepted checkout carries the provider's transaction id and is not a payment", async () => {
  const app = await createApp();
  const input = payment();
  const result = await app.client.checkout(input);
  const [transaction] = await app.control<TransactionView[]>("GET", `/transactions?externalId=${input.externalId}`);
  expect(result).toEqual({ status: "accepted", providerReference: transaction!.transactionId });
  expect(transaction).toMatchObject({ amount: "2000", provider: "Mpesa" });
});

test("sends the five members of the wire, the amount as digits", async () => {
  const app = await createApp();
  const input = payment({ amountTzs: 5_000_000 });
  await app.client.checkout(input);
  expect(JSON.parse(app.sent[0]!)).toEqual({
    accountNumber: "255754123456",
    amount: "5000000",
    currency: "TZS",
    externalId: input.externalId,
    provider: "Mpesa",
  });
});

test.each(walletProviders.map((provider) => ({ provider })))(
  "$provider is written as the wire wants it",
  async (wallet) => {
    const app = await createApp();
    expect(await app.client.checkout(payment(wallet))).toMatchObject({ status: "accepted" });
  },
);

test("without the API key where one is required the answer is a refusal", async () => {
  const app = await createApp({ requireApiKey: true }, { AZAMPAY_API_KEY: null });
  const result = await app.client.checkout(payment());
  expect(result).toMatchObject({
    status: "refused",
    reason: expect.stringMatching(/^declined:1000: .*Invalid Vendor$/),
  });
});

test("without the API key where none is required the checkout is accepted", async () => {
  const app = await createApp({ requireApiKey: false }, { AZAMPAY_API_KEY: null });
  expect(await app.client.checkout(payment())).toMatchObject({ status: "accepted" });
});

test("success false with the word null for an id is a refusal", async () => {
  const app = await createApp();
  await app.arm({ answer: "refused" });
  expect(await app.client.checkout(payment())).toMatchObject({ status: "refused" });
});

test("a number in the provider's message does not get into the reason", async () => {
  const app = await createApp();
  await app.arm({ answer: "refused", message: "Account 255754123456 is barred" });
  expect(await app.client.checkout(payment())).toEqual({
    status: "refused",
    reason: "declined:1000: Account # is barred",
  });
});

test("a 400 is a refusal that names the fields and no value", async () => {
  const app = await createApp();
  await app.arm({ answer: "invalid" });
  expect(await app.client.checkout(payment())).toEqual({ status: "refused", reason: "invalid:accountNumber,amount" });
});

test.each([
  ["amount", { amountTzs: 0 }],
  ["amount", { amountTzs: 5_000_001 }],
  ["amount", { amountTzs: 10.5 }],
  ["accountNumber", { msisdn: "+255754123456" }],
  ["accountNumber", { msisdn: "0754123456" }],
  ["externalId", { externalId: "" }],
  ["externalId", { externalId: "x".repeat(31) }],
])("a wrong %s is refused before anything is sent (%o)", async (field, change) => {
  const app = await createApp();
  expect(await app.client.checkout(payment(change))).toEqual({ status: "refused", reason: `invalid:${field}` });
  expect(await app.counters()).toEqual({});
});

test.each([
  ["error", "http_500"],
  ["bad_gateway", "http_502"],
  ["redirect", "http_307"],
  ["empty", "answer_unreadable"],
  ["html", "answer_unreadable"],
  ["broken_json", "answer_unreadable"],
  ["no_transaction_id", "answer_unreadable"],
])("%s instead of an answer leaves the checkout unknown and is not sent again", async (answer, reason) => {
  const app = await createApp();
  await app.arm({ answer });
  expect(await app.client.checkout(payment())).toEqual({ status: "unknown", reason });
  expect(await app.counters()).toEqual({ token: 1, checkout: 1 });
});

test.each(["error", "bad_gateway", "empty", "broken_json"])(
  "%s after the prompt went out is unknown as well",
  async (answer) => {
    const app = await createApp();
    await app.arm({ answer, accept: true });
    const input = payment();
    expect(await app.client.checkout(input)).toMatchObject({ status: "unknown" });
    expect(await app.control("GET", `/transactions?externalId=${input.externalId}`)).toHaveLength(1);
  },
);

test.each([
  ["not_found", "http_404"],
  ["throttled", "http_429"],
])("%s says that the request was not processed: a refusal", async (answer, reason) => {
  const app = await createApp();
  await app.arm({ answer });
  expect(await app.client.checkout(payment())).toEqual({ status: "refused", reason });
});

test("no answer in time after the prompt went out is unknown, sent once", async () => {
  const app = await createApp({}, {}, { checkoutTimeoutMs: 200 });
  await app.arm({ answer: "hang", accept: true });
  const input = payment();
  expect(await app.client.checkout(input)).toEqual({ status: "unknown", reason: "timeout" });
  expect(await app.control("GET", `/transactions?externalId=${input.externalId}`)).toHaveLength(1);
  expect(await app.counters()).toEqual({ token: 1, checkout: 1 });
});

test("a host that nobody answers at is unknown", async () => {
  const app = await createApp({}, { AZAMPAY_CHECKOUT_URL: "http://127.0.0.1:9" });
  expect(await app.client.checkout(payment())).toEqual({ status: "unknown", reason: "unreachable" });
});

test("a callback that overtakes the answer changes nothing about the answer", async () => {
  const app = await createApp();
  const input = payment({ msisdn: "255754123404" });
  const result = await app.client.checkout(input);
  const [callback] = await app.callbacks(input.externalId);
  expect(result).toEqual({
    status: "accepted",
    providerReference: app.client.parseCallback(callback!.body)!.providerReference,
  });
});

test("no reason and no log line carries the number, the secret or the token", async () => {
  const app = await createApp({}, { AZAMPAY_CLIENT_SECRET: "another-secret" });
  const reasons = [await app.client.checkout(payment())];
  const other = await createApp();
  for (const answer of ["invalid", "refused", "unauthorized", "unauthorized", "error"]) {
    await other.arm({ answer });
    reasons.push(await other.client.checkout(payment()));
  }
  const told = JSON.stringify([reasons, app.lines, other.lines]);
  expect(app.lines).toHaveLength(1);
  expect(told).not.toMatch(/255754123456|another-secret|its-secret|its-api-key|eyJ/);
});

test("the ping asks for the partners once in half a minute", async () => {
  const app = await createApp();
  expect(await app.client.ping()).toBe(true);
  await app.arm({ on: "partners", answer: "bad_gateway" });
  expect(await app.client.ping()).toBe(true);
  app.clock.advance(30_000);
  expect(await app.client.ping()).toBe(false);
  expect(await app.counters()).toMatchObject({ partners: 2 });
});
