// Drives the station model inside workerd over the station's real doors: a WebSocket, or batches and polls.
import { importJWK, SignJWT, type JWK } from "jose";
import { Fault } from "../../dev/simulators/station-faults.ts";
import { StationModel, type ModelOptions } from "../../dev/simulators/station-model.ts";
import { ServerFrame, type StationFrame } from "../../durable-objects/protocol.ts";
import { z } from "zod";

/** Sends a request to the station's doors: through the Worker, or straight to the object. */
export type Open = (request: Request) => Promise<Response>;

export interface ClientOptions {
  stationId: string;
  keyId: string;
  privateJwk: JWK;
  open: Open;
  now(): number;
  model: Omit<ModelOptions, "now" | "nextBootId">;
}

/** A station's token: `claims` replace the right ones. */
export const signStationToken = async (
  key: { keyId: string; privateJwk: JWK },
  stationId: string,
  nowMs: number,
  claims: Record<string, unknown> = {},
): Promise<string> => {
  const now = Math.floor(nowMs / 1000);
  return new SignJWT({ aud: stationId, iat: now, exp: now + 240, jti: crypto.randomUUID(), ...claims })
    .setProtectedHeader({ alg: "EdDSA", kid: key.keyId })
    .sign(await importJWK(key.privateJwk, "EdDSA"));
};

export class StationClient {
  readonly model: StationModel;
  readonly received: ServerFrame[] = [];
  /** Everything that was put on the wire, in order. */
  readonly sent: StationFrame[] = [];
  closed: { code: number; reason: string } | null = null;
  readonly #options: ClientOptions;
  readonly #waiting: { isMet(): boolean; done(): void }[] = [];
  #socket: WebSocket | null = null;
  /** Taken from the model for batches that are not sent yet. */
  readonly #ready: StationFrame[] = [];
  #boots = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    const prefix = crypto.randomUUID().slice(0, 8);
    this.model = new StationModel({
      ...options.model,
      now: options.now,
      nextBootId: () => `${prefix}-${++this.#boots}`,
    });
  }

  get socket(): WebSocket {
    if (!this.#socket) throw new Error("the station is not connected");
    return this.#socket;
  }

  token(claims: Record<string, unknown> = {}): Promise<string> {
    return signStationToken(this.#options, this.#options.stationId, this.#options.now(), claims);
  }

  async request(door: string, init: RequestInit = {}, token?: string): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${token ?? (await this.token())}`);
    return this.#options.open(
      new Request(`http://chajipoa.test/api/v1/stations/${this.#options.stationId}/${door}`, { ...init, headers }),
    );
  }

  /** Opens a socket and says nothing. */
  async dial(token?: string): Promise<Response> {
    const response = await this.request("socket", { headers: { upgrade: "websocket" } }, token);
    const socket = response.webSocket;
    if (!socket) return response;
    this.#socket = socket;
    this.closed = null;
    socket.accept();
    socket.addEventListener("message", ({ data }) => {
      if (socket !== this.#socket || data === "pong") return;
      const frame = ServerFrame.parse(JSON.parse(data as string));
      this.received.push(frame);
      const { bootId } = this.model;
      this.model.receive(frame);
      if (this.model.bootId !== bootId) this.#socket = null;
      else this.flush();
      this.#settle();
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (socket === this.#socket) this.closed = { code, reason };
      this.#settle();
    });
    return response;
  }

  /** Connects, greets, replays and reports, until everything is acknowledged. */
  async connect(): Promise<void> {
    const response = await this.dial();
    if (!response.webSocket) throw new Error(`the door answered ${response.status}`);
    this.model.open();
    this.flush();
    await this.until(() => this.received.some((frame) => frame.type === "welcome") && this.model.unacknowledged === 0);
  }

  /** The connection breaks. */
  drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.model.close();
    socket?.close(1000, "gone");
  }

  /** Lets the model's time pass and sends what is ready. */
  flush(): void {
    this.model.advance();
    const { bootId } = this.model;
    for (const frame of this.model.take()) this.send(frame);
    // Told to reboot, it goes down with its last word.
    if (this.model.bootId !== bootId) this.#socket = null;
  }

  send(frame: StationFrame | Record<string, unknown> | string): void {
    if (typeof frame !== "string") this.sent.push(frame as StationFrame);
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** Sends what is ready and waits until the server has everything. */
  async settled(): Promise<void> {
    this.flush();
    await this.until(() => this.model.unacknowledged === 0);
  }

  /** The n-th frame of this type from the server, once it is here. */
  async frame<T extends ServerFrame["type"]>(type: T, n = 1): Promise<Extract<ServerFrame, { type: T }>> {
    const all = (): ServerFrame[] => this.received.filter((frame) => frame.type === type);
    await this.until(() => all().length >= n);
    return all()[n - 1] as Extract<ServerFrame, { type: T }>;
  }

  until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((done) => this.#waiting.push({ isMet, done }));
  }

  arm(fault: Fault): void {
    this.model.arm(Fault.parse(fault));
  }

  /** One batch of what is ready, over plain HTTP, all of it or so many; its answer is handed to the model. */
  async post(atMost = Number.POSITIVE_INFINITY): Promise<ServerFrame[]> {
    this.model.advance();
    this.#ready.push(...this.model.take());
    const events = this.#ready.splice(0, Math.min(atMost, this.#ready.length));
    this.sent.push(...events);
    const response = await this.request("events", {
      method: "POST",
      body: JSON.stringify({ events }),
      headers: { "content-type": "application/json" },
    });
    return this.#heard(response);
  }

  /** One poll over plain HTTP. */
  async poll(waitSeconds = 0): Promise<ServerFrame[]> {
    return this.#heard(await this.request(`commands?wait=${waitSeconds}`));
  }

  async #heard(response: Response): Promise<ServerFrame[]> {
    const { frames } = z.object({ frames: z.array(ServerFrame) }).parse(await response.json());
    for (const frame of frames) {
      this.received.push(frame);
      this.model.receive(frame);
    }
    return frames;
  }

  #settle(): void {
    for (const waiting of this.#waiting.filter(({ isMet }) => isMet())) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.done();
    }
  }
}
