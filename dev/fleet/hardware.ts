// A station of the fleet on a real socket: the simulator's model, and as little around it as there can be, because a
// thousand of them share a processor with what they measure.
import { importJWK, SignJWT, type CryptoKey, type JWK } from "jose";
import { PING, PONG, ServerFrame } from "../../durable-objects/protocol.ts";
import type { SlotSeed } from "../simulators/station-cabinet.ts";
import { StationModel } from "../simulators/station-model.ts";

export interface FleetStationOptions {
  stationId: string;
  code: string;
  keyId: string;
  privateJwk: JWK;
  baseUrl: string;
  slots: SlotSeed[];
}

const PING_EVERY_MS = 20_000;
/** Before a station is taken to be unable to connect at all. */
const DIALS = 5;
const WELCOME_WITHIN_MS = 120_000;

export class FleetStation {
  readonly model: StationModel;
  /** Every eject frame that came, in order. */
  readonly ejects: string[] = [];
  /** Connections that broke although nobody dropped them. */
  losses = 0;
  /** Dials that were refused, or got no welcome. */
  redials = 0;
  /** Frames of events put on the wire, hellos and replays included. */
  sent = 0;
  readonly options: FleetStationOptions;
  #key: CryptoKey | Uint8Array | null = null;
  #socket: WebSocket | null = null;
  #onWelcome: (() => void) | null = null;
  #onEject: ((atMs: number) => void) | null = null;
  #onBank: ((powerBankId: string) => void) | null = null;
  #onQuiet: { done(): void; lost(error: Error): void }[] = [];
  #isUp = false;
  #beatAtMs = 0;
  #pingAtMs = 0;

  constructor(options: FleetStationOptions) {
    this.options = options;
    this.model = new StationModel({
      slots: options.slots,
      ejectMs: 0,
      now: () => Date.now(),
      nextBootId: () => `b${crypto.randomUUID().slice(0, 12)}`,
      onBankOut: (powerBankId) => this.#onBank?.(powerBankId),
    });
  }

  get isConnected(): boolean {
    return this.#socket !== null;
  }

  /** Signs before the clock starts. What it answers dials, again after a refusal as stations do: ms from the first dial to the welcome. */
  async prepare(): Promise<() => Promise<number>> {
    let token = await this.#sign();
    return async () => {
      const startedMs = performance.now();
      for (let dials = 1; ; dials++) {
        try {
          await this.#dial(token);
          return performance.now() - startedMs;
        } catch (error) {
          if (dials >= DIALS) throw error;
          this.redials += 1;
          await Bun.sleep(500 * dials);
          token = await this.#sign();
        }
      }
    };
  }

  async #sign(): Promise<string> {
    const { stationId, keyId, privateJwk } = this.options;
    this.#key ??= await importJWK(privateJwk, "EdDSA");
    const now = Math.floor(Date.now() / 1_000);
    return new SignJWT({ aud: stationId, iat: now, exp: now + 240, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: "EdDSA", kid: keyId })
      .sign(this.#key);
  }

  /** Ends with the welcome. Throws when there is none. */
  async #dial(token: string): Promise<void> {
    const url = `${this.options.baseUrl}/api/v1/stations/${this.options.stationId}/socket`.replace(/^http/, "ws");
    // Bun takes headers here; the browser's types do not know.
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } } as unknown as string[]);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.options.code}: no welcome`)), WELCOME_WITHIN_MS);
      this.#onWelcome = () => {
        clearTimeout(timer);
        this.#isUp = true;
        resolve();
      };
      socket.addEventListener("open", () => {
        this.#socket = socket;
        this.#beatAtMs = Date.now() + Math.random() * this.model.heartbeatSeconds * 1_000;
        this.#pingAtMs = Date.now() + Math.random() * PING_EVERY_MS;
        this.model.open();
        this.flush();
      });
      socket.addEventListener("message", ({ data }) => this.#heard(socket, String(data)));
      socket.addEventListener("close", () => {
        if (socket !== this.#socket) return;
        // Before the welcome it is a refusal, and is dialled again.
        if (this.#isUp) this.losses += 1;
        this.#isUp = false;
        this.#socket = null;
        this.model.close();
        clearTimeout(timer);
        const error = new Error(`${this.options.code}: the socket was closed`);
        reject(error);
        for (const { lost } of this.#onQuiet.splice(0)) lost(error);
      });
      socket.addEventListener("error", () => {
        clearTimeout(timer);
        reject(new Error(`${this.options.code}: the socket was refused`));
      });
    });
  }

  #heard(socket: WebSocket, data: string): void {
    if (data === PONG || socket !== this.#socket) return;
    const frame = ServerFrame.parse(JSON.parse(data));
    if (frame.type === "eject") {
      this.ejects.push(frame.commandId);
      this.#onEject?.(performance.now());
    }
    this.model.receive(frame);
    this.flush();
    if (frame.type === "welcome") this.#onWelcome?.();
    if (this.model.unacknowledged === 0) for (const { done } of this.#onQuiet.splice(0)) done();
  }

  flush(): void {
    if (!this.#socket) return;
    for (const frame of this.model.take()) {
      this.sent += 1;
      this.#socket.send(JSON.stringify(frame));
    }
  }

  /** Now and then, for what time brings. */
  tick(nowMs: number): void {
    if (!this.#socket) return;
    this.model.advance();
    this.flush();
    if (nowMs >= this.#pingAtMs) {
      this.#pingAtMs = nowMs + PING_EVERY_MS;
      this.#socket.send(PING);
    }
    if (nowMs >= this.#beatAtMs) {
      this.#beatAtMs = nowMs + this.model.heartbeatSeconds * 1_000;
      this.#socket.send(JSON.stringify(this.model.heartbeat()));
    }
  }

  drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#isUp = false;
    this.model.close();
    socket?.close(1000, "gone");
  }

  /** The next eject: when its command came, and the bank that came out. One at a time. */
  next(): { command: Promise<number>; bank: Promise<string> } {
    const command = new Promise<number>((done) => (this.#onEject = done));
    const bank = new Promise<string>((done) => (this.#onBank = done));
    return { command, bank };
  }

  /** Everything that was said is stored by the server. Throws when the connection breaks before. */
  quiet(): Promise<void> {
    if (this.model.unacknowledged === 0) return Promise.resolve();
    return new Promise((done, lost) => this.#onQuiet.push({ done, lost }));
  }
}
