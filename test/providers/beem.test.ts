import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { Config } from "../../src/config.ts";
import { createBeem } from "../../src/providers/beem.ts";
import { startSimulator } from "../support/control.ts";

interface Sms {
  reference: string;
  providerReference: string;
  to: string;
  from: string;
  text: string;
}

let url = "";
let numbers = 0;

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

/** A message to a number that no other test uses. */
const sms = (change: { msisdn?: string; text?: string } = {}) => ({
  reference: `msg_${++numbers}`,
  msisdn: `2557${String(numbers).padStart(8, "0")}`,
  text: "Nambari yako ya kuthibitisha ni 123456",
  ...change,
});

const arm = async (script: Record<string, unknown>): Promise<void> => {
  const response = await fetch(`${url}/control/arm`, { method: "POST", body: JSON.stringify(script) });
  expect(response.status).toBe(200);
};

const inbox = async (to: string): Promise<Sms[]> => (await fetch(`${url}/control/messages?to=${to}`)).json();

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

test.each([
  ["error", "http_500"],
  ["bad_gateway", "http_502"],
  ["redirect", "http_307"],
  ["empty", "answer_unreadable"],
  ["html", "answer_unreadable"],
  ["broken_json", "answer_unreadable"],
])("%s leaves it unknown whether the message went out", async (answer, reason) => {
  const message = sms();
  await arm({ to: message.msisdn, answer, accept: true });
  expect(await createSender().send(message)).toEqual({ status: "unknown", reason });
  expect(await inbox(message.msisdn)).toHaveLength(1);
});

test("too many requests may pass later", async () => {
  const message = sms();
  await arm({ to: message.msisdn, answer: "throttled" });
  expect(await createSender().send(message)).toEqual({ status: "refused", code: "http_429", chance: "later" });
});

test("no answer in time is unknown, and the message is sent once", async () => {
  const message = sms();
  await arm({ to: message.msisdn, answer: "hang", accept: true });
  expect(await createSender({}, 200).send(message)).toEqual({ status: "unknown", reason: "timeout" });
  expect(await inbox(message.msisdn)).toHaveLength(1);
});

test("a host that nobody answers at is unknown", async () => {
  const result = await createSender({ BEEM_URL: "http://127.0.0.1:9" }).send(sms());
  expect(result).toEqual({ status: "unknown", reason: "unreachable" });
});
