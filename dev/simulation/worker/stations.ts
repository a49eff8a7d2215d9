// Between the product and the objects of the stations, both ways, each call an operation with the fate that the weather
// gives it. An object is asked alone, and everything it says because of it has arrived before the next operation.
import { deliverReport } from "../../../src/control-plane.ts";
import type { Dependencies } from "../../../src/deps.ts";
import type { DeliveryResult, StationDelivery } from "../../../src/stations/port.ts";
import type { Journal } from "./journal.ts";
import type { Scheduler } from "./scheduler.ts";
import { type Ringing, type SimulatedStation, type StationLook, traffic } from "./station-object.ts";
import type { Weather } from "./weather.ts";

type Stub = Pick<SimulatedStation, "ring" | "heard" | "look" | "evict" | "beginSeek" | "endSeek"> &
  Record<string, (...args: unknown[]) => Promise<unknown>>;

export interface Namespace {
  getByName(stationId: string): unknown;
}

export interface StationsHost {
  namespace: Namespace;
  scheduler: Scheduler;
  weather: Weather;
  journal: Journal;
  /** What a delivery is handed to; new for each. */
  dependencies(): Dependencies;
  /** A short name for the journal. */
  nameOf(stationId: string): string;
}

export class Stations {
  readonly #host: StationsHost;
  readonly #known = new Map<string, { answered: number; incarnation: number }>();
  #arrived = traffic.sent;
  #onArrival: (() => void) | null = null;
  #seeks = 0;
  /** Asked something since they were last looked at. */
  readonly #touched = new Set<string>();

  constructor(host: StationsHost) {
    this.#host = host;
  }

  #stub(stationId: string): Stub {
    this.#touched.add(stationId);
    return this.#host.namespace.getByName(stationId) as Stub;
  }

  #state(stationId: string): { answered: number; incarnation: number } {
    let state = this.#known.get(stationId);
    if (!state) this.#known.set(stationId, (state = { answered: 0, incarnation: 0 }));
    return state;
  }

  async arrivals(): Promise<void> {
    while (this.#arrived < traffic.sent) await new Promise<void>((resolve) => (this.#onArrival = resolve));
  }

  /** The binding that the product is given. */
  binding(): Namespace {
    const call =
      (stationId: string, verb: string) =>
      (...args: unknown[]) =>
        verb === "seek" ? this.#seek(stationId, args) : this.#call(stationId, verb, args);
    return {
      getByName: (stationId) =>
        // A promise is looked for `then`; it must not become a call.
        new Proxy(
          {},
          { get: (_target, verb) => (typeof verb === "string" && verb !== "then" ? call(stationId, verb) : undefined) },
        ),
    };
  }

  #call(stationId: string, verb: string, args: unknown[]): Promise<unknown> {
    const { scheduler, weather, journal, nameOf } = this.#host;
    const label = `${nameOf(stationId)} ${verb}`;
    return scheduler.submit(label, async (kill) => {
      const fate = weather.ofCall();
      journal.write(`  ${label}${fate === "fine" ? "" : ` ${fate}`}`);
      if (fate === "dies_before") kill();
      if (fate === "dies_before" || fate === "cut_before") throw new Error("the object cannot be reached");
      const answer = await this.#stub(stationId)[verb]!(...args);
      await this.arrivals();
      if (fate === "dies_after") kill();
      if (fate === "fine") return answer;
      throw new Error("Network connection lost.");
    });
  }

  /** In two calls: what it waits for, others have to do. */
  async #seek(stationId: string, args: unknown[]): Promise<unknown> {
    const number = ++this.#seeks;
    await this.#call(stationId, "beginSeek", [number, ...args]);
    return this.#call(stationId, "endSeek", [number]);
  }

  /** A report has arrived; it waits for its turn. */
  deliver(delivery: StationDelivery): Promise<DeliveryResult> {
    const { scheduler, nameOf } = this.#host;
    const { stationId, report } = delivery;
    const { incarnation } = this.#state(stationId);
    const subject = "rentalId" in report ? report.rentalId : "powerBankId" in report ? report.powerBankId : "";
    const label = `${nameOf(stationId)} reports ${report.verb} ${subject}`;
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      // What was put off may die after the answer was given; the first word is the one that left.
      const answer = (give: () => void): void => {
        if (isAnswered) return;
        isAnswered = true;
        scheduler.enqueue(`${label} answered`, null, () => this.#hear(stationId, incarnation, give));
      };
      const lose = (): void => answer(() => reject(new Error("Network connection lost.")));
      scheduler.enqueue(label, null, async () =>
        this.#handOver(label, delivery, (result) => answer(() => resolve(result)), lose),
      );
      this.#arrived++;
      this.#onArrival?.();
      this.#onArrival = null;
    });
  }

  #handOver(label: string, delivery: StationDelivery, give: (result: DeliveryResult) => void, lose: () => void): void {
    const { scheduler, weather, journal, dependencies } = this.#host;
    const fate = weather.ofCall();
    journal.write(`  ${label}${fate === "fine" ? "" : ` ${fate}`}`);
    if (fate === "cut_before" || fate === "dies_before") return lose();
    scheduler.spawn(
      label,
      async () => {
        try {
          const result = await deliverReport(dependencies(), delivery);
          if (fate === "fine") give(result);
          else lose();
        } catch {
          lose();
        }
      },
      lose,
    );
  }

  /** The object has the answer, or its absence, and has acted on it; one that was evicted meanwhile never hears it. */
  async #hear(stationId: string, incarnation: number, give: () => void): Promise<void> {
    give();
    const state = this.#state(stationId);
    if (state.incarnation !== incarnation) return;
    state.answered++;
    await this.#stub(stationId).heard(state.answered);
    await this.arrivals();
  }

  /** What the objects hold that were asked something since; between steps alone. */
  async look(): Promise<[stationId: string, look: StationLook][]> {
    const touched = [...this.#touched];
    const looks = await Promise.all(
      touched.map(async (id) => [id, await this.#stub(id).look()] as [string, StationLook]),
    );
    this.#touched.clear();
    return looks;
  }

  /** Rings the alarm if one is due; one that is `gone` was lost before anybody heard it. */
  async ring(stationId: string, nowMs: number, how: Ringing = "once"): Promise<void> {
    const label = `${this.#host.nameOf(stationId)} alarm`;
    await this.#host.scheduler.submit(label, async () => {
      const wasDue = await this.#stub(stationId).ring(nowMs, how);
      await this.arrivals();
      if (wasDue) this.#host.journal.write(`  ${label}${how === "once" ? "" : ` ${how}`}`);
    });
  }

  /** Its memory is gone; what it had stored is not. */
  async evict(stationId: string): Promise<void> {
    await this.#host.scheduler.submit(`${this.#host.nameOf(stationId)} evicted`, async () => {
      this.#host.journal.write(`  ${this.#host.nameOf(stationId)} evicted`);
      const state = this.#state(stationId);
      state.incarnation++;
      state.answered = 0;
      await Promise.resolve(this.#stub(stationId).evict()).catch(() => {});
    });
  }
}
