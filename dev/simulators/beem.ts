// Beem's SMS API as documented, with the messages kept for whoever looks: the SMS sink of the local stack.
// For the stack:
//
//   startBeemSimulator(options?: BeemSimulatorOptions): BeemSimulator     (synchronous)
//   { url: "http://127.0.0.1:<port>", port, settings: {apiKey, secretKey, senders}, stop(): Promise<void> }
//
// `url` is BEEM_URL. The defaults are `defaultBeemSettings`; CHAJIPOA is a registered sender. Nothing is stored on disk.
//
// Control API, JSON, under {url}/control:
//   GET    /messages?to=2557…&since=<ms since the epoch>&min=…&waitMs=…   → [{id, requestId, reference, to, from, text, atMs}]
//   DELETE /messages
//   POST   /arm {to?, reference?, code?, httpStatus?, isWrapped?, answer?, accept?, times?}      DELETE /arm
//   GET    /counters
// An armed script for a number or a reference waits for that message; without either it takes the next one.
import { z } from "zod";
import { systemClock, type Clock } from "../../src/lib/clock.ts";
import type { Log } from "../process.ts";
import { createChanges } from "./azampay/changes.ts";
import { codeMessages, SendRequest, rejectionOf } from "./beem-wire.ts";

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

export interface BeemSimulatorOptions extends Partial<BeemSettings> {
  port?: number;
  clock?: Clock;
  log?: Log;
}

export interface BeemSimulator {
  url: string;
  port: number;
  settings: BeemSettings;
  stop(): Promise<void>;
}

export interface SimulatedSms {
  id: number;
  requestId: number;
  reference: string;
  to: string;
  from: string;
  text: string;
  atMs: number;
}

const spoiltAnswers = [
  "hang",
  "bad_gateway",
  "empty",
  "html",
  "broken_json",
  "error",
  "throttled",
  "redirect",
] as const;

const Arm = z.strictObject({
  to: z.string().optional(),
  reference: z.string().optional(),
  code: z.int().min(100).max(999).optional(),
  httpStatus: z.int().min(200).max(599).optional(),
  /** The code inside `data`, as some clients see it. */
  isWrapped: z.boolean().default(false),
  answer: z.enum(spoiltAnswers).optional(),
  /** With `answer`: the message is taken all the same. */
  accept: z.boolean().default(false),
  times: z.int().min(1).max(10_000).default(1),
});
type Arm = z.infer<typeof Arm>;

const HISTORY = 1_000;
const FIRST_REQUEST_ID = 35_918_915;

const codeAnswer = (code: number, httpStatus = code === 120 ? 401 : 400, isWrapped = false): Response => {
  const answer = { code, message: codeMessages[code] ?? "Unknown" };
  return Response.json(isWrapped ? { data: answer } : answer, { status: httpStatus });
};

const html = (status: number) => new Response("<html></html>", { status, headers: { "content-type": "text/html" } });

export const startBeemSimulator = (options: BeemSimulatorOptions = {}): BeemSimulator => {
  const { port = 0, clock = systemClock, log, ...given } = options;
  const settings: BeemSettings = { ...defaultBeemSettings, ...given };
  const stopping = new AbortController();
  const changes = createChanges(stopping.signal);
  const messages: SimulatedSms[] = [];
  let arms: Arm[] = [];
  let sent = 0;
  let requests = 0;

  const take = (recipients: { dest_addr?: unknown; recipient_id?: unknown }[]): Arm | null => {
    const arm = arms.find(
      ({ to, reference }) =>
        (to === undefined || recipients.some((recipient) => recipient.dest_addr === to)) &&
        (reference === undefined || recipients.some((recipient) => String(recipient.recipient_id) === reference)),
    );
    if (!arm) return null;
    arm.times -= 1;
    if (arm.times === 0) arms = arms.filter((candidate) => candidate !== arm);
    return arm;
  };

  const spoil = (answer: (typeof spoiltAnswers)[number], url: string): Response | Promise<Response> => {
    if (answer === "hang") {
      const end = (resolve: (response: Response) => void) =>
        stopping.signal.addEventListener("abort", () => resolve(new Response(null, { status: 500 })));
      return new Promise(end);
    }
    if (answer === "broken_json") return new Response('{"successful":true,"requ');
    if (answer === "redirect") return new Response(null, { status: 307, headers: { location: url } });
    if (answer === "empty") return new Response(null, { status: 200 });
    return html({ bad_gateway: 502, html: 200, error: 500, throttled: 429 }[answer]);
  };

  const keep = (request: SendRequest): number => {
    sent += 1;
    const requestId = FIRST_REQUEST_ID + sent;
    for (const recipient of request.recipients) {
      const { source_addr: from, message: text } = request;
      const reference = String(recipient.recipient_id);
      const id = (messages.at(-1)?.id ?? 0) + 1;
      messages.push({
        id,
        requestId,
        reference,
        to: recipient.dest_addr,
        from,
        text,
        atMs: clock.now(),
      });
      log?.("sms", `to ${recipient.dest_addr}: ${text}`);
      if (messages.length > HISTORY) messages.shift();
    }
    changes.notify();
    return requestId;
  };

  const send = async (request: Request): Promise<Response> => {
    requests += 1;
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
    const arm = take(Array.isArray(recipients) ? recipients : []);
    if (arm?.answer && !arm.accept) return spoil(arm.answer, request.url);
    if (arm?.code !== undefined && arm.code !== 100) return codeAnswer(arm.code, arm.httpStatus, arm.isWrapped);

    const rejection = rejectionOf(body, settings.senders, clock.now());
    if (rejection !== null) return codeAnswer(rejection);
    const read = SendRequest.parse(body);
    const request_id = keep(read);
    if (arm?.answer) return spoil(arm.answer, request.url);
    const valid = read.recipients.length;
    const counts = { valid, invalid: 0, duplicates: 0 };
    const answer = {
      successful: true,
      request_id,
      code: 100,
      message: codeMessages[100],
      ...counts,
    };
    return Response.json(arm?.isWrapped ? { data: answer } : answer);
  };

  const list = async (query: URLSearchParams): Promise<SimulatedSms[]> => {
    const to = query.get("to");
    const since = Number(query.get("since") ?? 0);
    const read = () => messages.filter((sms) => (to === null || sms.to === to) && sms.atMs >= since);
    const waitMs = Math.min(Number(query.get("waitMs") ?? 0), 30_000);
    const min = Number(query.get("min") ?? 1);
    const enough = () => (read().length >= min ? read() : null);
    return (waitMs > 0 ? await changes.until(enough, waitMs) : null) ?? read();
  };

  const serve = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    switch (`${request.method} ${url.pathname}`) {
      case "POST /v1/send":
        return send(request);
      case "GET /control/messages":
        return Response.json(await list(url.searchParams));
      case "DELETE /control/messages":
        messages.length = 0;
        return Response.json({ ok: true });
      case "POST /control/arm": {
        const read = Arm.safeParse(await request.json());
        if (!read.success) return Response.json({ error: "invalid", issues: read.error.issues }, { status: 400 });
        arms.push(read.data);
        return Response.json({ ok: true });
      }
      case "DELETE /control/arm":
        arms = [];
        return Response.json({ ok: true });
      case "GET /control/counters":
        return Response.json({ send: requests });
      default:
        return html(404);
    }
  };

  const server = Bun.serve({ port, hostname: "127.0.0.1", idleTimeout: 0, fetch: serve });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port ?? port,
    settings,
    stop: async () => {
      stopping.abort();
      await server.stop(true);
    },
  };
};
