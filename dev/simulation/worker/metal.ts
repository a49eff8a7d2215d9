// What really happened to the banks: which left which slot by which command, which came in where, and when the server could
// first have known. The judge of what the product believes of them; stations lie, forget and repeat themselves, this does not.
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../../src/lib/clock.ts";
import type { StationFrame } from "../../../durable-objects/protocol.ts";
import type { StationLook } from "./station-object.ts";
import type { Facts } from "./truth.ts";
import { Words } from "./words.ts";

/** Boots of a station so far, and the events of the last. */
export interface Progress {
  boots: number;
  seq: number;
}

interface Departure {
  bank: string;
  stationId: string;
  atMs: number;
  /** Null when somebody pulled it out. */
  commandId: string | null;
  arrival: Arrival | null;
}

interface Arrival {
  bank: string;
  stationId: string;
  slot: number;
  atMs: number;
  /** What its station had made before: a later frame may tell of it. */
  before: Progress;
  /** When a frame that tells of it was taken, ms. */
  knownAtMs: number | null;
}

/** Hardware shows a bank for some seconds after it left; no snapshot of that time proves a return. */
const SETTLED_AFTER_MS = 10 * SECOND_MS;
/** An eject lives so long, and the lock beside it may open up to a minute later. */
const BESIDE_MS = 30 * SECOND_MS + MINUTE_MS;
/** Its own bank is waited for so long. */
const WAITED_MS = 10 * MINUTE_MS;
/** An outbox asks again after at most five minutes, and a rental's report may wait for that of another. */
const RETURN_MS = 15 * MINUTE_MS;
const ROUNDS = 2;
const FOUND_WITHIN_MS = 45 * DAY_MS;

export interface MetalHost {
  now(): number;
  /** Which boot of its station. */
  bootNumber(bootId: string): number;
  nameOf(stationId: string): string;
}

export class Metal {
  /** By bank, in order; the first is not there: it was put in when the town was made. */
  readonly #departures = new Map<string, Departure[]>();
  readonly #byCommand = new Map<string, Departure[]>();
  /** By command. */
  readonly #rentalOf = new Map<string, string>();
  /** By command: how often a modem had it. */
  readonly #handed = new Map<string, number>();
  /** By command: what it is for, and when the server let it go, whoever had it then. */
  readonly #sent = new Map<string, { stationId: string; bank: string; atMs: number }>();
  readonly words: Words;
  readonly #looks = new Map<string, StationLook>();
  readonly #host: MetalHost;
  #wrong: string[] = [];

  constructor(host: MetalHost) {
    this.#host = host;
    this.words = new Words((bootId) => host.bootNumber(bootId));
  }

  /** A station was handed an eject. Its answer may be lost and the command with it; it never comes twice. */
  handed(commandId: string): void {
    const times = (this.#handed.get(commandId) ?? 0) + 1;
    this.#handed.set(commandId, times);
    if (times > 1) this.#wrong.push(`4: ${commandId} was handed over ${times} times`);
  }

  left(bank: string, stationId: string, commandId: string | null): void {
    const departure: Departure = { bank, stationId, atMs: this.#host.now(), commandId, arrival: null };
    push(this.#departures, bank, departure);
    if (commandId !== null) push(this.#byCommand, commandId, departure);
  }

  /** `before`: of its station, before the bank was there. */
  cameIn(bank: string, stationId: string, slot: number, before: Progress): void {
    const departure = this.#departures.get(bank)?.at(-1);
    if (!departure) return;
    departure.arrival = { bank, stationId, slot, atMs: this.#host.now(), before, knownAtMs: null };
  }

  /** The station where it was put in or left last; null when it is where the town began with it. */
  lastAt(bank: string): string | null {
    const last = this.#departures.get(bank)?.at(-1);
    return last ? (last.arrival?.stationId ?? last.stationId) : null;
  }

  /** The server has acknowledged these. */
  took(stationId: string, frames: readonly StationFrame[]): void {
    this.words.took(stationId, frames);
    for (const departures of this.#departures.values()) {
      const departure = departures.at(-1)!;
      const { arrival } = departure;
      if (!arrival || arrival.stationId !== stationId || arrival.knownAtMs !== null) continue;
      if (frames.some((frame) => this.#tellsOf(frame, arrival, departure))) arrival.knownAtMs = this.#host.now();
    }
  }

  #tellsOf(frame: StationFrame, arrival: Arrival, departure: Departure): boolean {
    if (!("seq" in frame)) return false;
    const boot = this.#host.bootNumber(frame.bootId);
    const { boots, seq } = arrival.before;
    if (boot < boots || (boot === boots && frame.seq <= seq)) return false;
    if (frame.type === "returned") return frame.result === "ok" && frame.powerBankId === arrival.bank;
    if (this.#host.now() < departure.atMs + SETTLED_AFTER_MS) return false;
    const shows = (slot: { slot: number; powerBankId: string | null }): boolean =>
      slot.slot === arrival.slot && slot.powerBankId === arrival.bank;
    return frame.type === "slot" ? shows(frame) : frame.type === "inventory" && frame.slots.some(shows);
  }

  /** What a station's object holds after a step that asked it something. */
  looked(stationId: string, look: StationLook): void {
    this.#looks.set(stationId, look);
    for (const { rentalId, commandId, slot, bank, sentAtMs } of look.commands) {
      if (!this.#rentalOf.has(commandId) && this.words.isUnfit(stationId, slot, bank))
        this.#wrong.push(`14: ${bank} is to leave ${this.#host.nameOf(stationId)}, which called it too hot or too low`);
      this.#rentalOf.set(commandId, rentalId);
      if (sentAtMs !== null && !this.#sent.has(commandId))
        this.#sent.set(commandId, { stationId, bank, atMs: sentAtMs });
    }
  }

  /** Everything that is wrong after a step. `roundsSince`: rounds in which everything worked. */
  judge(facts: Facts, roundsSince: (atMs: number) => number): string[] {
    this.words.nextStep();
    return [
      ...this.#wrong.splice(0),
      ...this.#commands(),
      ...facts.bills.flatMap((bill) => this.#bill(bill)),
      ...this.#rented(facts, roundsSince),
    ];
  }

  /** 4. */
  #commands(): string[] {
    const wrong: string[] = [];
    for (const { commands } of this.#looks.values()) {
      const open = new Set<string>();
      for (const { rentalId, state } of commands) {
        if (state !== "open" && state !== "unknown") continue;
        if (open.has(rentalId)) wrong.push(`4: ${rentalId} has two open ejects`);
        open.add(rentalId);
      }
    }
    const ejected = new Map<string, string>();
    for (const [commandId, departures] of this.#byCommand) {
      const rentalId = this.#rentalOf.get(commandId) ?? commandId;
      const banks = [ejected.get(rentalId) ?? [], departures.map(({ bank }) => bank)].flat();
      if (banks.length > 1) wrong.push(`4: ${banks.join(" and ")} came out for ${rentalId}`);
      ejected.set(rentalId, banks[0]!);
    }
    return wrong;
  }

  /**
   * Nobody can tell a bank that was pulled out of its slot, or out of the slot beside it, from one that a command let out then;
   * nor whose it is when another command lets it out of the slot for which this one waits.
   */
  #departureOf(commandId: string, bankId: string): Departure | undefined {
    const ejected = this.#byCommand.get(commandId)?.find(({ bank }) => bank === bankId);
    const sent = this.#sent.get(commandId);
    if (ejected || !sent) return ejected;
    const isItsOwn = sent.bank === bankId;
    const untilMs = sent.atMs + (isItsOwn ? WAITED_MS : BESIDE_MS);
    return this.#departures
      .get(bankId)
      ?.findLast(
        ({ stationId, atMs, commandId: by }) =>
          (by === null || isItsOwn) && stationId === sent.stationId && atMs >= sent.atMs && atMs <= untilMs,
      );
  }

  /** Where it came in; and where whoever pulled it out there put it in again, which may be heard of first. */
  #arrivalsAfter(departure: Departure): Arrival[] {
    const later = this.#departures.get(departure.bank)!;
    const arrivals: Arrival[] = [];
    for (let i = later.indexOf(departure); i < later.length; i++) {
      const { arrival, commandId } = later[i]!;
      if (commandId !== null && later[i] !== departure) break;
      if (arrival) arrivals.push(arrival);
    }
    return arrivals;
  }

  /** 7 and 9: a return ends the rental whose departure it answers, and no later than it could be known. */
  #bill({ id, bankId, commandId, stationId, startedAtMs, endedAtMs, eventKey }: Facts["bills"][number]): string[] {
    if (commandId === null || !eventKey?.startsWith("stn_")) return [];
    const departure = this.#departureOf(commandId, bankId);
    if (!departure) return [`7: ${id} ended for ${bankId}, which did not leave by its command`];
    const arrivals = this.#arrivalsAfter(departure);
    if (arrivals.length === 0) return [`7: ${id} ended, and ${bankId} has not come back`];
    const { nameOf } = this.#host;
    const arrival = arrivals.find((each) => each.stationId === stationId);
    if (!arrival)
      return [`7: ${id} ended at ${nameOf(stationId)}, and ${bankId} came back to ${nameOf(arrivals[0]!.stationId)}`];
    // A departure that was proved late is dated by its proof, maybe after the return: then nothing is billed at all.
    const lateMs = endedAtMs - Math.max(startedAtMs, arrival.knownAtMs ?? endedAtMs);
    return lateMs > 0 ? [`9: ${id} is billed ${lateMs} ms past the first word of its return`] : [];
  }

  /** 5, and 7 for returns that nobody acts on. */
  #rented({ rented, lost, places }: Facts, roundsSince: (atMs: number) => number): string[] {
    const wrong: string[] = [];
    const moving = new Set([...this.#looks.values()].flatMap(({ inTransit }) => inTransit));
    const byBank = new Map(rented.map((rental) => [rental.bankId, rental]));
    for (const { bankId, place } of places) {
      if (moving.has(bankId)) continue;
      const rental = byBank.get(bankId);
      if (rental && place !== "rented") wrong.push(`5: ${bankId} is ${place}, and ${rental.id} has it`);
      if (!rental && place === "rented") wrong.push(`5: ${bankId} is rented, and no rental has it`);
    }
    for (const { id, bankId, commandId, lostAtMs } of lost) {
      const arrival = commandId === null ? null : this.#departureOf(commandId, bankId)?.arrival;
      const knownAtMs = arrival && arrival.atMs < lostAtMs + FOUND_WITHIN_MS ? arrival.knownAtMs : null;
      if (knownAtMs !== null && roundsSince(knownAtMs + RETURN_MS) >= ROUNDS)
        wrong.push(`7: ${bankId} came back long ago, and ${id} is still lost`);
    }
    for (const { id, bankId, commandId } of rented) {
      if (commandId === null) continue;
      const departure = this.#departureOf(commandId, bankId);
      if (!departure) {
        wrong.push(`5: ${id} runs with ${bankId}, which did not leave by its command`);
        continue;
      }
      const knownAtMs = departure.arrival?.knownAtMs ?? null;
      if (knownAtMs !== null && roundsSince(knownAtMs + RETURN_MS) >= ROUNDS)
        wrong.push(`7: ${bankId} came back long ago, and ${id} still runs`);
    }
    return wrong;
  }
}

const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
};
