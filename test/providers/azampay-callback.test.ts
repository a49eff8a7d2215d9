// Reading callbacks: everything documented or captured, nothing that could be taken for a payment by mistake.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Config } from "../../src/config.ts";
import { parseCallback } from "../../src/providers/azampay-callback.ts";
import { createApp, payment } from "./azampay-app.ts";

const documented = {
  message: "Transaction completed successfully",
  user: "merchant_user",
  password: "merchant_password",
  clientId: "client_123",
  transactionstatus: "success",
  operator: "Tigo",
  reference: "REF123456789",
  externalreference: "EXT987654321",
  utilityref: "UTIL001",
  amount: "10000",
  transid: "TXN123456",
  msisdn: "255712345678",
  mnoreference: "MNO_REF_001",
  submerchantAcc: null,
  additionalProperties: { property1: "value1", property2: "value2" },
  signature: "Base64EncodedSignatureHere...",
};

const captured = {
  message: "success",
  transactionstatus: "success",
  operator: "Mpesa",
  reference: "5aae72e0e5974f0e8319394167d7708f",
  externalreference: "5aae72e0e5974f0e8319394167d7708f",
  utilityref: "BOOKING-HSE-000009-1767956005",
  amount: "60000",
  transid: "5aae72e0e5974f0e8319394167d7708f",
  msisdn: "255758285812",
  mnoreference: "a068932f-09a8-4ff4-82c0-6efa13def8d5",
};

const parse = (change: Record<string, unknown> = {}) => parseCallback(JSON.stringify({ ...captured, ...change }));

test("reads the documented example", () => {
  expect(parseCallback(JSON.stringify(documented))).toEqual({
    externalId: "UTIL001",
    providerReference: "TXN123456",
    status: "succeeded",
    statusWord: "success",
    amountTzs: 10_000,
    operator: "Tigo",
    operatorReference: "MNO_REF_001",
    externalReference: "EXT987654321",
    password: "merchant_password",
    signature: "Base64EncodedSignatureHere...",
  });
});

test("reads the captured minimum", () => {
  expect(parse()).toMatchObject({
    externalId: "BOOKING-HSE-000009-1767956005",
    providerReference: "5aae72e0e5974f0e8319394167d7708f",
    status: "succeeded",
    amountTzs: 60_000,
    password: null,
    signature: null,
  });
});

test.each([
  ["success", "succeeded"],
  ["Success", "succeeded"],
  ["failure", "failed"],
  ["failed", "failed"],
  ["FAIL", "failed"],
  ["cancelled", "failed"],
  ["canceled", "failed"],
  ["pending", "other"],
  ["successful", "other"],
  ["unsuccess", "other"],
  ["constructor", "other"],
  ["true", "other"],
])("the word %s means %s", (transactionstatus, status) => {
  expect(parse({ transactionstatus })).toMatchObject({ status, statusWord: transactionstatus });
});

test.each([
  ["2000", 2_000],
  ["2000.00", 2_000],
  [2_000, 2_000],
  [" 2000 ", 2_000],
  ["0", 0],
  ["2000.50", null],
  [2_000.5, null],
  ["2,000", null],
  ["-2000", null],
  ["TZS 2000", null],
  ["2e3", null],
  ["0x7d0", null],
  ["", null],
  ["99999999999999", null],
])("the amount %j is %j shillings", (amount, amountTzs) => {
  expect(parse({ amount })?.amountTzs).toBe(amountTzs);
});

test.each([
  [{ transid: "t", reference: "r", externalreference: "e" }, "t"],
  [{ transid: null, reference: "r", externalreference: "e" }, "r"],
  [{ transid: "null", reference: "", externalreference: "e" }, "e"],
  [{ transid: 4_711, reference: null, externalreference: null }, "4711"],
])("of the ids %j the transaction's is %s", (ids, providerReference) => {
  expect(parse(ids)?.providerReference).toBe(providerReference);
});

test("numbers, nulls, other types and unknown members do not make it unreadable", () => {
  const change = { operator: 17, utilityref: 900, mnoreference: null, password: {}, signature: false, strange: [1] };
  expect(parse(change)).toMatchObject({
    externalId: "900",
    operator: "17",
    operatorReference: null,
    password: null,
    signature: null,
  });
});

test.each([
  ["", "an empty body"],
  ["<html></html>", "HTML"],
  ["null", "null"],
  ["[]", "a list"],
  ['"success"', "a string"],
  ['{"utilityref":"a"', "JSON cut off"],
])("%j is not a callback (%s)", (body) => {
  expect(parseCallback(body)).toBeNull();
});

test.each([
  ["utilityref", undefined],
  ["utilityref", null],
  ["utilityref", ""],
  ["utilityref", "x".repeat(129)],
  ["utilityref", { a: 1 }],
  ["transactionstatus", undefined],
  ["transactionstatus", null],
  ["transactionstatus", true],
  ["amount", undefined],
  ["amount", null],
  ["amount", ["2000"]],
])("without a usable %s (%j) it is not a callback", (member, value) => {
  expect(parse({ [member]: value })).toBeNull();
});

test("without any id of the transaction it is not a callback", () => {
  expect(parse({ transid: undefined, reference: null, externalreference: "null" })).toBeNull();
});

test.each([
  ["00", ["succeeded"]],
  ["01", ["failed"]],
  ["02", ["failed"]],
  ["05", ["succeeded", "succeeded", "succeeded"]],
  ["06", ["failed", "succeeded"]],
  ["12", ["failed"]],
  ["13", ["succeeded"]],
  ["14", ["succeeded"]],
  ["15", ["succeeded"]],
  ["16", ["succeeded"]],
])("number …%s is read as %j with our id and amount", async (suffix, statuses) => {
  const app = await createApp();
  const callbacks = await app.pay(suffix, statuses.length);
  expect(callbacks.map((callback) => callback.status)).toEqual(statuses);
  for (const callback of callbacks) {
    const transactions = await app.control<unknown[]>("GET", `/transactions?externalId=${callback.externalId}`);
    expect(transactions).toMatchObject([{ transactionId: callback.providerReference }]);
    expect(callback.amountTzs).toBe(2_000);
  }
});

test("a wrong amount and an unknown reference are read as they are", async () => {
  const app = await createApp();
  const [wrongAmount] = await app.pay("07");
  const [unknown] = await app.pay("08");
  expect(wrongAmount).toMatchObject({ status: "succeeded", amountTzs: 1_999 });
  expect(await app.control("GET", `/transactions?externalId=${unknown!.externalId}`)).toEqual([]);
});

test("number …03 gets a prompt and never a callback", async () => {
  const app = await createApp();
  const input = payment({ msisdn: "255754123403" });
  expect(await app.client.checkout(input)).toMatchObject({ status: "accepted" });
  await app.pay("00");
  expect(await app.control("GET", `/callbacks?externalId=${input.externalId}`)).toEqual([]);
});

test.each([
  ["failure_after_success", ["success", "failure"]],
  ["second_transaction", ["success", "success"]],
  ["unknown_word", ["pending"]],
  ["decimal_amount", ["success"]],
])("an armed %s is read as %j", async (behaviour, words) => {
  const app = await createApp();
  await app.arm({ behaviour });
  const callbacks = await app.pay("00", words.length);
  expect(callbacks.map((callback) => callback.statusWord)).toEqual(words);
  expect(new Set(callbacks.map((callback) => callback.providerReference)).size).toBe(
    behaviour === "second_transaction" ? 2 : 1,
  );
  expect(callbacks[0]!.amountTzs).toBe(2_000);
});

test("a door for callbacks without a secret in its address needs another proof of their sender", () => {
  const isTaken = (AZAMPAY_CALLBACK_PASSWORD: string, AZAMPAY_CALLBACK_SIGNATURE: string) =>
    Config.safeParse({
      ...env,
      AZAMPAY_CALLBACK_WITHOUT_SECRET: "on",
      AZAMPAY_CALLBACK_PASSWORD,
      AZAMPAY_CALLBACK_SIGNATURE,
    }).success;
  expect([isTaken("", "off"), isTaken("", "if-present")]).toEqual([false, false]);
  expect([isTaken("its-password", "off"), isTaken("", "required")]).toEqual([true, true]);
});
