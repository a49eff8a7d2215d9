// The real object of a station, and what the simulation has to do to it from outside: ring its alarm when the simulated
// time is there, throw it out of memory, and know when it has heard every answer. Its reports go to the simulation, which
// hands them to the verbs when their turn comes.
import { type CommandRow, isUndecided } from "../../../durable-objects/commands.ts";
import { hasSchema } from "../../../durable-objects/migrate.ts";
import { StationObject } from "../../../durable-objects/station.ts";
import type { Surroundings } from "../../../durable-objects/surroundings.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { createIds } from "../../../src/lib/ids.ts";
import { createLog } from "../../../src/lib/log.ts";
import type { ControlPlane, DeliveryResult, ReturnSighting, StationDelivery } from "../../../src/stations/port.ts";
import { nativeTimer } from "./native.ts";

/** Of the whole isolate: reports that have left an object, so that the simulation knows how many to wait for. */
export const traffic = { sent: 0 };

/** Told by the run that is going on. */
export const stationLog: { write(line: string): void } = { write() {} };

export type Ringing = "once" | "twice" | "gone";

/** What an object holds, for the judge. */
export interface StationLook {
  commands: {
    rentalId: string;
    commandId: string;
    state: string;
    slot: number;
    bank: string;
    sentAtMs: number | null;
  }[];
  /** Banks and the banks of rentals that an undecided command or an undelivered report names. */
  inTransit: string[];
}

interface World {
  deliver(delivery: StationDelivery): Promise<DeliveryResult>;
}

export interface SimulationEnv extends Env {
  SIMULATION: { getByName(name: string): World };
}

/** One incarnation: gone with it is what it waited for. */
interface Incarnation {
  answersHeard: number;
}

const incarnations = new WeakMap<DurableObjectState, Incarnation>();

export class SimulatedStation extends StationObject {
  readonly #incarnation: Incarnation;
  readonly #seeks = new Map<number, Promise<ReturnSighting>>();
  /** What it waits for its deliveries: until the simulation says that its seconds are over, for no timer is told in an object. */
  #patience = Promise.withResolvers<void>();

  constructor(ctx: DurableObjectState, env: SimulationEnv) {
    const incarnation: Incarnation = { answersHeard: 0 };
    incarnations.set(ctx, incarnation);
    StationObject.surroundings = () => surroundings(incarnation, env);
    super(ctx, env);
    this.#incarnation = incarnation;
    const { outbox } = this;
    const idle = outbox.idle.bind(outbox);
    outbox.idle = () => Promise.race([idle(), this.#patience.promise]);
  }

  /** Its deliveries are operations of their own, which come between this and `endSeek`. */
  async beginSeek(number: number, input: { powerBankId: string }): Promise<void> {
    const seek = super.seek(input);
    seek.catch(() => {});
    this.#seeks.set(number, seek);
  }

  async endSeek(number: number): Promise<ReturnSighting> {
    const seek = this.#seeks.get(number);
    if (!seek) throw new Error("the object that was asked is gone");
    this.#seeks.delete(number);
    this.#patience.resolve();
    this.#patience = Promise.withResolvers<void>();
    return seek;
  }

  /** True when an alarm was due; it goes on after the answer. */
  async ring(nowMs: number, how: Ringing): Promise<boolean> {
    const atMs = await this.ctx.storage.getAlarm();
    if (atMs === null || atMs > nowMs) return false;
    await this.ctx.storage.deleteAlarm();
    if (how !== "gone") this.ctx.waitUntil(this.alarm());
    if (how === "twice") this.ctx.waitUntil(this.alarm());
    return true;
  }

  /** Resolves when this incarnation has heard `answers` answers to its reports, and has acted on them. */
  async heard(answers: number): Promise<void> {
    while (this.#incarnation.answersHeard < answers) await nativeTimer(0);
  }

  async look(): Promise<StationLook> {
    if (!hasSchema(this.sql)) return { commands: [], inTransit: [] };
    const commands = this.sql.all<CommandRow>("select * from commands");
    const waiting = this.sql.all<{ power_bank_id: string | null }>("select power_bank_id from outbox");
    return {
      commands: commands.map((row) => ({
        rentalId: row.rental_id,
        commandId: row.command_id,
        state: row.state,
        slot: row.slot,
        bank: row.power_bank_id,
        sentAtMs: row.sent_at_ms,
      })),
      inTransit: [...commands.filter(isUndecided), ...waiting].flatMap(({ power_bank_id: bank }) => bank ?? []),
    };
  }

  evict(): void {
    this.ctx.abort("evicted");
  }
}

const surroundings = (incarnation: Incarnation, env: SimulationEnv): Surroundings => ({
  clock: systemClock,
  ids: createIds(systemClock),
  log: createLog((line) => stationLog.write(line), { part: "station" }),
  controlPlane: {
    async deliver(delivery) {
      traffic.sent++;
      try {
        return await env.SIMULATION.getByName("world").deliver(delivery);
      } finally {
        incarnation.answersHeard++;
      }
    },
  } satisfies ControlPlane,
});
