// How bad things are just now, and what that does to one operation. Storms come and go by acts of the seed; in calm weather
// everything works, so that what must end has the time to end.
import type { Random } from "../random.ts";

export type Fate =
  | "fine"
  /** The isolate dies before the operation, or after its effect and before its answer. */
  | "dies_before"
  | "dies_after"
  /** The connection breaks before the operation, or after its effect. */
  | "cut_before"
  | "cut_after"
  /** Statements alone: refused with a server error; a serialization failure; the money part of a callback fails. */
  | "refused"
  | "serialization"
  | "money_fails";

const STORM_CHANCE = 0.12;

export class Weather {
  isStorm = false;
  /** Parts that answer nobody at all. */
  readonly away = new Set<"postgres" | "redis" | "azampay" | "beem">();
  /** Faults since the last look, for those who ask whether a round was a healthy one. */
  faults = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The sun shines on everything. */
  clear(): void {
    this.isStorm = false;
    this.away.clear();
  }

  ofStatement(name: string): Fate {
    if (this.away.has("postgres")) return this.#strike("refused");
    const special: [number, Fate][] =
      name === "payment_settle" || name === "withdrawal_settle" ? [[3, "money_fails"]] : [];
    return this.#fate([
      [3, "dies_before"],
      [3, "dies_after"],
      [3, "cut_before"],
      [5, "cut_after"],
      [2, "refused"],
      [2, "serialization"],
      ...special,
    ]);
  }

  ofCall(): Fate {
    return this.#fate([
      [1, "dies_before"],
      [1, "dies_after"],
      [2, "cut_before"],
      [2, "cut_after"],
    ]);
  }

  ofRequest(part: "redis" | "azampay" | "beem"): Fate {
    if (this.away.has(part)) return this.#strike("cut_before");
    return this.#fate([
      [1, "dies_before"],
      [2, "dies_after"],
      [2, "cut_before"],
      [2, "cut_after"],
    ]);
  }

  #fate(kinds: [number, Fate][]): Fate {
    return this.isStorm && this.#random.chance(STORM_CHANCE) ? this.#strike(this.#random.weighted(kinds)) : "fine";
  }

  #strike(fate: Fate): Fate {
    this.faults++;
    return fate;
  }
}
