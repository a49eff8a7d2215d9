// One run of one seed: makes the town, plays steps, and judges what each has left behind.
import { createApp } from "../../../src/app.ts";
import { dependenciesOf } from "../../../src/deps.ts";
import { runMinute } from "../../../src/jobs.ts";
import { SECOND_MS } from "../../../src/lib/clock.ts";
import type { DeliveryResult, StationDelivery } from "../../../src/stations/port.ts";
import { acts } from "./acts.ts";
import { CHECKS } from "./checks.sql.ts";
import { Client } from "./client.ts";
import { type Engine, type RunInput, startEngine } from "./engine.ts";
import { countAll, movementsOf, proveBooks, proveEnd } from "./final-proofs.ts";
import { exchange, loseConnection } from "./hardware.ts";
import { prepareKeys } from "./machine.ts";
import { Metal } from "./metal.ts";
import { send } from "./provider.ts";
import type { Act, Stage } from "./stage.ts";
import type { SimulationEnv } from "./station-object.ts";
import { writeDown } from "./technicians.ts";
import { Facts, type Round, Truth } from "./truth.ts";
import { bootNumber, makeWorld, type World } from "./world.ts";

export interface Report {
  steps: number;
  events: number;
  digest: string;
  breaks: string[];
  /** The end of the journal, when something broke. */
  tail: string[];
  /** The journal since the last report, when it is traced. */
  trace: string[];
  counts: Record<string, number>;
  /** Of the simulation. */
  nowMs: number;
}

const FULL_EVERY = 50;
const CONCURRENT_CHANCE = 0.25;
/** A minute each: longer than anything may stay between two states. */
const SETTLING_ROUNDS = 20;

export class Run {
  readonly #engine: Engine;
  readonly #truth: Truth;
  #stage!: Stage;
  #world: World | null = null;
  #marks = { entry: 0, audit: 0 };
  #rounds: Round[] = [];
  #troubles = { count: 0, atMs: 0 };
  #steps = 0;
  #breaks: string[] = [];

  constructor(input: RunInput, env: SimulationEnv) {
    this.#engine = startEngine(input, env, {
      nameOf: (id) => this.#world?.stations.find((station) => station.id === id)?.name ?? id,
      onSecret: (pattern) => void this.#breaks.push(`11: a line of the log has ${String(pattern)}`),
    });
    const stationOf = (id: string) => this.#world!.stations.find((station) => station.id === id)!;
    const metal = new Metal({
      now: () => this.#engine.time.now(),
      bootNumber,
      nameOf: (id) => stationOf(id).name,
    });
    this.#truth = new Truth(this.#engine.azampay, metal);
  }

  async open(): Promise<void> {
    const { database, env, random, time, weather, scheduler, stations, azampay, journal } = this.#engine;
    await prepareKeys();
    await database.open();
    await database.query(CHECKS);
    const world = await makeWorld({
      env,
      database,
      random,
      time,
      onBankOut: (bank, stationId, commandId) => {
        this.#engine.journal.write(`  ${bank} leaves by ${commandId ?? "hand"}`);
        this.#truth.metal.left(bank, stationId, commandId);
      },
    });
    this.#world = world;
    const app = createApp((ofRequest, context) => dependenciesOf(ofRequest, context));
    const client = new Client({ app, env, scheduler, time, random, weather, world });
    const cron = (): Promise<void> => this.#cron(world);
    this.#stage = { world, client, stations, azampay, random, time, weather, journal, truth: this.#truth, cron };
    // Keys and settings reach the objects by the minute's round, as after any change; the stations report what they have.
    await this.#play([cron]);
    for (const station of world.stations) await this.#play([() => exchange(this.#stage, station)]);
    await this.#judge(true);
  }

  deliver(delivery: StationDelivery): Promise<DeliveryResult> {
    return this.#engine.stations.deliver(delivery);
  }

  /** Plays up to `steps` more; stops at the first break. */
  async steps(steps: number): Promise<Report> {
    for (let i = 0; i < steps && this.#breaks.length === 0; i++) {
      this.#steps++;
      const chosen = this.#choose();
      this.#engine.journal.write(`#${this.#steps} ${chosen.map(({ name }) => name).join(" + ")}`);
      await this.#play(chosen.map((act) => () => act.play(this.#stage)));
      await this.#judge(this.#steps % FULL_EVERY === 0);
    }
    return this.#report();
  }

  /** The storm is over: what has to end within its time, ends. */
  async settle(): Promise<Report> {
    if (this.#breaks.length > 0) return this.#report();
    this.#engine.weather.clear();
    this.#engine.journal.write("# settling");
    const { world, stations, azampay } = this.#stage;
    for (const station of world.stations) {
      if (!station.isLost) station.model.comeBack();
      station.model.faults.disarm();
      // A new connection begins with an inventory: it tells of a return that no event told of.
      loseConnection(station);
    }
    for (let round = 0; round < SETTLING_ROUNDS && this.#breaks.length === 0; round++) {
      await this.#play([() => writeDown(this.#stage)]);
      azampay.collect();
      for (const outgoing of azampay.outgoing.filter(({ deliveries }) => deliveries === 0))
        await this.#play([() => send(this.#stage, outgoing)]);
      for (const station of world.stations) {
        await this.#play([() => exchange(this.#stage, station)]);
        await this.#play([() => stations.ring(station.id, this.#engine.time.now())]);
      }
      await this.#play([() => this.#cron(world)]);
      const facts = await this.#judge(round === SETTLING_ROUNDS - 1);
      if (round === SETTLING_ROUNDS - 1)
        this.#breaks.push(...proveEnd(facts, world, (bank) => this.#truth.metal.lastAt(bank)));
      this.#engine.time.advance(59 * SECOND_MS);
    }
    await this.#play([async () => void this.#breaks.push(...(await proveBooks(this.#engine.dependencies())))]);
    return this.#report();
  }

  async close(): Promise<void> {
    await this.#engine.database.close();
  }

  #choose(): Act[] {
    const first = this.#engine.random.weighted(acts.map((act) => [act.weight, act] as const));
    if (!first.isConcurrent || !this.#engine.random.chance(CONCURRENT_CHANCE)) return [first];
    const others = acts.filter((act) => act.isConcurrent).map((act) => [act.weight, act] as const);
    return [
      first,
      ...Array.from({ length: this.#engine.random.between(1, 2) }, () => this.#engine.random.weighted(others)),
    ];
  }

  async #play(works: (() => Promise<void>)[]): Promise<void> {
    for (const work of works) {
      this.#engine.scheduler.spawn("act", async () => {
        try {
          await work();
        } catch (error) {
          this.#breaks.push(
            `the simulation itself: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          );
        }
      });
    }
    await this.#engine.scheduler.run();
  }

  async #cron(world: World): Promise<void> {
    const startedAtMs = this.#engine.time.now();
    const faults = this.#engine.weather.faults;
    const areAllThere = world.stations.every(({ isConnected, isLost }) => isConnected || isLost);
    const ended = await new Promise<boolean>((resolve) => {
      this.#engine.scheduler.spawn(
        "cron",
        async () => resolve((await runMinute(this.#engine.dependencies()), true)),
        () => resolve(false),
      );
    });
    const isHealthy =
      ended && areAllThere && faults === this.#engine.weather.faults && this.#engine.weather.away.size === 0;
    this.#engine.journal.write(`cron: ${isHealthy ? "healthy" : ended ? "ended" : "died"}`);
    this.#rounds.push({ startedAtMs, isHealthy });
  }

  async #judge(isFull: boolean): Promise<Facts> {
    const { entry, audit } = isFull ? { entry: 0, audit: 0 } : this.#marks;
    const [row] = await this.#engine.database.query<{ facts: unknown }>("select simulation.checks($1, $2) as facts", [
      entry,
      audit,
    ]);
    const facts = Facts.parse(row!.facts);
    this.#marks = { entry: facts.entry, audit: facts.audit };
    for (const [stationId, look] of await this.#engine.stations.look()) this.#truth.metal.looked(stationId, look);
    const { weather, time } = this.#engine;
    if (weather.faults !== this.#troubles.count) this.#troubles = { count: weather.faults, atMs: time.now() };
    this.#breaks.push(...this.#truth.judge(facts, this.#troubles.atMs));
    for (const round of this.#rounds.splice(0)) this.#breaks.push(...this.#truth.round(round, facts));
    this.#engine.journal.write(
      `= ${facts.entry} ${facts.audit} ${facts.pending.length} ${facts.unnumbered} ${facts.failedCallbacks}`,
    );
    return facts;
  }

  async #report(): Promise<Report> {
    return {
      trace: this.#engine.journal.takeAll(),
      counts: { ...(await countAll(this.#engine.database)), faults: this.#engine.weather.faults },
      nowMs: this.#engine.time.now(),
      steps: this.#steps,
      events: this.#engine.journal.count,
      digest: this.#engine.journal.digest,
      breaks: this.#breaks,
      tail:
        this.#breaks.length > 0
          ? [...this.#engine.journal.tail, ...(await movementsOf(this.#engine.database, this.#breaks))]
          : [],
    };
  }
}
