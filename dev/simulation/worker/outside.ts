// Everybody the Worker sends requests to but Postgres: AzamPay, Beem, Redis. Each request is an operation.
import type { SimulatedAzamPay } from "./azampay.ts";
import type { SimulatedDatabase } from "./database.ts";
import type { Journal } from "./journal.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Weather } from "./weather.ts";
import { SendRequest } from "../../simulators/beem-wire.ts";
import type { Random } from "../random.ts";

export const HOSTS = {
  neon: "neon.simulation",
  redis: "redis.simulation",
  azampay: "azampay.simulation",
  beem: "beem.simulation",
};

export interface OutsideHost {
  scheduler: Scheduler;
  weather: Weather;
  journal: Journal;
  random: Random;
  azampay: SimulatedAzamPay;
  database: SimulatedDatabase;
}

type Part = "redis" | "azampay" | "beem";

/** The isolate's `fetch`. */
export const createOutside = (host: OutsideHost) => {
  const { scheduler, weather, journal } = host;
  const sql = host.database.route(host);
  const redis = new Map<string, string>();
  const texts = new Set<string>();

  const answer = (part: Part, request: Request): Promise<Response> => {
    if (part === "redis") return answerRedis(redis, request);
    return part === "azampay" ? host.azampay.handle(request) : answerBeem(host, texts, request);
  };

  const send = (part: Part, request: Request, signal: AbortSignal | null): Promise<Response> => {
    const path = new URL(request.url).pathname;
    return scheduler
      .submit(`${part} ${path}`, async (kill) => {
        const fate = weather.ofRequest(part);
        journal.write(`  ${part} ${path}${fate === "fine" ? "" : ` ${fate}`}`);
        if (fate === "dies_before") kill();
        if (fate === "dies_before" || fate === "cut_before") throw new TypeError("Network connection lost.");
        if (part === "azampay") host.azampay.script(path, weather.isStorm);
        // Waiting for a provider is no work of its own: others go on meanwhile.
        return { response: answer(part, request), fate, kill };
      })
      .then(async ({ response, fate, kill }) => {
        const answered = await orAborted(response, signal);
        if (fate === "dies_after") {
          kill();
          return new Promise<never>(() => {});
        }
        if (fate === "cut_after") throw new TypeError("Network connection lost.");
        return answered;
      });
  };

  return async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    if (url.hostname === HOSTS.neon) return sql(init ?? {});
    const part = (["redis", "azampay", "beem"] as const).find((name) => HOSTS[name] === url.hostname);
    if (!part) throw new TypeError(`nobody answers at ${url.hostname}`);
    const { signal = null, ...rest } = init ?? {};
    return send(part, new Request(input, rest), signal);
  };
};

const orAborted = (response: Promise<Response>, signal: AbortSignal | null): Promise<Response> =>
  new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
    response.then(resolve, reject);
  });

/** What a token's store needs; scripts are refused, so that limits are counted in the isolate. */
const answerRedis = async (store: Map<string, string>, request: Request): Promise<Response> => {
  const [name = "", key = "", value = ""] = await request.json<string[]>();
  switch (name.toLowerCase()) {
    case "get": {
      const held = store.get(key);
      return Response.json({ result: held === undefined ? null : btoa(held) });
    }
    case "set":
      store.set(key, value);
      return Response.json({ result: "OK" });
    default:
      return Response.json({ error: "ERR scripts are off" }, { status: 400 });
  }
};

const answerBeem = async (
  { random, weather, journal }: OutsideHost,
  texts: Set<string>,
  request: Request,
): Promise<Response> => {
  const message = SendRequest.parse(await request.json());
  const reference = String(message.recipients[0]!.recipient_id);
  if (weather.isStorm && random.chance(0.2)) {
    const code = random.pick([102, 103, 120]);
    return Response.json({ data: { code, message: "refused" } }, { status: 400 });
  }
  if (texts.has(reference)) journal.write(`  BREAK text ${reference} was sent twice`);
  texts.add(reference);
  return Response.json({
    successful: true,
    request_id: texts.size,
    code: 100,
    message: "Message Submitted Successfully",
    valid: 1,
    invalid: 0,
    duplicates: 0,
  });
};
