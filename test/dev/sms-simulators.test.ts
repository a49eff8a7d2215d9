// The simulators of both SMS gateways as a stranger sees them: strict about what they take, able to fail, and patient with their reports.
import { afterAll, describe, expect, it } from "bun:test";
import { startAfricasTalkingSimulator } from "../../dev/simulators/africastalking.ts";
import { startBeemSimulator } from "../../dev/simulators/beem.ts";

/** Refuses the first `failures` reports. */
const listener = (failures: number) => {
  const heard: { type: string; body: string }[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      heard.push({ type: request.headers.get("content-type") ?? "", body: await request.text() });
      return new Response("{}", { status: heard.length <= failures ? 503 : 200 });
    },
  });
  return { heard, url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
};

const ears = { beem: listener(2), talking: listener(2) };
const beem = startBeemSimulator({ reportUrl: ears.beem.url, retryBaseMs: 1 });
const talking = startAfricasTalkingSimulator({ reportUrl: ears.talking.url, retryBaseMs: 1 });
afterAll(async () => {
  await Promise.all([beem.stop(), talking.stop()]);
  await Promise.all([ears.beem.stop(), ears.talking.stop()]);
});

const authorization = `Basic ${btoa(`${beem.settings.apiKey}:${beem.settings.secretKey}`)}`;
const beemBody = (to: string, more: Record<string, unknown> = {}) => ({
  source_addr: "CHAJIPOA",
  encoding: 0,
  schedule_time: "",
  message: "Habari",
  recipients: [{ recipient_id: "msg_1", dest_addr: to }],
  ...more,
});
const toBeem = (body: unknown, headers: Record<string, string> = { authorization }) =>
  fetch(`${beem.url}/v1/send`, { method: "POST", headers, body: JSON.stringify(body) });
const toTalking = (change: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  fetch(`${talking.url}/version1/messaging`, {
    method: "POST",
    headers: { apiKey: talking.settings.apiKey, ...headers },
    body: new URLSearchParams({
      username: "chajipoa",
      to: "+255754000001",
      message: "Habari",
      from: "CHAJIPOA",
      bulkSMSMode: "1",
      ...change,
    }),
  });
const control = async (url: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${url}/control/${path}`, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });

describe("Beem", () => {
  it("posts a report as their sample reads it, again and again until it is heard", async () => {
    const sent = (await (await toBeem(beemBody("255754000001"))).json()) as { request_id: number };
    const reports = async () =>
      (await (await control(beem.url, "reports?to=255754000001&waitMs=2000")).json()) as { attempts: number[] }[];
    while ((await reports())[0]?.attempts.at(-1) !== 200) await Bun.sleep(5);
    expect((await reports())[0]!.attempts).toEqual([503, 503, 200]);
    expect(ears.beem.heard).toHaveLength(3);
    expect(ears.beem.heard[2]!.type).toContain("application/json");
    expect(JSON.parse(ears.beem.heard[2]!.body)).toEqual({
      request_id: sent.request_id,
      recipient_id: "msg_1",
      dest_addr: "255754000001",
      Status: "delivered",
    });
  });

  it("refuses a field that it does not know, and a body that is none", async () => {
    expect(await (await toBeem(beemBody("255754000002", { surprise: 1 }))).json()).toMatchObject({ code: 113 });
    expect(await (await toBeem(null)).json()).toMatchObject({ code: 113 });
    expect(await (await toBeem(beemBody("255754000002"), {})).json()).toMatchObject({ code: 107 });
  });
});

describe("Africa's Talking", () => {
  it("posts a report as a form, again and again until it is heard", async () => {
    const answer = (await (await toTalking()).json()) as { SMSMessageData: { Recipients: { messageId: string }[] } };
    const reports = async () =>
      (await (await control(talking.url, "reports?to=255754000001&waitMs=2000")).json()) as { attempts: number[] }[];
    while ((await reports())[0]?.attempts.at(-1) !== 200) await Bun.sleep(5);
    expect((await reports())[0]!.attempts).toEqual([503, 503, 200]);
    const form = new URLSearchParams(ears.talking.heard[2]!.body);
    expect(ears.talking.heard[2]!.type).toContain("application/x-www-form-urlencoded");
    expect(Object.fromEntries(form)).toMatchObject({
      id: answer.SMSMessageData.Recipients[0]!.messageId,
      status: "Success",
      phoneNumber: "+255754000001",
    });
  });

  it("answers 201 to a number that is none and to a sender that nobody registered, and writes to nobody", async () => {
    for (const [change, message] of [
      [{ to: "0754000009" }, "InvalidPhoneNumber"],
      [{ to: "+255754000009", from: "NOBODY" }, "InvalidSenderId"],
    ] as const) {
      const answer = await toTalking(change);
      expect(answer.status).toBe(201);
      expect(await answer.json()).toEqual({ SMSMessageData: { Message: message, Recipients: [] } });
    }
    expect(await (await control(talking.url, "messages?to=255754000009")).json()).toEqual([]);
  });

  it("refuses a wrong key in plain text, and a form that lacks something", async () => {
    const wrong = await toTalking({}, { apiKey: "x" });
    expect([wrong.status, await wrong.text()]).toEqual([401, "The supplied authentication is invalid"]);
    expect((await toTalking({ message: "" })).status).toBe(400);
    expect((await toTalking({ surprise: "1" })).status).toBe(400);
  });
});

describe("a script", () => {
  it("that makes no sense is refused, and one for a number waits for that number", async () => {
    for (const url of [beem.url, talking.url]) {
      expect((await control(url, "arm", { nonsense: true })).status).toBe(400);
      expect((await control(url, "arm", { to: "255754000003", code: 405 })).status).toBe(200);
    }
    expect((await toBeem(beemBody("255754000004"))).status).toBe(200);
    expect((await toBeem(beemBody("255754000003"))).status).toBe(400);
    expect((await toBeem(beemBody("255754000003"))).status).toBe(200);
    const codeOf = async (to: string) =>
      ((await (await toTalking({ to })).json()) as { SMSMessageData: { Recipients: { statusCode: number }[] } })
        .SMSMessageData.Recipients[0]!.statusCode;
    expect([await codeOf("+255754000004"), await codeOf("+255754000003"), await codeOf("+255754000003")]).toEqual([
      101, 405, 101,
    ]);
  });
});
