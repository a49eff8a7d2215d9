// What the simulators of SMS gateways have in common: the messages that they took, scripts for single ones, and delivery reports. The control
// API of each, JSON, under {url}/control:
//   GET    /messages?to=2557…&since=<ms since the epoch>&min=…&waitMs=…
//            → [{id, gateway, providerReference, reference, to, from, text, atMs}]
//   DELETE /messages
//   POST   /arm {to?, reference?, code?, answer?, accept?, report?, times?, and what the gateway knows besides}      DELETE /arm?to=…
//   GET    /reports?to=2557…&min=…&waitMs=…    → [{to, word, providerReference, contentType, body, attempts: [status | null]}]
//   POST   /reports {to, word, reason?}        reports on the newest message to that number, whatever was reported before
//   GET    /counters
// A script for a number or a reference waits for that message; without either it takes the next one. Reports are posted to `reportUrl` where one
// is given, and kept for whoever asks in any case.
import { z } from "zod";
import type { Clock } from "../../src/lib/clock.ts";
import type { Log } from "../process.ts";
import { createChanges, pause } from "./azampay/changes.ts";
import { spoiltAnswers } from "./spoilt-answers.ts";

export interface GatewayOptions {
  port?: number;
  clock?: Clock;
  log?: Log;
  /** Where delivery reports go. */
  reportUrl?: string;
  reportDelayMs?: number;
  /** Between the first two tries of a report; doubles. */
  retryBaseMs?: number;
}

export interface SimulatedSms {
  id: number;
  gateway: string;
  /** The gateway's own id. */
  providerReference: string;
  /** Ours, where the gateway is told it. */
  reference: string | null;
  to: string;
  from: string;
  text: string;
  atMs: number;
}

/** What every script may say; a gateway extends it. */
export const ArmBase = z.strictObject({
  to: z.string().optional(),
  reference: z.string().optional(),
  answer: z.enum(spoiltAnswers).optional(),
  /** With `answer`: the message is taken all the same. */
  accept: z.boolean().default(false),
  /** The word of its delivery report; `none`: there is no report. */
  report: z.string().optional(),
  times: z.int().min(1).max(10_000).default(1),
});
type AnyArm = z.infer<typeof ArmBase>;

const HISTORY = 1_000;
const REPORT_TRIES = 5;

interface Report {
  to: string;
  word: string;
  providerReference: string;
  contentType: string;
  body: string;
  attempts: (number | null)[];
}

export interface GatewayShape<A extends AnyArm> {
  name: string;
  arm: z.ZodType<A>;
  /** A report in the form of this gateway. */
  writeReport(sms: SimulatedSms, word: string, reason?: string): { contentType: string; body: string };
  deliveredWord: string;
}

const Push = z.strictObject({ to: z.string(), word: z.string(), reason: z.string().optional() });

export const createGateway = <A extends AnyArm>(shape: GatewayShape<A>, clock: Clock, options: GatewayOptions) => {
  const { log, reportUrl, reportDelayMs = 0, retryBaseMs = 500 } = options;
  const stopping = new AbortController();
  const changes = createChanges(stopping.signal);
  const messages: SimulatedSms[] = [];
  const reports: Report[] = [];
  let arms: A[] = [];
  let requests = 0;

  const post = async (report: Report): Promise<void> => {
    if (!reportUrl) return;
    for (let attempt = 0; attempt < REPORT_TRIES && !stopping.signal.aborted; attempt++) {
      const init = { method: "POST", headers: { "content-type": report.contentType }, body: report.body };
      const status = await fetch(reportUrl, { ...init, redirect: "manual", signal: stopping.signal }).then(
        (response) => response.status,
        () => null,
      );
      report.attempts.push(status);
      if (status === 200) return;
      log?.(shape.name, `report on ${report.providerReference}, attempt ${attempt + 1}: ${status ?? "no answer"}`);
      await pause(retryBaseMs * 2 ** attempt, stopping.signal);
    }
  };

  const tell = async (sms: SimulatedSms, word: string, reason?: string): Promise<void> => {
    if (reportDelayMs > 0) await pause(reportDelayMs, stopping.signal);
    const report = {
      to: sms.to,
      word,
      providerReference: sms.providerReference,
      ...shape.writeReport(sms, word, reason),
      attempts: [],
    };
    reports.push(report);
    if (reports.length > HISTORY) reports.shift();
    changes.notify();
    await post(report);
  };

  /** What matches the query; waits for `min` of them where that is asked. */
  const waitFor = async <T>(query: URLSearchParams, read: () => T[]): Promise<T[]> => {
    const waitMs = Math.min(Number(query.get("waitMs") ?? 0), 30_000);
    const min = Number(query.get("min") ?? 1);
    const enough = () => (read().length >= min ? read() : null);
    return (waitMs > 0 ? await changes.until(enough, waitMs) : null) ?? read();
  };

  return {
    stopped: stopping.signal,
    stop: () => stopping.abort(),
    counted: () => (requests += 1),
    /** The script for this message, if there is one; it is used up. */
    take(recipients: { to: unknown; reference?: unknown }[]): A | null {
      const arm = arms.find(
        ({ to, reference }) =>
          (to === undefined || recipients.some((recipient) => recipient.to === to)) &&
          (reference === undefined || recipients.some((recipient) => String(recipient.reference) === reference)),
      );
      if (!arm) return null;
      arm.times -= 1;
      if (arm.times === 0) arms = arms.filter((candidate) => candidate !== arm);
      return arm;
    },
    keep(sms: Omit<SimulatedSms, "id" | "atMs" | "gateway">, arm: A | null): void {
      const kept = { id: (messages.at(-1)?.id ?? 0) + 1, gateway: shape.name, ...sms, atMs: clock.now() };
      messages.push(kept);
      if (messages.length > HISTORY) messages.shift();
      log?.("sms", `to ${kept.to} by ${shape.name}: ${kept.text}`);
      changes.notify();
      const word = arm?.report ?? shape.deliveredWord;
      if (word !== "none") void tell(kept, word);
    },
    /** Null: not of the control API. */
    async control(request: Request): Promise<Response | null> {
      const { pathname, searchParams: query } = new URL(request.url);
      const to = query.get("to");
      const ok = () => Response.json({ ok: true });
      const refuse = (issues: unknown) => Response.json({ error: "invalid", issues }, { status: 400 });
      switch (`${request.method} ${pathname}`) {
        case "GET /control/messages": {
          const since = Number(query.get("since") ?? 0);
          const read = () => messages.filter((sms) => (to === null || sms.to === to) && sms.atMs >= since);
          return Response.json(await waitFor(query, read));
        }
        case "DELETE /control/messages":
          messages.length = 0;
          return ok();
        case "POST /control/arm": {
          const read = shape.arm.safeParse(await request.json());
          if (!read.success) return refuse(read.error.issues);
          arms.push(read.data);
          return ok();
        }
        case "DELETE /control/arm":
          arms = to === null ? [] : arms.filter((arm) => arm.to !== to);
          return ok();
        case "GET /control/reports":
          return Response.json(await waitFor(query, () => reports.filter((each) => to === null || each.to === to)));
        case "POST /control/reports": {
          const read = Push.safeParse(await request.json());
          if (!read.success) return refuse(read.error.issues);
          const sms = messages.findLast((each) => each.to === read.data.to);
          if (!sms) return refuse("no message to this number");
          await tell(sms, read.data.word, read.data.reason);
          return ok();
        }
        case "GET /control/counters":
          return Response.json({ send: requests });
        default:
          return null;
      }
    },
  };
};
