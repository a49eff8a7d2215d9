// Requests to the Worker as the outside sends them: an app, the provider, a station's modem. Null is an answer that never came.
import { SignJWT } from "jose";
import { FrameBatch, type StationFrame } from "../../../durable-objects/protocol.ts";
import type { createApp } from "../../../src/app.ts";
import type { Id } from "../../../src/lib/ids.ts";
import type { Random } from "../random.ts";
import type { Scheduler } from "./scheduler.ts";
import type { VirtualTime } from "./time.ts";
import type { Weather } from "./weather.ts";
import type { Renter, StationActor, World } from "./world.ts";

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

export interface ClientHost {
  app: ReturnType<typeof createApp>;
  env: unknown;
  scheduler: Scheduler;
  time: VirtualTime;
  random: Random;
  weather: Weather;
  world: World;
}

/** The status and the one word of an answer that says most. */
export const wordOf = (answer: Answer | null): string => {
  if (answer === null) return "no answer";
  const words = [answer.body["code"], answer.body["status"], answer.body["state"]];
  return `${answer.status} ${words.find((word) => typeof word === "string") ?? ""}`;
};

const BASE = "https://api.simulation";
const SESSION = "ses_00000000000000000000000000";
const LOST_IN_STORM = 0.05;

export class Client {
  readonly #host: ClientHost;

  constructor(host: ClientHost) {
    this.#host = host;
  }

  /** One request as a task of its own; the caller goes on when it is answered or when its isolate has died. */
  async request(path: string, init: RequestInit): Promise<Answer | null> {
    const { app, env, scheduler, weather, random } = this.#host;
    if (weather.isStorm && random.chance(LOST_IN_STORM)) return null;
    const answer = await new Promise<Answer | null>((resolve) => {
      const context = { waitUntil: (work: Promise<unknown>) => scheduler.adopt(work), passThroughOnException() {} };
      const work = async (): Promise<void> => {
        const response = await app.fetch(
          new Request(`${BASE}${path}`, init),
          env as Env,
          context as unknown as ExecutionContext,
        );
        resolve({ status: response.status, body: await readBody(response) });
      };
      scheduler.spawn(`${init.method} ${path}`, work, () => resolve(null));
    });
    return weather.isStorm && random.chance(LOST_IN_STORM) ? null : answer;
  }

  async ofRenter(renter: Renter, method: string, path: string, body?: unknown, key?: string): Promise<Answer | null> {
    const token = await this.#host.world.tokens.sign({ userId: renter.id, sessionId: SESSION, role: "renter" });
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (key !== undefined) headers["idempotency-key"] = key;
    return this.request(`/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async ofStaff(
    { id: userId, role }: { id: Id<"usr">; role: "finance" | "admin" },
    path: string,
    body: unknown,
    key?: string,
  ): Promise<Answer | null> {
    const token = await this.#host.world.tokens.sign({ userId, sessionId: SESSION, role });
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    if (key !== undefined) headers["idempotency-key"] = key;
    return this.request(`/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  }

  post(path: string, body: string): Promise<Answer | null> {
    return this.request(path, { method: "POST", body, headers: { "content-type": "application/json" } });
  }

  /** Null when the modem was not answered, or not with frames. */
  async ofStation(
    station: StationActor,
    door: "events" | "commands",
    frames?: StationFrame[],
  ): Promise<FrameBatch["frames"] | null> {
    const headers = { authorization: `Bearer ${await this.#bearer(station)}`, "content-type": "application/json" };
    const path = `/api/v1/stations/${station.id}/${door}`;
    const answer = await this.request(door === "events" ? path : `${path}?wait=0`, {
      method: door === "events" ? "POST" : "GET",
      headers,
      ...(frames ? { body: JSON.stringify({ events: frames }) } : {}),
    });
    const read = answer?.status === 200 ? FrameBatch.safeParse(answer.body) : null;
    return read?.success ? read.data.frames : null;
  }

  /** By the true time: a station whose clock is wrong learns it from the refusal of its first token. */
  #bearer(station: StationActor): Promise<string> {
    const now = Math.floor(this.#host.time.now() / 1_000);
    return new SignJWT({ aud: station.id, iat: now, exp: now + 240, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: "EdDSA", kid: station.key.keyId })
      .sign(station.key.pair.privateKey);
  }
}

type FrameBatch = { frames: ReturnType<(typeof FrameBatch)["parse"]>["frames"] };

const readBody = async (response: Response): Promise<Record<string, unknown>> => {
  const text = await response.text();
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
};
