// One station: its slots, leases, commands and notices, next to its hardware. What crosses here: StationPort calls, the
// station's frames, listeners of rentals. What never does: a database connection; the rest of the system is told through
// the outbox alone. Every change is one transaction (`#turn`), and what leaves the object leaves after its commit.
import { DurableObject } from "cloudflare:workers";
import { SECOND_MS } from "../src/lib/clock.ts";
import type { Id } from "../src/lib/ids.ts";
import type { VendorNotice } from "../src/providers/ports.ts";
import type {
  DispenseResult,
  LeaseResult,
  RentalAtStation,
  RentalClosing,
  ReturnSighting,
  StationCommand,
  StationCommandState,
  StationEvent,
  StationKey,
  StationSettings,
  StationView,
} from "../src/stations/port.ts";
import { runDue } from "./alarm.ts";
import { dispense, handWaiting } from "./commands.ts";
import { configure, isOffline, offlineAfterMs } from "./configuration.ts";
import { keepContact } from "./boots.ts";
import type { StationDriver } from "./driver.ts";
import { evidence } from "./evidence.ts";
import { earliestDueMs } from "./due.ts";
import { answerHttp } from "./http.ts";
import { claimOnce, readBearer, validKeys, type Bearer } from "./keys.ts";
import { lease, release } from "./leases.ts";
import { addListener, currentState, tell } from "./live.ts";
import { hasSchema, migrate } from "./migrate.ts";
import { earliestRowMs, hurry } from "./outbox-rows.ts";
import { Outbox } from "./outbox.ts";
import { readStation, recount, type StationRow } from "./projection.ts";
import { inspect } from "./inspection.ts";
import { Reception } from "./reception.ts";
import { close, renew, rentalState } from "./rentals.ts";
import { seek } from "./seek.ts";
import { PING, PONG, type ServerFrame } from "./protocol.ts";
import { Sql } from "./sql.ts";
import { command, commandState, handWaitingCommands, settingsFrame } from "./staff-commands.ts";
import { realSurroundings, type Surroundings } from "./surroundings.ts";
import { Transport } from "./transport.ts";
import type { Turn } from "./turn.ts";
import { VendorDriver } from "./vendor-driver.ts";

/** Deliveries go on without the alarm; what is due next must not wait for a slow one. */
const ALARM_WAITS_MS = 5 * SECOND_MS;
/** What is on its way now is looked at by the alarm after so long. */
const SECOND_WAY_MS = 30 * SECOND_MS;
/** A renter waits before the station: so long for its inventory, and so long for what it brings about. */
const SEEK_WAITS_MS = 4 * SECOND_MS;

export class StationObject extends DurableObject<Env> {
  /** The one seam to the outside; tests and the simulation set their own before the object wakes. */
  static surroundings: (ctx: DurableObjectState) => Surroundings = realSurroundings;

  readonly sql: Sql;
  readonly outbox: Outbox;
  readonly transport: Transport;
  readonly vendor: VendorDriver;
  readonly #around: Surroundings;
  readonly #reception: Reception;
  #willArm = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#around = StationObject.surroundings(ctx);
    this.sql = new Sql(ctx.storage);
    this.transport = new Transport(ctx);
    this.outbox = new Outbox({
      sql: this.sql,
      controlPlane: this.#around.controlPlane,
      log: this.#around.log,
      now: () => this.#now(),
      heardAtMs: () => this.#driver().heardAtMs(),
      turn: (work) => this.#turn(work),
    });
    this.#reception = new Reception({
      transport: this.transport,
      log: this.#around.log,
      now: () => this.#now(),
      stationId: () => this.#station()?.stationId,
      turn: (work) => this.#turn(work),
      answered: () => this.#armSoon(),
    });
    if (hasSchema(this.sql)) migrate(this.sql);
    this.vendor = new VendorDriver({
      sql: this.sql,
      gate: this.#around.vendors,
      log: this.#around.log,
      patienceMs: this.#around.vendorPatienceMs,
      now: () => this.#now(),
      station: () => this.#station(),
      turn: (work) => this.#turn(work),
      waitUntil: (work) => ctx.waitUntil(work),
    });
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  async lease(input: { rentalId: Id<"rnt">; untilMs: number }): Promise<LeaseResult> {
    if (!this.#station()) return { status: "station_unavailable" };
    if (this.#isVendors()) await this.vendor.prove();
    return this.#turn((turn) => lease(turn, input));
  }

  async release(input: { rentalId: Id<"rnt">; reason: string }): Promise<void> {
    if (this.#station()) this.#turn((turn) => release(turn, input));
  }

  async dispense(input: { rentalId: Id<"rnt">; notAfterMs: number; wasPaid: boolean }): Promise<DispenseResult> {
    if (!this.#station()) return { status: "station_unavailable" };
    if (this.#isVendors()) await this.vendor.prove();
    return this.#turn((turn) => dispense(turn, input));
  }

  async rentalState(rentalId: Id<"rnt">): Promise<RentalAtStation> {
    if (!this.#station()) return { status: "none" };
    await this.#arm();
    return rentalState(this.sql, rentalId);
  }

  async closed(input: { rentalId: Id<"rnt">; status: RentalClosing; atMs: number }): Promise<void> {
    if (this.#station()) this.#turn((turn) => close(turn, input));
  }

  async renew(input: { rentalId: Id<"rnt">; dueAtMs: number; nextAskAtMs: number }): Promise<void> {
    if (this.#station()) this.#turn((turn) => renew(turn, input));
  }

  async configure(input: {
    version: number;
    keys: StationKey[];
    settings: StationSettings;
  }): Promise<{ version: number }> {
    const held = this.#station()?.configVersion ?? 0;
    if (input.version <= held) return { version: held };
    const stationId = this.ctx.id.name as Id<"stn"> | undefined;
    if (!stationId) throw new Error("a station's object is named by the station's id");
    migrate(this.sql);
    this.sql.transaction(() => configure(this.sql, stationId, input, this.#now()));
    this.transport.keepOnly(new Set(validKeys(this.sql).map((key) => key.key_id)));
    this.#turn((turn) => {
      const frame = turn.link.isLive && turn.link.isOpen ? settingsFrame(turn) : null;
      if (frame) turn.commands.push(frame);
    });
    return { version: input.version };
  }

  async hear(notice: VendorNotice): Promise<void> {
    if (this.#isVendors()) this.vendor.hear(notice);
  }

  async command(input: StationCommand): Promise<StationCommandState> {
    if (!this.#station()) return { status: "station_unavailable" };
    if (this.#isVendors()) await this.vendor.prove();
    return this.#turn((turn) => command(turn, input));
  }

  async commandState(commandId: Id<"cmd">): Promise<StationCommandState | null> {
    return this.#station() ? commandState(this.sql, commandId, this.#now()) : null;
  }

  async inspect(): Promise<StationView> {
    return inspect(this.sql, this.#station(), this.#driver().heardAtMs(), this.#now());
  }

  async evidence(input: { powerBankId: string | null; fromMs: number; toMs: number }): Promise<StationEvent[]> {
    return this.#station() ? evidence(this.sql, input) : [];
  }

  async seek(input: { powerBankId: string }): Promise<ReturnSighting> {
    if (!this.#station()) return { isOnline: false, isFull: false, slot: null };
    const look = (): number | null => this.#turn((turn) => seek(turn, input.powerBankId));
    const slot = look() ?? ((await this.#inventory()) ? look() : null);
    await this.outbox.idle(SEEK_WAITS_MS);
    const { isOnline, freeSlots } = await this.inspect();
    return { isOnline, isFull: isOnline && freeSlots === 0, slot };
  }

  async wake(): Promise<void> {
    if (!this.#station()) return;
    // Whoever asks is there: what waited only because nobody answered goes now.
    this.#turn(hurry);
    this.#runDue();
    await this.#arm();
  }

  override async alarm(): Promise<void> {
    if (!this.#station()) return;
    try {
      this.#runDue();
      await this.outbox.idle(ALARM_WAITS_MS);
    } catch (error) {
      this.#around.log.write("error", "alert", { alert: "alarm", reason: String(error) });
    } finally {
      await this.#arm();
    }
  }

  override async fetch(request: Request): Promise<Response> {
    return answerHttp(request, {
      station: () => this.#station(),
      now: () => this.#now(),
      authenticate: (authorization) => this.#authenticate(authorization),
      connect: (keyId) => this.transport.accept(keyId, this.#now()),
      receive: (frames) => this.#reception.receive(frames, null),
      poll: (keyId, waitMs, signal) => this.#poll(keyId, waitMs, signal),
      listen: (rentalId, jti, expiresAtMs) =>
        this.#turn((turn) => claimOnce(turn.sql, jti, expiresAtMs, turn.nowMs))
          ? addListener(this.ctx, rentalId, currentState(this.sql, rentalId))
          : null,
    });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (!this.transport.isStation(socket) || !this.#station()) return;
    await this.#reception.put(socket, message);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    await this.#lost(socket);
    // Answers the station's close; codes below 3000 but 1000 may not be sent.
    if (socket.readyState !== WebSocket.READY_STATE_CLOSED) socket.close(code === 1000 || code >= 3000 ? code : 1000);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.#lost(socket);
  }

  #now(): number {
    return this.#around.clock.now();
  }

  #isVendors(): boolean {
    return VendorDriver.bindingOf(this.#station()) !== null;
  }

  #driver(): StationDriver {
    return this.#isVendors() ? this.vendor : this.transport;
  }

  #station(): StationRow | undefined {
    return hasSchema(this.sql) ? readStation(this.sql) : undefined;
  }

  /** One transaction, then its consequences: commands and answers leave, listeners hear, deliveries start. */
  #turn<T>(work: (turn: Turn) => T): T {
    const station = this.#station()!;
    const nowMs = this.#now();
    const { stationId, settings, configuredAtMs } = station;
    const { ids, log } = this.#around;
    const driver = this.#driver();
    const turn: Turn = {
      sql: this.sql,
      nowMs,
      stationId,
      settings,
      configuredAtMs,
      ids,
      log,
      link: driver.link(nowMs),
      can: driver.capabilities,
      replies: [],
      commands: [],
      told: [],
    };
    const result = this.sql.transaction(() => {
      const done = work(turn);
      const heardAtMs = driver.heardAtMs();
      recount(turn, !isOffline(settings, heardAtMs, nowMs), heardAtMs);
      return done;
    });
    driver.send(turn.commands);
    for (const { rentalId, message } of turn.told) tell(this.ctx, rentalId, message);
    this.outbox.pump();
    this.#armSoon();
    return result;
  }

  /** Asks what is in the slots now; false when the station cannot be asked, or says nothing in time. */
  async #inventory(): Promise<boolean> {
    if (this.#isVendors()) return this.vendor.ask().then(() => true);
    const commandId = `seek.${this.#around.ids.next("cmd")}`;
    const isAsked = this.#turn((turn) => {
      if (turn.link.isLive && turn.link.isOpen) turn.commands.push({ type: "refresh", commandId });
      return turn.commands.length > 0;
    });
    return isAsked && this.#reception.inventory(commandId, SEEK_WAITS_MS);
  }

  async #poll(keyId: string, waitMs: number, signal: AbortSignal): Promise<ServerFrame[]> {
    this.transport.polled(this.#now());
    const frames = this.transport.wait(keyId, waitMs, signal, () => this.#now());
    this.#turn((turn) => {
      handWaiting(turn);
      handWaitingCommands(turn);
    });
    return frames;
  }

  async #authenticate(authorization: string | null): Promise<Bearer | null> {
    const station = this.#station();
    if (!station) return null;
    const bearer = await readBearer(validKeys(this.sql), authorization, station.stationId, this.#now());
    if (!bearer) return null;
    // Between the signature and here the key may have been retired.
    if (!validKeys(this.sql).some((key) => key.key_id === bearer.keyId)) return null;
    return this.sql.transaction(() => claimOnce(this.sql, bearer.jti, bearer.expiresAtMs, this.#now())) ? bearer : null;
  }

  async #lost(socket: WebSocket): Promise<void> {
    await this.#reception.idle();
    if (!this.transport.isStation(socket) || !this.#station()) return;
    const { contact } = this.transport.read(socket);
    this.#turn((turn) => {
      if (contact) keepContact(turn, contact.bootId, contact.seq, contact.atMs);
    });
  }

  #runDue(): void {
    if (this.#isVendors()) this.vendor.wake(this.#now());
    runDue(this.sql, this.#now(), this.#around.log, (work) => this.#turn(work));
    // Counts again, also when nothing was due: a station that fell silent is offline.
    this.#turn(() => {});
  }

  /** Once for all turns that follow each other without a pause. */
  #armSoon(): void {
    if (this.#willArm) return;
    this.#willArm = true;
    this.ctx.waitUntil(
      Promise.resolve().then(() => {
        this.#willArm = false;
        return this.#arm();
      }),
    );
  }

  /** Sets the alarm to the earliest thing to do. An earlier alarm stays; a lost one is set again. */
  async #arm(): Promise<void> {
    const station = this.#station();
    if (!station) return;
    const nowMs = this.#now();
    const times = [
      earliestDueMs(this.sql),
      earliestRowMs(this.sql, this.outbox.inFlight, nowMs + SECOND_WAY_MS),
      this.#isVendors() ? this.vendor.nextAtMs() : null,
      station.counted.isOnline ? this.#driver().heardAtMs() + offlineAfterMs(station.settings) : null,
    ].filter((time): time is number => time !== null);
    if (times.length === 0) return;
    const atMs = Math.max(Math.min(...times), nowMs);
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > atMs) await this.ctx.storage.setAlarm(atMs);
  }
}
