// Phones without the internet: what their operators pass on through either gateway, USSD sessions and texts. For the stack:
//
//   startUssdSimulator({ussdUrls: {africastalking, beem}, textUrls: {africastalking, beem}, …}): {url, port, stop(): Promise<void>}
//
// The control API, JSON, under {url}/control:
//   POST   /sessions {msisdn, gateway?}             dials; → {sessionId, text, isEnd, wrong?, durationMs}
//   POST   /sessions/<id>/inputs {input}            types, → the next screen; 409 once the session is over
//   DELETE /sessions/<id>                           hangs up
//   POST   /texts {from, text, gateway?}            writes to our number; → {id, status}
//   POST   /arm {fault, times?, msisdn?}            of this phone, or of the next one; `twice`: each post goes out twice at once; `again`: the post before comes once more, after
//                                                   this one; `lost`: our answer never arrives, and the session ends for the person
//   DELETE /arm
// A session ends for the person, with `wrong`, when our answer is late or is not what the gateway takes.
import { z } from "zod";
import type { Log } from "../process.ts";
import {
  readAnswer,
  type Post,
  type Shown,
  type UssdGateway,
  ussdGateways,
  writePost,
  writeText,
} from "./ussd-wire.ts";

export interface UssdOptions {
  ussdUrls: Record<UssdGateway, string>;
  textUrls: Record<UssdGateway, string>;
  port?: number;
  log?: Log;
  /** An answer that takes longer is none. */
  patienceMs?: number;
}

export interface UssdSimulator {
  url: string;
  port: number;
  stop(): Promise<void>;
}

const Msisdn = z.string().regex(/^255\d{9}$/);
const Gateway = z.enum(ussdGateways).default("africastalking");
const Dial = z.strictObject({ msisdn: Msisdn, gateway: Gateway });
const Input = z.strictObject({ input: z.string().max(160) });
const Text = z.strictObject({ from: z.string().min(1).max(32), text: z.string().max(160), gateway: Gateway });
const Arm = z.strictObject({
  fault: z.enum(["twice", "again", "lost"]),
  times: z.int().min(1).max(1_000).default(1),
  msisdn: Msisdn.optional(),
});

interface Session {
  id: string;
  gateway: UssdGateway;
  msisdn: string;
  inputs: string[];
  isOver: boolean;
}

const PATIENCE_MS = 10_000;
const SHORT_CODE = "15046";
const KEPT_SESSIONS = 1_000;
const noSession = (): Response => Response.json({ message: "no such session" }, { status: 404 });

export const startUssdSimulator = (options: UssdOptions): UssdSimulator => {
  const { ussdUrls, textUrls, port = 0, log = () => {}, patienceMs = PATIENCE_MS } = options;
  const sessions = new Map<string, Session>();
  let armed: Pick<z.infer<typeof Arm>, "fault" | "msisdn">[] = [];
  const takeFault = (msisdn: string) => {
    const next = armed.find((arm) => arm.msisdn === undefined || arm.msisdn === msisdn);
    armed = armed.filter((arm) => arm !== next);
    return next?.fault;
  };
  let count = 0;

  const send = async (url: string, { body, contentType }: Post) => {
    const init = {
      method: "POST",
      body,
      headers: { "content-type": contentType },
      signal: AbortSignal.timeout(patienceMs),
    };
    const answer = await fetch(url, init);
    return { status: answer.status, contentType: answer.headers.get("content-type") ?? "", body: await answer.text() };
  };

  const exchange = async (session: Session): Promise<Shown & { wrong?: string }> => {
    const { gateway, inputs } = session;
    const typed = { sessionId: session.id, msisdn: session.msisdn, inputs };
    const fault = takeFault(session.msisdn);
    const post = writePost(gateway, typed);
    try {
      const [answer] = await Promise.all(
        Array.from({ length: fault === "twice" ? 2 : 1 }, () => send(ussdUrls[gateway], post)),
      );
      if (fault === "again" && inputs.length > 0)
        await send(ussdUrls[gateway], writePost(gateway, { ...typed, inputs: inputs.slice(0, -1) }));
      if (fault === "lost") return { text: "", isEnd: true, wrong: "the answer was lost" };
      const shown = readAnswer(gateway, typed, answer!);
      return "wrong" in shown ? { text: "", isEnd: true, wrong: shown.wrong } : shown;
    } catch (error) {
      return { text: "", isEnd: true, wrong: error instanceof Error ? error.name : "no answer" };
    }
  };

  const show = async (session: Session): Promise<Response> => {
    const startedMs = performance.now();
    const shown = await exchange(session);
    session.isOver = shown.isEnd;
    const durationMs = Math.round(performance.now() - startedMs);
    if (shown.wrong) log("ussd", `${session.gateway}: no screen for ${session.msisdn}: ${shown.wrong}`);
    return Response.json({ sessionId: session.id, ...shown, durationMs });
  };

  const dial = (body: unknown): Promise<Response> => {
    const { msisdn, gateway } = Dial.parse(body);
    const id = gateway === "beem" ? String(100_000 + ++count) : `ATUid_${crypto.randomUUID().replaceAll("-", "")}`;
    const session: Session = { id, gateway, msisdn, inputs: [], isOver: false };
    sessions.set(id, session);
    if (sessions.size > KEPT_SESSIONS) sessions.delete(sessions.keys().next().value!);
    log("ussd", `${msisdn} dials through ${gateway}`);
    return show(session);
  };

  const hangUp = async (session: Session): Promise<Response> => {
    const isOpen = !session.isOver;
    session.isOver = true;
    const typed = { sessionId: session.id, msisdn: session.msisdn, inputs: session.inputs };
    if (isOpen && session.gateway === "beem") await send(ussdUrls.beem, writePost("beem", typed, true));
    return Response.json({ sessionId: session.id });
  };

  const text = async (body: unknown): Promise<Response> => {
    const { from, text: words, gateway } = Text.parse(body);
    const id = crypto.randomUUID();
    const post = writeText(gateway, { id, from, to: SHORT_CODE, text: words });
    const posts = Array.from({ length: takeFault(from) === "twice" ? 2 : 1 }, () => send(textUrls[gateway], post));
    const [answer] = await Promise.all(posts);
    log("ussd", `${from} writes "${words}" through ${gateway}`);
    return Response.json({ id, status: answer!.status });
  };

  const inSession = async (request: Request, id: string, isInput: boolean): Promise<Response> => {
    const session = sessions.get(id);
    if (!session) return noSession();
    if (request.method === "DELETE") return hangUp(session);
    if (!isInput || request.method !== "POST") return noSession();
    if (session.isOver) return Response.json({ message: "the session is over" }, { status: 409 });
    session.inputs.push(Input.parse(await request.json()).input);
    return show(session);
  };

  const arm = async (request: Request): Promise<Response> => {
    if (request.method === "DELETE") armed = [];
    else {
      const { times, ...script } = Arm.parse(await request.json());
      armed.push(...Array.from({ length: times }, () => ({ ...script })));
    }
    return Response.json({ armed: armed.length });
  };

  const handle = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === "/control/sessions" && request.method === "POST") return dial(await request.json());
    if (pathname === "/control/texts" && request.method === "POST") return text(await request.json());
    if (pathname === "/control/arm" && ["POST", "DELETE"].includes(request.method)) return arm(request);
    const [, id, inputs] = /^\/control\/sessions\/(\w+)(\/inputs)?$/.exec(pathname) ?? [];
    return id === undefined
      ? Response.json({ message: "not found" }, { status: 404 })
      : inSession(request, id, Boolean(inputs));
  };

  const serve = async (request: Request): Promise<Response> => {
    try {
      return await handle(request);
    } catch (error) {
      const isBad = error instanceof z.ZodError || error instanceof SyntaxError;
      return Response.json(
        { message: error instanceof Error ? error.message : String(error) },
        { status: isBad ? 400 : 502 },
      );
    }
  };
  const server = Bun.serve({ port, hostname: "127.0.0.1", idleTimeout: 0, fetch: serve });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port ?? port,
    stop: () => server.stop(true),
  };
};
