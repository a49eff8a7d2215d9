// One simulated station on a real network: its model, its key, and a connection that comes back by itself. Over WebSocket,
// or over plain HTTP for modems that cannot hold a socket.
import { importJWK, SignJWT, type JWK } from "jose";
import { z } from "zod";
import {
  FrameBatch,
  MAX_FRAME_BYTES,
  PING,
  PONG,
  ServerFrame,
  type StationFrame,
} from "../../durable-objects/protocol.ts";
import type { StationModel } from "./station-model.ts";

export interface LinkOptions {
  /** Where the Worker answers, without `/api/v1`. */
  baseUrl: string;
  stationId: string;
  keyId: string;
  privateJwk: JWK;
  transport: "websocket" | "http";
  model: StationModel;
  say(line: string): void;
}

const TICK_MS = 200;
/** More often than the server's proof of life expires. */
const PING_EVERY_MS = 20_000;
/** A connection on which not even pings are answered is dead. */
const SILENCE_MS = 50_000;
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000];
const POLL_SECONDS = 25;
const BATCH = 50;

const Refusal = z.object({ serverTimeMs: z.number() });

export class StationLink {
  isConnected = false;
  readonly #options: LinkOptions;
  readonly #stopping = new AbortController();
  /** Server clock minus station clock, as a refusal told it; signs tokens that a wrong clock would spoil. */
  #tokenOffsetMs = 0;
  #failures = 0;
  #done: Promise<void> | null = null;
  #wake: (() => void) | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake?.();
    await this.#done;
  }

  /** Something happened at the station: send it now. */
  nudge(): void {
    this.#wake?.();
  }

  async #run(): Promise<void> {
    const { model, transport, say } = this.#options;
    while (!this.#stopping.signal.aborted) {
      if (model.isOffline()) {
        await this.#pause(TICK_MS);
        continue;
      }
      try {
        await (transport === "websocket" ? this.#holdSocket() : this.#holdPolls());
      } catch (error) {
        if (!this.#stopping.signal.aborted)
          say(`no connection: ${error instanceof Error ? error.message : String(error)}`);
      }
      if (this.isConnected) say("disconnected");
      this.isConnected = false;
      model.close();
      if (!this.#stopping.signal.aborted && !model.isOffline())
        await this.#pause(RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)]!);
    }
  }

  #url(door: string): string {
    return `${this.#options.baseUrl}/api/v1/stations/${this.#options.stationId}/${door}`;
  }

  async #bearer(): Promise<string> {
    const { model, keyId, privateJwk, stationId } = this.#options;
    const now = Math.floor((model.clock() + this.#tokenOffsetMs) / 1_000);
    const token = await new SignJWT({ aud: stationId, iat: now, exp: now + 240, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: "EdDSA", kid: keyId })
      .sign(await importJWK(privateJwk, "EdDSA"));
    return `Bearer ${token}`;
  }

  /** A refusal says what time it is. */
  async #learnTime(refusal: Response): Promise<void> {
    const { serverTimeMs } = Refusal.parse(await refusal.json());
    this.#tokenOffsetMs = serverTimeMs - this.#options.model.clock();
  }

  async #holdSocket(): Promise<void> {
    const { model, say } = this.#options;
    const { bootId } = model;
    const url = this.#url("socket").replace(/^http/, "ws");
    // Bun takes headers here; the browser's types do not know.
    const socket = new WebSocket(url, { headers: { authorization: await this.#bearer() } } as unknown as string[]);
    const ended = new Promise<void>((resolve) => socket.addEventListener("close", () => resolve()));
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.addEventListener("open", () => resolve(true));
      socket.addEventListener("error", () => resolve(false));
      socket.addEventListener("close", () => resolve(false));
    });
    if (!isOpen) {
      const answer = await fetch(this.#url("socket"), { signal: this.#stopping.signal });
      if (answer.status === 401) await this.#learnTime(answer);
      throw new Error("the socket was refused");
    }
    const send = (frames: StationFrame[]): void => frames.forEach((frame) => socket.send(JSON.stringify(frame)));
    let heardAtMs = Date.now();
    socket.addEventListener("message", ({ data }) => {
      heardAtMs = Date.now();
      if (data === PONG) return;
      const frame = ServerFrame.safeParse(JSON.parse(String(data)));
      if (!frame.success) return;
      this.#heard(frame.data);
      if (model.bootId === bootId) send(model.take());
    });
    say("connected");
    this.isConnected = true;
    model.open();
    let pingAtMs = Date.now() + PING_EVERY_MS;
    let heartbeatAtMs = Date.now() + model.heartbeatSeconds * 1_000;
    while (socket.readyState === WebSocket.OPEN && !this.#stopping.signal.aborted) {
      if (model.isOffline() || model.bootId !== bootId || Date.now() - heardAtMs > SILENCE_MS) break;
      model.advance();
      send(model.take());
      if (Date.now() >= pingAtMs) {
        pingAtMs = Date.now() + PING_EVERY_MS;
        socket.send(PING);
      }
      if (Date.now() >= heartbeatAtMs) {
        heartbeatAtMs = Date.now() + model.heartbeatSeconds * 1_000;
        send([model.heartbeat()]);
      }
      await Promise.race([this.#pause(TICK_MS), ended]);
    }
    socket.close();
    await Promise.race([ended, this.#pause(1_000)]);
  }

  async #holdPolls(): Promise<void> {
    const { model, say } = this.#options;
    const { bootId } = model;
    const broken = new AbortController();
    const isUp = (): boolean =>
      !this.#stopping.signal.aborted && !broken.signal.aborted && !model.isOffline() && model.bootId === bootId;
    const signal = AbortSignal.any([this.#stopping.signal, broken.signal]);
    model.open();
    await this.#post(model.take(), signal);
    say("connected");
    this.isConnected = true;
    let problem: unknown = null;
    const polling = (async () => {
      while (isUp())
        for (const frame of await this.#ask(`commands?wait=${POLL_SECONDS}`, { signal })) this.#heard(frame);
    })().catch((error: unknown) => {
      problem = error;
      broken.abort();
    });
    let heartbeatAtMs = 0;
    while (isUp()) {
      model.advance();
      const frames = model.take();
      if (Date.now() >= heartbeatAtMs) {
        heartbeatAtMs = Date.now() + model.heartbeatSeconds * 1_000;
        frames.push(model.heartbeat());
      }
      if (frames.length > 0) await this.#post(frames, signal);
      else await this.#pause(TICK_MS);
    }
    broken.abort();
    await polling;
    if (problem instanceof Error && problem.name !== "AbortError") throw problem;
  }

  async #post(frames: StationFrame[], signal: AbortSignal): Promise<void> {
    for (const events of batches(frames)) {
      const init = {
        method: "POST",
        body: JSON.stringify({ events }),
        headers: { "content-type": "application/json" },
        signal,
      };
      for (const frame of await this.#ask("events", init)) this.#heard(frame);
    }
  }

  async #ask(door: string, init: RequestInit): Promise<ServerFrame[]> {
    const headers = new Headers(init.headers);
    headers.set("authorization", await this.#bearer());
    const answer = await fetch(this.#url(door), { ...init, headers });
    if (answer.status === 401) await this.#learnTime(answer);
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    return FrameBatch.parse(await answer.json()).frames;
  }

  #heard(frame: ServerFrame): void {
    const { model, say } = this.#options;
    this.#failures = 0;
    if (frame.type === "eject") say(`eject slot ${frame.slot} (${frame.powerBankId})`);
    if (frame.type === "error") say(`error frame: ${frame.code}`);
    model.receive(frame);
    this.nudge();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** In order, each small enough for one body. */
const batches = (frames: StationFrame[]): StationFrame[][] => {
  const result: StationFrame[][] = [];
  let size = 0;
  for (const frame of frames) {
    const length = JSON.stringify(frame).length + 1;
    const last = result.at(-1);
    if (!last || last.length >= BATCH || size + length > MAX_FRAME_BYTES - 1_024) {
      result.push([frame]);
      size = length;
    } else {
      last.push(frame);
      size += length;
    }
  }
  return result;
};
