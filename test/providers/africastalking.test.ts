import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { Config } from "../../src/config.ts";
import { createAfricasTalking } from "../../src/providers/africastalking.ts";
import { startSimulator } from "../support/control.ts";
import { driveSms, testBadAnswers } from "./sms-client.ts";

let url = "";
const gateway = driveSms(() => url, "Salio lako ni Sh 5,000 & asante = karibu");
const { sms, arm, inbox } = gateway;

beforeAll(async () => {
  const { AFRICASTALKING_USERNAME: username, AFRICASTALKING_API_KEY: apiKey, AFRICASTALKING_SENDER } = env;
  ({ url } = await startSimulator("africastalking", { username, apiKey, senders: [AFRICASTALKING_SENDER] }));
});

const createSender = (change: Partial<Config> = {}, timeoutMs = 5_000) =>
  createAfricasTalking({
    config: { ...Config.parse(env), AFRICASTALKING_URL: url, ...change },
    fetch: (input, init) => fetch(input, init),
    timeoutMs,
  });

test("a message that was taken is accepted under the gateway's id, and arrives as it was written", async () => {
  const message = sms();
  const result = await createSender().send(message);
  const [received] = await inbox(message.msisdn);
  expect(received).toMatchObject({ to: message.msisdn, from: env.AFRICASTALKING_SENDER, text: message.text });
  expect(result).toEqual({ status: "accepted", providerReference: received!.providerReference });
});

test("without a sender name of our own it goes out under the shared one", async () => {
  const message = sms();
  await createSender({ AFRICASTALKING_SENDER: null }).send(message);
  expect(await inbox(message.msisdn)).toMatchObject([{ from: "AFRICASTKNG" }]);
});

test.each([100, 101, 102])("code %i of the recipient is a success", async (code) => {
  const message = sms();
  await arm({ to: message.msisdn, code });
  expect(await createSender().send(message)).toMatchObject({ status: "accepted" });
});

test.each([
  [402, "elsewhere"],
  [403, "never"],
  [404, "never"],
  [405, "later"],
  [406, "never"],
  [407, "later"],
  [409, "never"],
  [502, "elsewhere"],
  [499, "never"],
])("under HTTP 201, code %i is a refusal; the message has a chance: %s", async (code, chance) => {
  const message = sms();
  await arm({ to: message.msisdn, code });
  expect(await createSender().send(message)).toEqual({ status: "refused", code: String(code), chance });
  expect(await inbox(message.msisdn)).toEqual([]);
});

test.each([401, 500, 501])("code %i leaves it unknown whether the message goes out", async (code) => {
  const message = sms();
  await arm({ to: message.msisdn, code });
  expect(await createSender().send(message)).toEqual({ status: "unknown", reason: `code_${code}` });
});

test.each([
  ["InvalidPhoneNumber", "InvalidPhoneNumber", "never"],
  ["InvalidSenderId", "InvalidSenderId", "elsewhere"],
  ["Sent to 0/1", "no_recipient", "never"],
])("HTTP 201 with nobody written to and %j is a refusal", async (message, code, chance) => {
  const text = sms();
  await arm({ to: text.msisdn, message });
  expect(await createSender().send(text)).toEqual({ status: "refused", code, chance });
});

test("a wrong key and a wrong user are refused, and another gateway may take the message", async () => {
  const refusal = { status: "refused", code: "http_401", chance: "elsewhere" };
  expect(await createSender({ AFRICASTALKING_API_KEY: "wrong" }).send(sms())).toEqual(refusal);
  expect(await createSender({ AFRICASTALKING_USERNAME: "somebody" }).send(sms())).toEqual(refusal);
});

test("a sender name that is not registered is refused under HTTP 201", async () => {
  const result = await createSender({ AFRICASTALKING_SENDER: "SOMEBODY" }).send(sms());
  expect(result).toEqual({ status: "refused", code: "InvalidSenderId", chance: "elsewhere" });
});

test("a number that is none is refused under HTTP 201", async () => {
  const result = await createSender().send(sms({ msisdn: "0754123456" }));
  expect(result).toEqual({ status: "refused", code: "InvalidPhoneNumber", chance: "never" });
});

testBadAnswers(
  gateway,
  (timeoutMs) => createSender({}, timeoutMs),
  () => createSender({ AFRICASTALKING_URL: "http://127.0.0.1:9" }),
);
