import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { Config } from "../../src/config.ts";
import { createBeem } from "../../src/providers/beem.ts";
import { startSimulator } from "../support/control.ts";
import { driveSms, testBadAnswers } from "./sms-client.ts";

let url = "";
const gateway = driveSms(() => url, "Nambari yako ya kuthibitisha ni 123456");
const { sms, arm, inbox } = gateway;

beforeAll(async () => {
  const { BEEM_API_KEY: apiKey, BEEM_SECRET_KEY: secretKey, BEEM_SENDER } = env;
  ({ url } = await startSimulator("beem", { apiKey, secretKey, senders: [BEEM_SENDER] }));
});

const createSender = (change: Partial<Config> = {}, timeoutMs = 5_000) =>
  createBeem({
    config: { ...Config.parse(env), BEEM_URL: url, ...change },
    fetch: (input, init) => fetch(input, init),
    timeoutMs,
  });

test("a submitted message is accepted under the provider's request id and carries our reference", async () => {
  const message = sms();
  const result = await createSender().send(message);
  const [received] = await inbox(message.msisdn);
  expect(received).toMatchObject({
    reference: message.reference,
    to: message.msisdn,
    from: env.BEEM_SENDER,
    text: message.text,
  });
  expect(result).toEqual({ status: "accepted", providerReference: received!.providerReference });
});

test("an accepted answer inside data is read as well", async () => {
  const message = sms();
  await arm({ to: message.msisdn, isWrapped: true });
  expect(await createSender().send(message)).toMatchObject({ status: "accepted" });
});

test.each([
  { counts: "invalid", result: { status: "refused", code: "recipient_invalid", chance: "never" } },
  { counts: "duplicates", result: { status: "unknown", reason: "recipient_unread" } },
])("a submitted request whose one recipient counts as $counts is not taken as sent", async ({ counts, result }) => {
  const message = sms();
  await arm({ to: message.msisdn, counts });
  expect(await createSender().send(message)).toEqual(result);
});

const later = [102, 103, 106];
const never = [101, 109, 110, 115];
const chanceOf = (code: number) => (later.includes(code) ? "later" : never.includes(code) ? "never" : "elsewhere");
const codes = Array.from({ length: 20 }, (_, index) => 101 + index);
const cases = codes.flatMap((code) => [
  { code, isWrapped: false, chance: chanceOf(code) },
  { code, isWrapped: true, chance: chanceOf(code) },
]);

test.each(cases)("code $code, wrapped $isWrapped, is a refusal; the message has a chance: $chance", async (given) => {
  const { code, isWrapped, chance } = given;
  const message = sms();
  await arm({ to: message.msisdn, code, isWrapped });
  expect(await createSender().send(message)).toEqual({ status: "refused", code: String(code), chance });
  expect(await inbox(message.msisdn)).toEqual([]);
});

test("a code under HTTP 200 is a refusal, and so is one that the table does not have", async () => {
  const [first, second] = [sms(), sms()];
  await arm({ to: first.msisdn, code: 111, httpStatus: 200 });
  await arm({ to: second.msisdn, code: 199 });
  expect(await createSender().send(first)).toEqual({ status: "refused", code: "111", chance: "elsewhere" });
  expect(await createSender().send(second)).toEqual({ status: "refused", code: "199", chance: "elsewhere" });
});

test("a wrong secret is refused with 120", async () => {
  const result = await createSender({ BEEM_SECRET_KEY: "wrong" }).send(sms());
  expect(result).toEqual({ status: "refused", code: "120", chance: "elsewhere" });
});

test("a sender that is not registered is refused with 111", async () => {
  const result = await createSender({ BEEM_SENDER: "SOMEBODY" }).send(sms());
  expect(result).toEqual({ status: "refused", code: "111", chance: "elsewhere" });
});

test.each([
  ["101", { msisdn: "+255754123456" }],
  ["101", { msisdn: "0754123456" }],
  ["109", { text: "" }],
  ["110", { text: "Karibu – “ChajiPoa”" }],
])("the provider refuses with %s what is %j", async (code, change) => {
  expect(await createSender().send(sms(change))).toEqual({ status: "refused", code, chance: "never" });
});

testBadAnswers(
  gateway,
  (timeoutMs) => createSender({}, timeoutMs),
  () => createSender({ BEEM_URL: "http://127.0.0.1:9" }),
);
