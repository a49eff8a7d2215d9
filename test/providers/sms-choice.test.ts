// Which of the two gateways carries a message, with both simulated.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { Config } from "../../src/config.ts";
import { createLog } from "../../src/lib/log.ts";
import type { SmsGateway } from "../../src/providers/ports.ts";
import { createSms, REST_MS } from "../../src/providers/sms.ts";
import { createTestClock } from "../http/harness.ts";
import { startSimulator } from "../support/control.ts";

const urls = { beem: "", africastalking: "" };
let numbers = 0;

beforeAll(async () => {
  const { AFRICASTALKING_USERNAME: username, AFRICASTALKING_API_KEY, BEEM_API_KEY, BEEM_SECRET_KEY } = env;
  const beem = startSimulator("beem", { apiKey: BEEM_API_KEY, secretKey: BEEM_SECRET_KEY });
  const talking = startSimulator("africastalking", { username, apiKey: AFRICASTALKING_API_KEY });
  Object.assign(urls, { beem: (await beem).url, africastalking: (await talking).url });
});

const start = (gateways = "beem,africastalking", change: Record<string, string> = {}) => {
  const clock = createTestClock();
  const lines: Record<string, unknown>[] = [];
  const settings = { SMS_GATEWAYS: gateways, BEEM_URL: urls.beem, AFRICASTALKING_URL: urls.africastalking, ...change };
  const config = Config.parse({ ...env, ...settings });
  const log = createLog((line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  const sms = createSms({ config, clock, log, fetch: (input, init) => fetch(input, init), timeoutMs: 200 });
  return { sms, clock, lines };
};

const message = () => ({
  reference: `msg_${++numbers}`,
  msisdn: `2556${String(numbers).padStart(8, "0")}`,
  text: "Habari",
});

const arm = async (gateway: SmsGateway, script: Record<string, unknown>): Promise<void> => {
  await fetch(`${urls[gateway]}/control/arm`, { method: "POST", body: JSON.stringify(script) });
};

/** How many arrived by each gateway. */
const arrived = async (to: string): Promise<Record<SmsGateway, number>> => {
  const count = async (gateway: SmsGateway) =>
    (await (await fetch(`${urls[gateway]}/control/messages?to=${to}`)).json<unknown[]>()).length;
  return { beem: await count("beem"), africastalking: await count("africastalking") };
};

describe("the gateway that carries a message", () => {
  it.each([
    ["beem,africastalking", "beem"],
    ["africastalking,beem", "africastalking"],
    ["africastalking", "africastalking"],
  ])("with %s is %s", async (gateways, first) => {
    const text = message();
    expect(await start(gateways).sms.send(text)).toMatchObject({ status: "accepted", gateway: first });
    expect(await arrived(text.msisdn)).toEqual({ beem: 0, africastalking: 0, [first]: 1 });
  });

  it.each([102, 103, 106, 105, 107, 111, 120])("is the next one when the first refuses with %i", async (code) => {
    const text = message();
    await arm("beem", { to: text.msisdn, code });
    const { sms, lines } = start();
    expect(await sms.send(text)).toMatchObject({ status: "accepted", gateway: "africastalking" });
    expect(lines).toMatchObject([{ alert: "sms_gateway_rests", gateway: "beem", reason: String(code) }]);
  });

  it("is the next one when the order is the other way round", async () => {
    const text = message();
    await arm("africastalking", { to: text.msisdn, code: 405 });
    expect(await start("africastalking,beem").sms.send(text)).toMatchObject({ status: "accepted", gateway: "beem" });
  });

  it.each([101, 109, 110, 115])("is no other when the number or the text is refused with %i", async (code) => {
    const text = message();
    await arm("beem", { to: text.msisdn, code });
    expect(await start().sms.send(text)).toMatchObject({ status: "refused", gateway: "beem", chance: "never" });
    expect(await arrived(text.msisdn)).toEqual({ beem: 0, africastalking: 0 });
  });

  it("is no other for somebody who wants no messages", async () => {
    const text = message();
    await arm("africastalking", { to: text.msisdn, code: 406 });
    expect(await start("africastalking,beem").sms.send(text)).toMatchObject({ status: "refused", code: "406" });
    expect(await arrived(text.msisdn)).toEqual({ beem: 0, africastalking: 0 });
  });

  it.each(["hang", "error", "broken_json"])("is no other when the first may have taken it: %s", async (answer) => {
    const text = message();
    await arm("beem", { to: text.msisdn, answer, accept: true });
    expect(await start().sms.send(text)).toMatchObject({ status: "unknown", gateway: "beem" });
    expect(await arrived(text.msisdn)).toEqual({ beem: 1, africastalking: 0 });
  });
});

describe("a gateway that falls silent", () => {
  it("carries none of the messages that follow, until it has rested", async () => {
    const { sms, clock, lines } = start();
    const lost = message();
    await arm("beem", { to: lost.msisdn, answer: "hang" });
    expect(await sms.send(lost)).toMatchObject({ status: "unknown", gateway: "beem", reason: "timeout" });
    expect(await sms.send(message())).toMatchObject({ status: "accepted", gateway: "africastalking" });
    clock.advance(REST_MS - 1);
    expect(await sms.send(message())).toMatchObject({ gateway: "africastalking" });
    clock.advance(1);
    expect(await sms.send(message())).toMatchObject({ status: "accepted", gateway: "beem" });
    expect(lines).toMatchObject([{ alert: "sms_gateway_rests", gateway: "beem", reason: "timeout" }]);
  });

  it("is still asked while the other one refuses, and while there is no other", async () => {
    const { sms } = start();
    const [first, second] = [message(), message()];
    await arm("beem", { to: first.msisdn, answer: "error" });
    await sms.send(first);
    await arm("africastalking", { to: second.msisdn, code: 405 });
    expect(await sms.send(second)).toMatchObject({ status: "accepted", gateway: "beem" });
    const alone = start("beem");
    const third = message();
    await arm("beem", { to: third.msisdn, answer: "error" });
    await alone.sms.send(third);
    expect(await alone.sms.send(message())).toMatchObject({ status: "accepted", gateway: "beem" });
  });
});

describe("a message that every gateway refuses", () => {
  it("may pass later when one of them says so", async () => {
    const text = message();
    await arm("beem", { to: text.msisdn, code: 111 });
    await arm("africastalking", { to: text.msisdn, code: 405 });
    expect(await start().sms.send(text)).toEqual({
      status: "refused",
      code: "405",
      chance: "later",
      gateway: "africastalking",
    });
  });

  it("is told of by the first refusal otherwise", async () => {
    const text = message();
    await arm("beem", { to: text.msisdn, code: 111 });
    await arm("africastalking", { to: text.msisdn, code: 402 });
    expect(await start().sms.send(text)).toMatchObject({ code: "111", gateway: "beem", chance: "elsewhere" });
  });
});

describe("the settings", () => {
  const read = (change: Record<string, string>) => Config.safeParse({ ...env, ...change });

  it("name each key that a chosen gateway lacks, and none of a gateway that is not chosen", () => {
    expect(read({ SMS_GATEWAYS: "beem", AFRICASTALKING_API_KEY: "" }).success).toBe(true);
    const lacking = read({ SMS_GATEWAYS: "africastalking,beem", AFRICASTALKING_API_KEY: "", BEEM_SECRET_KEY: "" });
    expect(lacking.error?.issues.map(({ path }) => path.join("."))).toEqual([
      "AFRICASTALKING_API_KEY",
      "BEEM_SECRET_KEY",
    ]);
  });

  it("need at least one gateway, and only known ones", () => {
    for (const SMS_GATEWAYS of ["", "twilio", "beem,twilio"]) expect(read({ SMS_GATEWAYS }).success).toBe(false);
  });
});
