// One fiscal device: its global and daily counters, its queue for the tax authority, its daily reports. What crosses here:
// FiscalDevicePort calls and, through the gate, documents to the authority. What never does: a secret that is not sealed.
// Numbers are given without the authority: its outage delays what it is told, never a receipt.
import { DurableObject } from "cloudflare:workers";
import { MINUTE_MS, SECOND_MS } from "../src/lib/clock.ts";
import type {
  FiscalDevicePort,
  FiscalDeviceState,
  FiscalIssue,
  FiscalNumber,
  FiscalSale,
} from "../src/receipts/port.ts";
import { issueNumber, keepRegistration, readDevice, turnDays, type Device } from "./fiscal-counters.ts";
import { endOfDayMs } from "./fiscal-day.ts";
import { FiscalOutbox } from "./fiscal-outbox.ts";
import { fiscalDeviceLadder, migrate } from "./migrate.ts";
import { Sql } from "./sql.ts";
import { type FiscalSurroundings, realFiscalSurroundings } from "./surroundings.ts";

const ALARM_WAITS_MS = 30 * SECOND_MS;
/** What is on its way now is looked at by the alarm after so long. */
const SECOND_WAY_MS = 2 * MINUTE_MS;
/** The authority is not asked for a registration more often. */
const REGISTER_AGAIN_MS = 30 * SECOND_MS;

export class FiscalDevice extends DurableObject<Env> implements FiscalDevicePort {
  /** The one seam to the outside; tests set their own before the object wakes. */
  static surroundings: (ctx: DurableObjectState) => FiscalSurroundings = realFiscalSurroundings;

  readonly sql: Sql;
  readonly outbox: FiscalOutbox;
  readonly #around: FiscalSurroundings;
  #registering: Promise<Device | string> | null = null;
  #refusal: { reason: string; untilMs: number } | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#around = FiscalDevice.surroundings(ctx);
    this.sql = new Sql(ctx.storage);
    const { gate, log } = this.#around;
    this.outbox = new FiscalOutbox({
      sql: this.sql,
      gate,
      log,
      now: () => this.#now(),
      stored: () => ctx.storage.sync(),
      stopped: () => ctx.waitUntil(this.#arm()),
    });
    migrate(this.sql, fiscalDeviceLadder);
  }

  async issue({ sales, taxCodes }: { sales: FiscalSale[]; taxCodes: Record<string, number> }): Promise<FiscalIssue> {
    const device = readDevice(this.sql) ?? (await this.#register());
    if (typeof device === "string") return { status: "not_registered", reason: device };
    const numbers: FiscalNumber[] = [];
    const refused: Extract<FiscalIssue, { status: "issued" }>["refused"] = [];
    // One clock reading for all: midnight does not fall between the day and the counter.
    const nowMs = this.#now();
    this.sql.transaction(() => {
      turnDays(this.sql, nowMs);
      for (const sale of sales) {
        const number = issueNumber(this.sql, sale, taxCodes, nowMs);
        if (number) numbers.push(number);
        else refused.push({ receiptId: sale.receiptId, reason: "rate_without_code" });
      }
    });
    this.outbox.pump();
    await this.#arm();
    return {
      status: "issued",
      registration: device.registration,
      registeredAtMs: device.registeredAtMs,
      numbers,
      refused,
    };
  }

  async wake(): Promise<FiscalDeviceState> {
    this.#turnDays();
    this.outbox.pump();
    await this.#arm();
    const { count, oldestAtMs } = this.outbox.waiting();
    const device = readDevice(this.sql);
    return {
      isRegistered: device !== null,
      globalCounter: device?.globalCounter ?? 0,
      waitingCount: count,
      oldestAtMs,
    };
  }

  override async alarm(): Promise<void> {
    const enough = new AbortController();
    try {
      this.#turnDays();
      this.outbox.pump();
      const late = scheduler.wait(ALARM_WAITS_MS, { signal: enough.signal }).catch(() => undefined);
      await Promise.race([this.outbox.idle(), late]);
    } catch (error) {
      this.#around.log.write("error", "alert", {
        alert: "fiscal_alarm",
        reason: error instanceof Error ? error.message : "thrown",
      });
    } finally {
      // A wait that is left over would keep the object in memory.
      enough.abort();
      await this.#arm();
    }
  }

  #now(): number {
    return this.#around.clock.now();
  }

  #turnDays(): void {
    const before = readDevice(this.sql)?.day;
    this.sql.transaction(() => turnDays(this.sql, this.#now()));
    if (readDevice(this.sql)?.day !== before) this.outbox.prune();
  }

  /** Once in the life of the device; answers why not. */
  async #register(): Promise<Device | string> {
    if (this.#refusal && this.#refusal.untilMs > this.#now()) return this.#refusal.reason;
    this.#registering ??= this.#askForRegistration().finally(() => (this.#registering = null));
    return this.#registering;
  }

  async #askForRegistration(): Promise<Device | string> {
    const { gate, log } = this.#around;
    const result = await gate.register().catch((error: unknown) => ({
      status: "unavailable" as const,
      reason: error instanceof Error ? error.message : "thrown",
    }));
    if (result.status === "registered") {
      keepRegistration(this.sql, result.registration, result.credentialsSealed, this.#now());
      log.write("info", "fiscal_registered", {
        serial: result.registration.serial,
        globalCounter: result.registration.globalCounter,
      });
      return readDevice(this.sql)!;
    }
    this.#refusal = { reason: result.reason, untilMs: this.#now() + REGISTER_AGAIN_MS };
    log.write("error", "alert", { alert: "fiscal_not_registered", status: result.status, reason: result.reason });
    return result.reason;
  }

  /** The earliest of what waits and the end of the day. An earlier alarm stays; a lost one is set again. */
  async #arm(): Promise<void> {
    const device = readDevice(this.sql);
    if (!device) return;
    const nowMs = this.#now();
    const { nextAtMs } = this.outbox.waiting();
    const nextMs =
      nextAtMs === null ? null : this.outbox.isRunning ? Math.max(nextAtMs, nowMs + SECOND_WAY_MS) : nextAtMs;
    const atMs = Math.max(nowMs, Math.min(endOfDayMs(device.day), nextMs ?? Number.POSITIVE_INFINITY));
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > atMs) await this.ctx.storage.setAlarm(atMs);
  }
}
