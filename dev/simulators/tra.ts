// The tax authority's API for virtual fiscal devices, for one device. Checks what the authority is known to check, and more:
// the signature over the exact bytes, every counter, every sum, one document at a time.
// For the stack:
//
//   startTraSimulator(options: TraSimulatorOptions): TraSimulator     (synchronous)
//   { url: "http://127.0.0.1:<port>", port, settings, stop(): Promise<void> }
//
// `url` is FISCAL_URL; TIN, certificate key and serial are in `settings`, whose defaults are `defaultTraSettings`. The
// device's public key (SPKI, base64) has to be given. What was accepted is kept in `stateFile`, where one is given.
//
// Control API, JSON, under {url}/control:
//   GET    /documents?kind=receipt|z_report&min=…&waitMs=…   what was accepted: [{kind, number, text}]
//   GET    /attempts?on=…&min=…&waitMs=…     every request: [{on, number, status, ackCode, problems, text}]
//   POST   /arm {on, answer?, ackCode?, accept?, times?}      DELETE /arm
//   GET    /state                            {globalCounter, dailyCounter, day, mostAtOnce, tokens}
//   POST   /clock {setMs?, advanceMs?}       DELETE /tokens (revoke all)     PATCH /settings {…}
// The same bytes again are answered as they were the first time; other bytes under a number that was taken are refused.
import { z } from "zod";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import type { Log } from "../process.ts";
import { createChanges } from "./azampay/changes.ts";
import { createAuthority, escape } from "./tra/authority.ts";
import { ACK_MESSAGES, Arm, defaultTraSettings, type Door, Settings, type TraSettings } from "./tra/settings.ts";
import { XmlError } from "./tra/xml.ts";

export { defaultTraSettings } from "./tra/settings.ts";

export interface TraSimulatorOptions extends Partial<TraSettings> {
  port?: number;
  stateFile?: string;
  clock?: Clock;
  log?: Log;
}

export interface TraSimulator {
  url: string;
  port: number;
  settings: TraSettings;
  stop(): Promise<void>;
}

interface Attempt {
  on: Door;
  number: string | null;
  status: number | null;
  ackCode: number | null;
  problems: string[];
  text: string;
}

const ROUTES: Record<string, Door> = {
  "POST /api/vfdRegReq": "register",
  "POST /vfdtoken": "token",
  "POST /api/efdmsRctInfo": "receipt",
  "POST /api/efdmszreport": "z_report",
};
const xml = (content: string, status = 200): Response =>
  new Response(`<?xml version="1.0" encoding="UTF-8"?>\n${content}`, {
    status,
    headers: { "content-type": "application/xml" },
  });
const errorAnswer = (message: string): Response => xml(`<Error><Message>${message}</Message></Error>`, 500);

export const startTraSimulator = (options: TraSimulatorOptions = {}): TraSimulator => {
  const { port = 0, stateFile = null, clock = systemClock, log, ...given } = options;
  let settings = Settings.parse({ ...defaultTraSettings, ...given });
  const stopping = new AbortController();
  const changes = createChanges(stopping.signal);
  let clockOffsetMs = 0;
  const nowMs = () => clock.now() + clockOffsetMs;
  const attempts: Attempt[] = [];
  let arms: Arm[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const { register, token, hasToken, document, tokens, books, accepted } = createAuthority({
    settings: () => settings,
    nowMs,
    running: () => running,
    stateFile,
  });

  const take = (on: Door): Arm | null => {
    const arm = arms.find((each) => each.on === on);
    if (!arm) return null;
    arm.times -= 1;
    if (arm.times === 0) arms = arms.filter((each) => each !== arm);
    return arm;
  };

  const spoil = (answer: NonNullable<Arm["answer"]>, request: Request): Response | Promise<Response> => {
    switch (answer) {
      case "error":
        return errorAnswer("The service is not available");
      case "hang":
        return new Promise((resolve) => {
          for (const signal of [stopping.signal, request.signal])
            signal.addEventListener("abort", () => resolve(new Response(null, { status: 500 })));
        });
      case "bad_gateway":
        return new Response("<html></html>", { status: 502 });
      case "empty":
        return new Response(null, { status: 200 });
      case "broken":
        return new Response("<EFDMS><RCTACK><RCTNUM>1</RC");
      case "unauthorized":
        return new Response(null, { status: 401 });
    }
  };

  const serve = async (on: Door, request: Request): Promise<Response> => {
    const text = await request.text();
    const attempt: Attempt = { on, number: null, status: null, ackCode: null, problems: [], text };
    attempts.push(attempt);
    const arm = take(on);
    const answered = (response: Response): Response => {
      attempt.status = response.status;
      changes.notify();
      return response;
    };
    changes.notify();
    if (arm?.answer && !arm.accept) return answered(await spoil(arm.answer, request));
    if (arm?.ackCode !== undefined) {
      attempt.ackCode = arm.ackCode;
      return answered(
        xml(
          `<EFDMS><RCTACK><RCTNUM>0</RCTNUM><ACKCODE>${arm.ackCode}</ACKCODE><ACKMSG>${ACK_MESSAGES[arm.ackCode] ?? ""}</ACKMSG></RCTACK><EFDMSSIGNATURE/></EFDMS>`,
        ),
      );
    }
    try {
      if (on === "token") {
        const response = token(request, text);
        return answered(arm?.answer ? await spoil(arm.answer, request) : response);
      }
      if (on !== "register" && !hasToken(request))
        return answered(Response.json({ Message: "Authorization has been denied for this request." }, { status: 401 }));
      const judged = await (on === "register" ? register(request, text) : document(on, request, text));
      Object.assign(attempt, { number: judged.number, ackCode: judged.ackCode, problems: judged.problems });
      log?.(
        "tra",
        `${on} ${judged.number ?? ""} ${judged.ackCode === 0 ? "accepted" : `refused: ${judged.ackCode}`} ${judged.problems.join(" ")}`,
      );
      changes.notify();
      return answered(arm?.answer ? await spoil(arm.answer, request) : xml(judged.answer));
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      attempt.problems.push(error.message);
      return answered(errorAnswer(escape(error.message)));
    }
  };

  const wait = async <T>(query: URLSearchParams, read: () => T[]): Promise<Response> => {
    const min = Number(query.get("min") ?? 1);
    const waitMs = Math.min(Number(query.get("waitMs") ?? 0), 30_000);
    const enough = () => (read().length >= min ? read() : null);
    return Response.json((waitMs > 0 ? await changes.until(enough, waitMs) : null) ?? read());
  };

  const control = async (request: Request, url: URL): Promise<Response> => {
    const query = url.searchParams;
    switch (`${request.method} ${url.pathname.slice("/control".length)}`) {
      case "GET /documents":
        return wait(query, () =>
          accepted
            .filter(({ kind }) => !query.has("kind") || kind === query.get("kind"))
            .map(({ kind, number, text }) => ({ kind, number, text })),
        );
      case "GET /attempts":
        return wait(query, () => attempts.filter(({ on }) => !query.has("on") || on === query.get("on")));
      case "POST /arm":
        arms.push(Arm.parse(await request.json()));
        return Response.json({ ok: true });
      case "DELETE /arm":
        arms = [];
        return Response.json({ ok: true });
      case "GET /state":
        return Response.json({
          globalCounter: books.globalCounter,
          dailyCounter: books.dailyCounter,
          day: books.day,
          mostAtOnce,
          tokens: tokens.size,
        });
      case "POST /clock": {
        const { setMs, advanceMs = 0 } = z
          .strictObject({ setMs: z.int().optional(), advanceMs: z.int().optional() })
          .parse(await request.json());
        clockOffsetMs = (setMs === undefined ? clockOffsetMs : setMs - systemClock.now()) + advanceMs;
        return Response.json({ nowMs: nowMs() });
      }
      case "DELETE /tokens":
        tokens.clear();
        return Response.json({ ok: true });
      case "PATCH /settings":
        settings = Settings.parse({ ...settings, ...((await request.json()) as object) });
        return Response.json(settings);
      default:
        return Response.json({ error: "not_found" }, { status: 404 });
    }
  };

  const server = Bun.serve({
    port,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      const url = new URL(request.url);
      try {
        if (url.pathname.startsWith("/control/")) return await control(request, url);
        const door = ROUTES[`${request.method} ${url.pathname}`];
        if (!door) return new Response(null, { status: 404 });
        if (door === "register" || door === "token") return await serve(door, request);
        running += 1;
        mostAtOnce = Math.max(mostAtOnce, running);
        try {
          return await serve(door, request);
        } finally {
          running -= 1;
        }
      } catch (error) {
        if (error instanceof z.ZodError)
          return Response.json({ error: "invalid", issues: error.issues }, { status: 400 });
        if (error instanceof SyntaxError) return Response.json({ error: "malformed_json" }, { status: 400 });
        throw error;
      }
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port ?? port,
    get settings() {
      return settings;
    },
    stop: async () => {
      stopping.abort();
      await server.stop(true);
    },
  };
};
