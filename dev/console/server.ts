// The console page of the local stack: what a newcomer opens first. Not part of the product. Serves files of ./page as they
// are, streams what is going on, and passes clicks on to the simulators. It listens on the loopback address only.
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Pool } from "pg";
import { z } from "zod";
import { MINUTE_MS } from "../../src/lib/clock.ts";
import { renderQr } from "../../src/lib/qr.ts";
import { HOST, portTaken } from "../ports.ts";
import type { SeededStation } from "../seed.ts";
import type { StationSimulator } from "../simulators/station.ts";
import type { VendorCabinets } from "../simulators/vendor-cabinets.ts";
import type { TownClock } from "../up/clock.ts";
import type { WorkerLine } from "../up/worker-log.ts";
import { createFeed } from "./feed.ts";
import { createReader } from "./state.ts";

export interface ConsoleOptions {
  port: number;
  workerUrl: string;
  azampayUrl: string;
  /** The simulators of both gateways. */
  smsUrls: { beem: string; africastalking: string };
  /** The simulator of phones with keys. */
  ussdUrl: string;
  simulator: StationSimulator;
  vendors: VendorCabinets;
  stations: SeededStation[];
  /** As the owner, to say who holds which bank. */
  pool: Pool;
  clock: TownClock;
}

export interface Console {
  /** A part said something: what is shown of it may have changed. */
  onPart(part: string, line: string): void;
  onWorkerLine(line: WorkerLine): void;
  stop(): Promise<void>;
}

const FOLDER = resolve(import.meta.dirname, "page");
const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};
/** By path; nothing else of the disk can be asked for. */
const files = new Map<string, { path: string; type: string }>(
  readdirSync(FOLDER).map((name) => [
    name === "index.html" ? "/" : `/${name}`,
    { path: join(FOLDER, name), type: TYPES[name.split(".").at(-1) ?? ""] ?? "text/plain" },
  ]),
);

/** At most so much at once: what is due by the hour is told by the hour. */
const Forward = z.strictObject({
  minutes: z
    .int()
    .min(1)
    .max(60 * 24 * 31),
});
const Act = z.strictObject({ action: z.enum(["approve", "refuse", "ignore"]) });

/** Throws StackError `port_taken`. */
export const startConsole = (options: ConsoleOptions): Console => {
  const { port, workerUrl, azampayUrl, smsUrls, ussdUrl, simulator, vendors, stations, clock } = options;
  const feed = createFeed(createReader(options), clock);
  const origins = ["127.0.0.1", "localhost"].map((name) => `${name}:${port}`);

  const pass = async (url: string, request: Request): Promise<Response> => {
    const init = {
      method: request.method,
      headers: { "content-type": "application/json" },
      ...(request.method === "POST" ? { body: await request.text() } : {}),
    };
    const answer = await fetch(url, init);
    feed.refresh();
    return new Response(await answer.text(), {
      status: answer.status,
      headers: { "content-type": "application/json" },
    });
  };

  const handle = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    // A page of somebody else's, in the same browser, must not push these buttons.
    if (!origins.includes(request.headers.get("host") ?? "")) return new Response("no such host", { status: 421 });
    if (request.method === "GET") {
      const file = files.get(url.pathname);
      if (file) {
        const headers = { "content-type": file.type, "cache-control": "no-store" };
        return new Response(Bun.file(file.path), { headers });
      }
      if (url.pathname === "/api/state") return Response.json(await feed.read());
      if (url.pathname === "/api/stream") return feed.stream(request.signal);
      const seen = stations.find(({ id }) => url.pathname === `/api/stations/${id}/screen.svg`);
      if (seen) {
        const headers = { "content-type": "image/svg+xml", "cache-control": "no-store" };
        // A cabinet of another vendor has no screen of ours: its label says the same.
        const address = (await simulator.stations[seen.id]?.screen()) ?? `${workerUrl}/s/${seen.plan.code}`;
        return new Response(renderQr(address, { margin: 3 }), { headers });
      }
      return new Response("not found", { status: 404 });
    }
    if (!/^application\/json\b/.test(request.headers.get("content-type") ?? ""))
      return new Response("JSON only", { status: 415 });
    const [, station, action] =
      /^\/api\/stations\/(stn_\w+)\/(insert|remove|faults|offline|online|reboot)$/.exec(url.pathname) ?? [];
    if (station !== undefined && action !== undefined && vendors.cabinets[station]) {
      const answer = await vendors.act(station, action, request);
      feed.refresh();
      return answer;
    }
    if (station !== undefined) return pass(`${simulator.url}/stations/${station}/${action}${url.search}`, request);
    const [, prompt] = /^\/api\/prompts\/([0-9a-f]{32})$/.exec(url.pathname) ?? [];
    if (prompt !== undefined && request.method === "POST") {
      const { action: act } = Act.parse(await request.clone().json());
      const answer = await pass(`${azampayUrl}/control/prompts/${prompt}`, request);
      if (answer.ok) feed.say("handset", `the person at the handset: ${act}`);
      return answer;
    }
    const gateway = /^\/api\/sms\/(beem|africastalking)\/arm$/.exec(url.pathname)?.[1] as
      | keyof typeof smsUrls
      | undefined;
    if (gateway !== undefined) {
      const answer = await pass(`${smsUrls[gateway]}/control/arm`, request);
      if (answer.ok) feed.say("sms", `${gateway}: ${request.method === "POST" ? "will not behave" : "behaves again"}`);
      return answer;
    }
    if (url.pathname === "/api/clock" && request.method === "POST") {
      const { minutes } = Forward.parse(await request.json());
      await clock.forward(minutes * MINUTE_MS);
      feed.say("up", `the clock went forward by ${minutes} minutes`);
      feed.refresh();
      return Response.json({ aheadMs: clock.aheadMs, nowMs: clock.now() });
    }
    const [, keypad] = /^\/api\/ussd\/(sessions(?:\/\w+(?:\/inputs)?)?|texts)$/.exec(url.pathname) ?? [];
    if (keypad !== undefined) return pass(`${ussdUrl}/control/${keypad}`, request);
    return new Response("not found", { status: 404 });
  };

  const server = serve(port, async (request) => {
    try {
      return await handle(request);
    } catch (error) {
      if (error instanceof z.ZodError || error instanceof SyntaxError)
        return Response.json({ message: error.message }, { status: 400 });
      return Response.json({ message: error instanceof Error ? error.message : String(error) }, { status: 502 });
    }
  });
  return {
    onPart(part, line) {
      if (part !== "worker" && part !== "sms") feed.say(part, line);
      feed.refresh();
    },
    onWorkerLine(line) {
      if (!line.isRoutine) feed.say("worker", line.text, line.level, line.fields);
      feed.refresh();
    },
    async stop() {
      feed.stop();
      await server.stop(true);
    },
  };
};

const serve = (port: number, fetch: (request: Request) => Promise<Response>) => {
  try {
    return Bun.serve({ hostname: HOST, port, idleTimeout: 0, fetch });
  } catch (error) {
    if ((error as { code?: string }).code === "EADDRINUSE") throw portTaken("console", port, "--console-port");
    throw error;
  }
};
