// Beem's SMS API as documented, with the messages kept for whoever looks: the SMS sink of the local stack.
// For the stack:
//
//   startBeemSimulator(options?: BeemSimulatorOptions): BeemSimulator     (synchronous)
//   { url: "http://127.0.0.1:<port>", port, settings: {apiKey, secretKey, senders}, stop(): Promise<void> }
//
// `url` is BEEM_URL. The defaults are `defaultBeemSettings`; CHAJIPOA is a registered sender. Nothing is stored on disk.
// The control API is that of sms-gateway.ts; a script may also have `code`, `httpStatus` and `isWrapped`.
import { z } from "zod";
import { systemClock } from "../../src/lib/clock.ts";
import { codeMessages, rejectionOf, SendRequest, writeBeemReport } from "./beem-wire.ts";
import { ArmBase, createGateway, type GatewayOptions } from "./sms-gateway.ts";
import { htmlAnswer, spoil } from "./spoilt-answers.ts";

export interface BeemSettings {
  apiKey: string;
  secretKey: string;
  /** Registered and active sender names. */
  senders: string[];
}

export const defaultBeemSettings: BeemSettings = {
  apiKey: "simulated-beem-key",
  secretKey: "simulated-beem-secret",
  senders: ["CHAJIPOA", "INFO"],
};

const pickBeemSettings = ({ apiKey, secretKey, senders }: Partial<BeemSettings>): BeemSettings => ({
  apiKey: apiKey ?? defaultBeemSettings.apiKey,
  secretKey: secretKey ?? defaultBeemSettings.secretKey,
  senders: senders ?? defaultBeemSettings.senders,
});

export interface BeemSimulatorOptions extends Partial<BeemSettings>, GatewayOptions {}

export interface BeemSimulator {
  url: string;
  port: number;
  settings: BeemSettings;
  stop(): Promise<void>;
}

const Arm = ArmBase.extend({
  code: z.int().min(100).max(999).optional(),
  httpStatus: z.int().min(200).max(599).optional(),
  /** The code inside `data`, as some clients see it. */
  isWrapped: z.boolean().default(false),
  /** How the recipient counts in an answer with code 100 that takes no message; their duplicates are not documented further. */
  counts: z.enum(["invalid", "duplicates"]).optional(),
});

const FIRST_REQUEST_ID = 35_918_915;

const codeAnswer = (code: number, httpStatus = code === 120 ? 401 : 400, isWrapped = false): Response => {
  const answer = { code, message: codeMessages[code] ?? "Unknown" };
  return Response.json(isWrapped ? { data: answer } : answer, { status: httpStatus });
};

export const startBeemSimulator = (options: BeemSimulatorOptions = {}): BeemSimulator => {
  const { port = 0, clock = systemClock } = options;
  const settings: BeemSettings = pickBeemSettings(options);
  const gateway = createGateway(
    { name: "beem", arm: Arm, writeReport: writeBeemReport, deliveredWord: "delivered" },
    clock,
    options,
  );
  let sent = 0;

  const send = async (request: Request): Promise<Response> => {
    gateway.counted();
    const authorization = request.headers.get("authorization");
    if (!authorization) return codeAnswer(107, 401);
    const expected = `Basic ${btoa(`${settings.apiKey}:${settings.secretKey}`)}`;
    if (authorization !== expected) return codeAnswer(120);
    let body: unknown;
    try {
      body = await request.json();
    } catch {
      return codeAnswer(113);
    }
    const recipients = (body as { recipients?: unknown } | null)?.recipients;
    const named = (Array.isArray(recipients) ? recipients : []) as { dest_addr?: unknown; recipient_id?: unknown }[];
    const arm = gateway.take(named.map((each) => ({ to: each.dest_addr, reference: each.recipient_id })));
    const spoilt = { url: request.url, cut: '{"successful":true,"requ', stopped: gateway.stopped };
    if (arm?.answer && !arm.accept) return spoil(arm.answer, spoilt);
    if (arm?.code !== undefined && arm.code !== 100) return codeAnswer(arm.code, arm.httpStatus, arm.isWrapped);

    const rejection = rejectionOf(body, settings.senders, clock.now());
    if (rejection !== null) return codeAnswer(rejection);
    const read = SendRequest.parse(body);
    sent += 1;
    const request_id = FIRST_REQUEST_ID + sent;
    const submitted = { successful: true, request_id, code: 100, message: codeMessages[100] };
    if (arm?.counts) return Response.json({ ...submitted, valid: 0, invalid: 0, duplicates: 0, [arm.counts]: 1 });
    for (const { dest_addr, recipient_id } of read.recipients) {
      const sms = { to: dest_addr, from: read.source_addr, text: read.message, reference: String(recipient_id) };
      gateway.keep({ ...sms, providerReference: String(request_id) }, arm);
    }
    if (arm?.answer) return spoil(arm.answer, spoilt);
    const answer = { ...submitted, valid: read.recipients.length, invalid: 0, duplicates: 0 };
    return Response.json(arm?.isWrapped ? { data: answer } : answer);
  };

  const serve = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST" && pathname === "/v1/send") return send(request);
    return (await gateway.control(request)) ?? htmlAnswer(404);
  };

  const server = Bun.serve({ port, hostname: "127.0.0.1", idleTimeout: 0, fetch: serve });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port ?? port,
    settings,
    stop: async () => {
      gateway.stop();
      await server.stop(true);
    },
  };
};
