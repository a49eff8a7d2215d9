// One run of one seed: makes the town, takes over the isolate's time, chance and network, plays steps and judges each.
import { createApp } from "../../../src/app.ts";
import { dependenciesOf, type Dependencies } from "../../../src/deps.ts";
import { runMinute } from "../../../src/jobs.ts";
import { SECOND_MS } from "../../../src/lib/clock.ts";
import type { DeliveryResult, StationDelivery } from "../../../src/stations/port.ts";
import { createRandom, type Random } from "../random.ts";
import { acts } from "./acts.ts";
import { SimulatedAzamPay } from "./azampay.ts";
import { CHECKS } from "./checks.sql.ts";
import { Client } from "./client.ts";
import { SimulatedDatabase } from "./database.ts";
import { exchange } from "./hardware.ts";
import { Journal } from "./journal.ts";
import { prepareKeys, takeOver } from "./machine.ts";
import { createOutside } from "./outside.ts";
import { send } from "./provider.ts";
import { countAll, movementsOf, proveBooks, proveEnd } from "./final-proofs.ts";
import { Scheduler } from "./scheduler.ts";
import { providerSettings, SECRETS, workerEnv } from "./settings.ts";
import type { Act, Stage } from "./stage.ts";
import { stationLog, type SimulationEnv } from "./station-object.ts";
import { Stations } from "./stations.ts";
import { VirtualTime } from "./time.ts";
import { Facts, type Round, Truth } from "./truth.ts";
import { Weather } from "./weather.ts";
import { makeWorld, type World } from "./world.ts";

export interface RunInput {
  seed: number;
  /** Of this run's own database: as the application, and as the owner of the tables. */
  applicationUrl: string;
  ownerUrl: string;
  /** Settings that are not the tests'. */
  vars: Record<string, string>;
  /** Reports carry the whole journal. */
  isTraced: boolean;
}

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

/** Evening before New Year's Eve, at the latest: receipts begin at 1 again within the first days of a run. */
const START_MS = Date.parse("2035-12-31T12:00:00.000Z");
const FULL_EVERY = 50;
const CONCURRENT_CHANCE = 0.25;
/** A minute each: longer than anything may stay between two states. */
const SETTLING_ROUNDS = 20;

export class Run {
  readonly #random: Random;
  readonly #time = new VirtualTime(START_MS);
  readonly #journal: Journal;
  readonly #weather: Weather;
  readonly #scheduler: Scheduler;
  readonly #database: SimulatedDatabase;
  readonly #stations: Stations;
  readonly #azampay: SimulatedAzamPay;
  readonly #truth: Truth;
  readonly #env: Record<string, unknown>;
  #stage!: Stage;
  #client!: Client;
  #world!: World;
  #marks = { entry: 0, audit: 0 };
  #rounds: Round[] = [];
  #steps = 0;
  #breaks: string[] = [];

  constructor(input: RunInput, env: SimulationEnv) {
    const { seed } = input;
    this.#journal = new Journal(input.isTraced);
    this.#random = createRandom(seed, "acts");
    this.#weather = new Weather(createRandom(seed, "weather"));
    const owner = new URL(input.ownerUrl);
    this.#database = new SimulatedDatabase({
      host: owner.hostname,
      port: Number(owner.port),
      ownerUrl: input.ownerUrl,
    });
    this.#scheduler = new Scheduler({
      random: createRandom(seed, "order"),
      time: this.#time,
      arrivals: () => this.#stations.arrivals(),
    });
    this.#stations = new Stations({
      namespace: env.STATIONS,
      scheduler: this.#scheduler,
      weather: this.#weather,
      journal: this.#journal,
      dependencies: () => this.#dependencies(),
      nameOf: (id) => this.#world?.stations.find((station) => station.id === id)?.name ?? id,
    });
    this.#azampay = new SimulatedAzamPay(providerSettings, this.#time, createRandom(seed, "azampay"));
    this.#truth = new Truth(this.#azampay);
    this.#env = workerEnv({
      vars: input.vars,
      applicationUrl: input.applicationUrl,
      checksumKeyPem: this.#azampay.app.checksumKey().pem,
      sourceAccount: this.#azampay.app.settings.sourceAccount,
      stations: this.#stations.binding(),
    });
    const outside = createOutside({
      scheduler: this.#scheduler,
      weather: this.#weather,
      journal: this.#journal,
      random: createRandom(seed, "outside"),
      azampay: this.#azampay,
      database: this.#database,
    });
    takeOver({
      time: this.#time,
      bytes: createRandom(seed, "bytes"),
      fetch: outside,
      isInside: () => this.#scheduler.current.getStore() !== undefined,
    });
    stationLog.write = (line) => this.#said(line);
    // oxlint-disable-next-line no-console -- the product's lines, which go nowhere but are looked at
    console.log = (line: unknown) => this.#said(String(line));
  }

  async open(): Promise<void> {
    await prepareKeys();
    await this.#database.open();
    await this.#database.query(CHECKS);
    this.#world = await makeWorld({ env: this.#env, database: this.#database, random: this.#random, time: this.#time });
    const app = createApp((env, context) => dependenciesOf(env, context));
    this.#client = new Client({
      app,
      env: this.#env,
      scheduler: this.#scheduler,
      time: this.#time,
      random: this.#random,
      weather: this.#weather,
      world: this.#world,
    });
    this.#stage = {
      world: this.#world,
      client: this.#client,
      stations: this.#stations,
      azampay: this.#azampay,
      random: this.#random,
      time: this.#time,
      weather: this.#weather,
      journal: this.#journal,
      truth: this.#truth,
      cron: () => this.#cron(),
    };
    // Keys and settings reach the objects by the minute's round, as after any change; the stations report what they have.
    await this.#play([() => this.#cron()]);
    for (const station of this.#world.stations) await this.#play([() => exchange(this.#stage, station)]);
    await this.#judge(true);
  }

  deliver(delivery: StationDelivery): Promise<DeliveryResult> {
    return this.#stations.deliver(delivery);
  }

  /** Plays up to `steps` more; stops at the first break. */
  async steps(steps: number): Promise<Report> {
    for (let i = 0; i < steps && this.#breaks.length === 0; i++) {
      this.#steps++;
      const chosen = this.#choose();
      this.#journal.write(`#${this.#steps} ${chosen.map(({ name }) => name).join(" + ")}`);
      await this.#play(chosen.map((act) => () => act.play(this.#stage)));
      await this.#judge(this.#steps % FULL_EVERY === 0);
    }
    return this.#report();
  }

  /** The storm is over: what has to end within its time, ends. */
  async settle(): Promise<Report> {
    if (this.#breaks.length > 0) return this.#report();
    this.#weather.clear();
    this.#journal.write("# settling");
    const { world } = this.#stage;
    for (const { model } of world.stations) {
      model.comeBack();
      model.faults.disarm();
    }
    for (let round = 0; round < SETTLING_ROUNDS && this.#breaks.length === 0; round++) {
      this.#azampay.collect();
      for (const outgoing of this.#azampay.outgoing.filter(({ deliveries }) => deliveries === 0))
        await this.#play([() => send(this.#stage, outgoing)]);
      for (const station of world.stations) {
        await this.#play([() => exchange(this.#stage, station)]);
        await this.#play([async () => void (await this.#stations.ring(station.id, this.#time.now()))]);
      }
      await this.#play([() => this.#cron()]);
      const facts = await this.#judge(round === SETTLING_ROUNDS - 1);
      if (round === SETTLING_ROUNDS - 1) this.#breaks.push(...proveEnd(facts, world));
      this.#time.advance(59 * SECOND_MS);
    }
    await this.#play([async () => void this.#breaks.push(...(await proveBooks(this.#dependencies())))]);
    return this.#report();
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  #choose(): Act[] {
    const first = this.#random.weighted(acts.map((act) => [act.weight, act] as const));
    if (!first.isConcurrent || !this.#random.chance(CONCURRENT_CHANCE)) return [first];
    const others = acts.filter((act) => act.isConcurrent).map((act) => [act.weight, act] as const);
    return [first, ...Array.from({ length: this.#random.between(1, 2) }, () => this.#random.weighted(others))];
  }

  async #play(works: (() => Promise<void>)[]): Promise<void> {
    for (const work of works) {
      this.#scheduler.spawn("act", async () => {
        try {
          await work();
        } catch (error) {
          this.#breaks.push(
            `the simulation itself: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          );
        }
      });
    }
    await this.#scheduler.run();
  }

  async #cron(): Promise<void> {
    const startedAtMs = this.#time.now();
    const faults = this.#weather.faults;
    const areAllThere = this.#world.stations.every(({ isConnected }) => isConnected);
    const ended = await new Promise<boolean>((resolve) => {
      this.#scheduler.spawn(
        "cron",
        async () => resolve((await runMinute(this.#dependencies()), true)),
        () => resolve(false),
      );
    });
    const isHealthy = ended && areAllThere && faults === this.#weather.faults && this.#weather.away.size === 0;
    this.#journal.write(`cron: ${isHealthy ? "healthy" : ended ? "ended" : "died"}`);
    this.#rounds.push({ startedAtMs, isHealthy });
  }

  #dependencies(): Dependencies {
    return dependenciesOf(this.#env as unknown as Env, {
      waitUntil: (work: Promise<unknown>) => this.#scheduler.adopt(work),
    });
  }

  async #judge(isFull: boolean): Promise<Facts> {
    const { entry, audit } = isFull ? { entry: 0, audit: 0 } : this.#marks;
    const [row] = await this.#database.query<{ facts: unknown }>("select simulation.checks($1, $2) as facts", [
      entry,
      audit,
    ]);
    const facts = Facts.parse(row!.facts);
    this.#marks = { entry: facts.entry, audit: facts.audit };
    this.#breaks.push(...this.#truth.judge(facts));
    for (const round of this.#rounds.splice(0)) this.#breaks.push(...this.#truth.round(round, facts));
    this.#journal.write(
      `= ${facts.entry} ${facts.audit} ${facts.pending.length} ${facts.unnumbered} ${facts.failedCallbacks}`,
    );
    return facts;
  }

  async #report(): Promise<Report> {
    return {
      trace: this.#journal.takeAll(),
      counts: { ...(await countAll(this.#database)), faults: this.#weather.faults },
      nowMs: this.#time.now(),
      steps: this.#steps,
      events: this.#journal.count,
      digest: this.#journal.digest,
      breaks: this.#breaks,
      tail:
        this.#breaks.length > 0 ? [...this.#journal.tail, ...(await movementsOf(this.#database, this.#breaks))] : [],
    };
  }

  /** The product's own lines: nothing in them may be secret. */
  #said(line: string): void {
    const secret = SECRETS.find((pattern) => pattern.test(line));
    if (secret) this.#breaks.push(`11: a line of the log has ${String(secret)}`);
  }
}
