// Renters: they start at a given rate, keep the bank for a while, and bring it to any station that has room.
import { z } from "zod";
import type { Fleet } from "./founding.ts";
import type { FleetStation } from "./hardware.ts";

export interface Trip {
  rentalId: string;
  powerBankId: string;
  /** Scan to eject command, ms. */
  ejectMs: number;
  from: FleetStation;
  /** When the bank went into a slot, ms since the epoch; null while it is out. */
  insertedAtMs: number | null;
  /** When a station knew that the server has stored it. */
  storedAtMs: number | null;
  isReplayed: boolean;
}

const Started = z.object({ id: z.string() });

export class Traffic {
  readonly trips: Trip[] = [];
  readonly refusals = new Map<string, number>();
  readonly #fleet: Fleet;
  readonly #url: string;
  readonly #busy = new Set<FleetStation>();
  readonly #running = new Set<Promise<void>>();
  #place = 0;
  #renters = 0;

  constructor(fleet: Fleet, url: string) {
    this.#fleet = fleet;
    this.#url = url;
  }

  /** `perSecond` starts for `seconds`; each bank is kept for `holdMs`. Ends when the last one is back. */
  async run({ perSecond, seconds, holdMs }: { perSecond: number; seconds: number; holdMs: number }): Promise<void> {
    await this.#pace(perSecond * seconds, perSecond, async () => {
      const trip = await this.#start();
      if (!trip) return;
      await Bun.sleep(holdMs);
      await this.giveBack(trip, await this.#room());
    });
  }

  /** `count` renters take a bank and keep it. */
  async takeOut(count: number, perSecond: number): Promise<Trip[]> {
    const taken: Trip[] = [];
    await this.#pace(count, perSecond, async () => {
      const trip = await this.#start();
      if (trip) taken.push(trip);
    });
    return taken;
  }

  /** Whether the station is connected or not. */
  async giveBack(trip: Trip, station: FleetStation): Promise<void> {
    station.model.insert({ powerBankId: trip.powerBankId, chargePercent: 90 });
    trip.insertedAtMs = Date.now();
    trip.isReplayed = !station.isConnected;
    station.flush();
    const stored = station.quiet().then(() => void (trip.storedAtMs = Date.now()));
    if (station.isConnected) await stored;
  }

  /** A station with a free slot that nobody else is on the way to. */
  async #room(): Promise<FleetStation> {
    for (;;) {
      const found = this.#search((station) => station.isConnected && station.model.cabinet.freeSlot() !== null);
      if (found) return found;
      await Bun.sleep(20);
    }
  }

  #search(isGood: (station: FleetStation) => boolean): FleetStation | undefined {
    const { stations } = this.#fleet;
    for (let tried = 0; tried < stations.length; tried++) {
      // A step that is prime to most sizes: neighbours in time are none in place.
      this.#place = (this.#place + 7919) % stations.length;
      const station = stations[this.#place]!;
      if (isGood(station)) return station;
    }
    return undefined;
  }

  async #start(): Promise<Trip | null> {
    const from = this.#search(
      (station) => station.isConnected && !this.#busy.has(station) && station.model.cabinet.banks().length > 0,
    );
    if (!from) {
      this.#refused("no station is free");
      return null;
    }
    // Everybody rents once: who waits for a settlement may not start another.
    const token = this.#fleet.tokens[this.#renters++]!;
    this.#busy.add(from);
    const eject = from.next();
    const scannedMs = performance.now();
    const response = await fetch(`${this.#url}/api/v1/rentals/start`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "idempotency-key": crypto.randomUUID(),
      },
      body: JSON.stringify({ stationCode: from.options.code }),
    });
    const body: unknown = await response.json();
    if (response.status !== 202) {
      this.#refused(`${response.status} ${String((body as { code?: unknown }).code)}`);
      this.#busy.delete(from);
      return null;
    }
    const ejectMs = (await eject.command) - scannedMs;
    const powerBankId = await eject.bank;
    await from.quiet();
    this.#busy.delete(from);
    const trip: Trip = {
      rentalId: Started.parse(body).id,
      powerBankId,
      ejectMs,
      from,
      insertedAtMs: null,
      storedAtMs: null,
      isReplayed: false,
    };
    this.trips.push(trip);
    return trip;
  }

  #refused(why: string): void {
    this.refusals.set(why, (this.refusals.get(why) ?? 0) + 1);
  }

  /** Starts at their times, whatever the ones before are at: a server that is late is not waited for. */
  async #pace(count: number, perSecond: number, act: () => Promise<void>): Promise<void> {
    const startedMs = performance.now();
    const failures: unknown[] = [];
    for (let n = 0; n < count; n++) {
      const waitMs = startedMs + (n * 1_000) / perSecond - performance.now();
      if (waitMs > 0) await Bun.sleep(waitMs);
      const work: Promise<void> = act()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => this.#running.delete(work));
      this.#running.add(work);
    }
    await Promise.all(this.#running);
    if (failures.length > 0) throw failures[0];
  }
}
