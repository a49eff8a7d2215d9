// Delivery reports of both gateways, from the message that goes out by the real client to the report that the simulator writes.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { Config } from "../../src/config.ts";
import { drainMessages } from "../../src/messages/service.ts";
import type { SmsGateway } from "../../src/providers/ports.ts";
import { createSms, parseSmsReport } from "../../src/providers/sms.ts";
import { startApp } from "../http/harness.ts";
import { neon, sql, startSimulator } from "../support/control.ts";
import { SMS_AFRICASTALKING_SECRET, SMS_BEEM_SECRET } from "../support/test-env.ts";
import { type Outbox, readMessage, startOutbox } from "./outbox-harness.ts";

const secrets = { beem: SMS_BEEM_SECRET, africastalking: SMS_AFRICASTALKING_SECRET };
const urls = { beem: "", africastalking: "" };
const paid = { amountTzs: 5_000 };

beforeAll(async () => {
  const { AFRICASTALKING_USERNAME: username, AFRICASTALKING_API_KEY, BEEM_API_KEY, BEEM_SECRET_KEY } = env;
  const beem = startSimulator("beem", { apiKey: BEEM_API_KEY, secretKey: BEEM_SECRET_KEY });
  const talking = startSimulator("africastalking", { username, apiKey: AFRICASTALKING_API_KEY });
  Object.assign(urls, { beem: (await beem).url, africastalking: (await talking).url });
});

/** An outbox whose messages leave by this gateway. */
const startWith = async (gateway: SmsGateway, settings: Record<string, string> = {}) => {
  const box = await startOutbox("12:00", settings);
  const chosen = { SMS_GATEWAYS: gateway, BEEM_URL: urls.beem, AFRICASTALKING_URL: urls.africastalking };
  const config = Config.parse({ ...env, ...chosen });
  const { clock, log } = box.deps;
  box.deps.sms = createSms({ config, clock, log, fetch: (input, init) => fetch(input, init), timeoutMs: 2_000 });
  return box;
};

const control = async <T>(gateway: SmsGateway, path: string, body?: unknown): Promise<T> => {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return (await fetch(`${urls[gateway]}/control/${path}`, init)).json<T>();
};

interface Report {
  body: string;
  contentType: string;
}
const reportsOn = (gateway: SmsGateway, msisdn: string, min = 1) =>
  control<Report[]>(gateway, `reports?to=${msisdn}&min=${min}&waitMs=5000`);

const post = async ({ app }: Outbox, gateway: SmsGateway, { body, contentType }: Report) => {
  const path = `/api/v1/messages/reports/${gateway}/${secrets[gateway]}`;
  return (await app.request("POST", path, { body, headers: { "Content-Type": contentType } })).status;
};

const words = { beem: { good: "delivered", bad: "undelivered" }, africastalking: { good: "Success", bad: "Failed" } };

describe.each(["beem", "africastalking"] as const)("a report of %s", (gateway) => {
  it("says that the message was delivered, once and for all", async () => {
    const box = await startWith(gateway);
    const id = await box.queue("withdrawal_paid", paid);
    await drainMessages(box.deps);
    expect(await readMessage(id)).toMatchObject({ state: "sent", provider: gateway, delivery: null });
    const [report] = await reportsOn(gateway, box.msisdn);
    expect(await post(box, gateway, report!)).toBe(200);
    expect(await readMessage(id)).toMatchObject({ state: "sent", delivery: "delivered" });

    await control(gateway, "reports", { to: box.msisdn, word: words[gateway].bad });
    const [, contrary] = await reportsOn(gateway, box.msisdn, 2);
    expect(await post(box, gateway, contrary!)).toBe(200);
    expect(await readMessage(id)).toMatchObject({ delivery: "delivered" });
  });

  it("may come before the message is marked, and is not lost", async () => {
    const box = await startWith(gateway);
    const id = await box.queue("withdrawal_paid", paid);
    await neon.hold({ phase: "before", match: "message_sent" });
    const draining = drainMessages(box.deps);
    await neon.held();
    const [report] = await reportsOn(gateway, box.msisdn);
    expect(await post(box, gateway, report!)).toBe(200);
    await neon.release();
    await draining;
    await neon.clear();
    expect(await readMessage(id)).toMatchObject({ state: "sent", delivery: "delivered", provider: gateway });
  });

  it("goes from pending to failed, with what the gateway says of it, and is logged without the number", async () => {
    const box = await startWith(gateway);
    const id = await box.queue("withdrawal_paid", paid);
    await control(gateway, "arm", { to: box.msisdn, report: "Submitted" });
    await drainMessages(box.deps);
    const [pending] = await reportsOn(gateway, box.msisdn);
    await post(box, gateway, pending!);
    expect(await readMessage(id)).toMatchObject({ delivery: "pending" });
    await control(gateway, "reports", { to: box.msisdn, word: words[gateway].bad, reason: "UserIsInactive" });
    const [, failed] = await reportsOn(gateway, box.msisdn, 2);
    await post(box, gateway, failed!);
    expect(await readMessage(id)).toMatchObject({
      state: "sent",
      delivery: "failed",
      delivery_reason: gateway === "africastalking" ? "UserIsInactive" : null,
    });
    expect(box.app.lines).toContainEqual(expect.objectContaining({ result: "undelivered", messageId: id, gateway }));
    expect(box.app.rawLines.join("\n")).not.toContain(box.msisdn);
    expect(JSON.stringify(await sql("select * from message_reports"))).not.toContain(box.msisdn);
  });

  it("that comes again changes nothing and costs one statement", async () => {
    const box = await startWith(gateway);
    await box.queue("withdrawal_paid", paid);
    await drainMessages(box.deps);
    const [report] = await reportsOn(gateway, box.msisdn);
    await post(box, gateway, report!);
    const before = await sql("select count(*)::int as n from message_reports");
    expect((await neon.during(() => post(box, gateway, report!))).requests).toBe(1);
    expect(await sql("select count(*)::int as n from message_reports")).toEqual(before);
  });

  it("on a message that never lay in the outbox is kept and belongs to nothing", async () => {
    const box = await startWith(gateway);
    await box.deps.sms.send({ reference: "msg_of_nobody", msisdn: box.msisdn, text: "123456" });
    const [report] = await reportsOn(gateway, box.msisdn);
    expect(await post(box, gateway, report!)).toBe(200);
    const { providerReference } = parseSmsReport(gateway, report!.body)!;
    expect(
      await sql("select message_id, outcome from message_reports where provider_reference = $1", [providerReference]),
    ).toEqual([{ message_id: null, outcome: "delivered" }]);
  });

  it("is asked for again by the gateway while Postgres is away", async () => {
    const box = await startWith(gateway);
    const id = await box.queue("withdrawal_paid", paid);
    await drainMessages(box.deps);
    const [report] = await reportsOn(gateway, box.msisdn);
    await neon.arm({ refuse: { mode: "error" } });
    expect(await post(box, gateway, report!)).toBe(503);
    await neon.clear();
    expect(await post(box, gateway, report!)).toBe(200);
    expect(await readMessage(id)).toMatchObject({ delivery: "delivered" });
  });

  it.each([
    "",
    "{",
    "[]",
    "null",
    "5",
    '"delivered"',
    "<html></html>",
    "{}",
    '{"status":"delivered"}',
    "status=Success",
  ])("that cannot be read is answered 200, stored nowhere and told to us: %j", async (body) => {
    const app = startApp();
    const path = `/api/v1/messages/reports/${gateway}/${secrets[gateway]}`;
    const seen = await neon.during(async () => {
      expect((await app.call("POST", path, { body })).status).toBe(200);
    });
    expect(seen.requests).toBe(0);
    expect(app.lines).toContainEqual(expect.objectContaining({ alert: "sms_report_unreadable", gateway }));
  });
});

describe("a message that was cut between hand-over and mark", () => {
  const cut = async (gateway: SmsGateway, settings: Record<string, string> = {}) => {
    const box = await startWith(gateway, settings);
    const id = await box.queue("withdrawal_paid", paid);
    await neon.arm({ refuse: { mode: "close", match: "message_sent" } });
    await expect(drainMessages(box.deps)).rejects.toThrow();
    await neon.clear();
    box.advance(121_000);
    await drainMessages(box.deps);
    expect(await readMessage(id)).toMatchObject({ state: "unknown", last_error: "cut_while_sending" });
    expect(box.app.lines).toContainEqual(expect.objectContaining({ alert: "sms_cut_while_sending", count: 1 }));
    const [report] = await reportsOn(gateway, box.msisdn);
    expect(await post(box, gateway, report!)).toBe(200);
    box.advance(3_600_000);
    await drainMessages(box.deps);
    expect(await control<unknown[]>(gateway, `messages?to=${box.msisdn}`)).toHaveLength(1);
    return { id, report: parseSmsReport(gateway, report!.body)! };
  };

  it("is proved by the report that repeats our reference, and takes the gateway's own from it", async () => {
    const { id, report } = await cut("beem");
    expect(report.reference).toBe(id);
    expect(await readMessage(id)).toMatchObject({
      state: "sent",
      delivery: "delivered",
      provider: "beem",
      provider_reference: report.providerReference,
    });
  });

  it("stays for staff where the settings say so", async () => {
    const { id } = await cut("beem", { SMS_UNKNOWN: "staff" });
    expect(await readMessage(id)).toMatchObject({ state: "unknown", delivery: "delivered" });
  });

  it("stays for staff when the gateway does not repeat our reference", async () => {
    const { id, report } = await cut("africastalking");
    expect(report.reference).toBeNull();
    expect(await readMessage(id)).toMatchObject({ state: "unknown", delivery: null });
  });
});

describe("the words of a report", () => {
  const outcomeOf = (body: string) => parseSmsReport("beem", body)?.outcome;

  it.each([
    ["delivered", "delivered"],
    ["DELIVRD", "delivered"],
    ["Delivered", "delivered"],
    ["pending", "pending"],
    ["Sent", "pending"],
    ["something new", "pending"],
    ["failed", "failed"],
    ["UNDELIVERED", "failed"],
    ["Not Delivered", "failed"],
    ["rejected", "failed"],
    ["expired", "failed"],
  ])("%s means %s", (word, outcome) => {
    expect(outcomeOf(JSON.stringify({ request_id: 1, recipient_id: "x", status: word }))).toBe(outcome);
    expect(outcomeOf(JSON.stringify({ request_id: "1", recipient_id: "x", Status: word }))).toBe(outcome);
    expect(outcomeOf(new URLSearchParams({ request_id: "1", Status: word }).toString())).toBe(outcome);
  });

  it.each([
    ["AbsentSubscriber", "failed"],
    ["Expired", "failed"],
    ["Buffered", "pending"],
    ["Rejected", "failed"],
    ["Success", "delivered"],
  ])("of Africa's Talking: %s means %s", (status, outcome) => {
    expect(parseSmsReport("africastalking", `id=ATPid_1&status=${status}&phoneNumber=%2B255`)?.outcome).toBe(outcome);
  });

  it("are not taken when they are no words", () => {
    for (const status of ["", "x".repeat(101), "a\nb", {}, null, ["delivered"]])
      expect(parseSmsReport("beem", JSON.stringify({ request_id: 1, status }))).toBeNull();
    expect(parseSmsReport("beem", JSON.stringify({ request_id: {}, status: "delivered" }))).toBeNull();
  });
});
