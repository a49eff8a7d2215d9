// Verbs without a station's object: what it would be asked is recorded, what it would answer is given. For everything about
// the object itself, and for whole rentals, tests use the real one.
import { env } from "cloudflare:workers";
import { deliverReport } from "../../src/control-plane.ts";
import { dependenciesOf, type Dependencies } from "../../src/deps.ts";
import type { Clock } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import type { PaymentProvider } from "../../src/providers/ports.ts";
import type {
  DispenseResult,
  LeaseResult,
  RentalAtStation,
  StationEvent,
  ReturnSighting,
  StationPort,
  StationProjection,
  StationReport,
  StationView,
} from "../../src/stations/port.ts";
import { sha256Hex } from "../../src/lib/crypto.ts";
import { startRental, type UserActor } from "../../src/rentals/service.ts";
import type { TestStation } from "./factories.ts";
import { createOrderedIds } from "./ids.ts";

export interface TestClock extends Clock {
  set(atMs: number): void;
  advance(ms: number): void;
}

export const createTestClock = (startMs = Date.parse("2026-11-20T09:00:00.000Z")): TestClock => {
  let nowMs = startMs;
  return { now: () => nowMs, set: (atMs) => (nowMs = atMs), advance: (ms) => (nowMs += ms) };
};

export interface ScriptedStations extends StationPort {
  calls: { verb: string; stationId: string; input: unknown }[];
  answers: {
    dispense: DispenseResult | Error;
    lease: LeaseResult | Error;
    rentalState: RentalAtStation;
    inspect: StationView;
    evidence: StationEvent[] | Error;
    seek: ReturnSighting | Error;
  };
}

export const createScriptedStations = (): ScriptedStations => {
  const calls: ScriptedStations["calls"] = [];
  const answers: ScriptedStations["answers"] = {
    dispense: { status: "ejecting", slot: 3, commandId: "cmd_test" },
    lease: { status: "leased", slot: 3, expiresAtMs: 0 },
    rentalState: { status: "none" },
    evidence: [],
    inspect: { isConfigured: true, isOnline: true, seenAtMs: 0, freeBanks: 5, freeSlots: 3, slots: [] },
    seek: { isOnline: true, isFull: false, slot: null },
  };
  const say = <T>(answer: T | Error): Promise<T> =>
    answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  const note = (verb: string, stationId: string, input: unknown) => calls.push({ verb, stationId, input });
  return {
    calls,
    answers,
    lease: (id, input) => (note("lease", id, input), say(answers.lease)),
    release: (id, input) => (note("release", id, input), Promise.resolve()),
    dispense: (id, input) => (note("dispense", id, input), say(answers.dispense)),
    rentalState: (id, input) => (note("rentalState", id, input), say(answers.rentalState)),
    closed: (id, input) => (note("closed", id, input), Promise.resolve()),
    renew: (id, input) => (note("renew", id, input), Promise.resolve()),
    configure: (id, input) => (note("configure", id, input), Promise.resolve({ version: input.version })),
    hear: (id, input) => (note("hear", id, input), Promise.resolve()),
    command: (id, input) => (note("command", id, input), Promise.resolve({ status: "sent" as const })),
    commandState: (id, commandId) => (note("commandState", id, commandId), Promise.resolve(null)),
    evidence: (id, input) => (note("evidence", id, input), say(answers.evidence)),
    inspect: (id) => (note("inspect", id, null), say(answers.inspect)),
    seek: (id, input) => (note("seek", id, input), say(answers.seek)),
    wake: (id) => (note("wake", id, null), Promise.resolve()),
  };
};

/** A provider that takes every checkout. */
const accept: PaymentProvider["checkout"] = () =>
  Promise.resolve({ status: "accepted", providerReference: crypto.randomUUID().replaceAll("-", "") });

export interface Bench {
  deps: Dependencies;
  clock: TestClock;
  stations: ScriptedStations;
  /** Work that was put off, to be awaited. */
  deferred: Promise<unknown>[];
}

export const createBench = (overrides: { checkout?: PaymentProvider["checkout"]; startMs?: number } = {}): Bench => {
  const clock = createTestClock(overrides.startMs);
  const stations = createScriptedStations();
  const deferred: Promise<unknown>[] = [];
  const base = dependenciesOf(env, { waitUntil: (work) => void deferred.push(work) });
  const deps: Dependencies = {
    ...base,
    clock,
    ids: createOrderedIds(clock),
    log: { write: () => {} },
    stations: { ...base.stations, ...stations },
    sms: {
      send: () => Promise.resolve({ status: "accepted", providerReference: "test", gateway: "beem" }),
      parseReport: () => null,
    },
    payments: { ...base.payments, checkout: overrides.checkout ?? accept },
    defer: (work) => void deferred.push(work),
  };
  return { deps, clock, stations, deferred };
};

export const asUser = (userId: Id<"usr">): UserActor => ({
  kind: "user",
  userId,
  sessionId: "ses_test",
  role: "renter",
});

/** Starts with the wallet; `key` makes the request the same one. */
export const start = async (
  bench: Bench,
  userId: Id<"usr">,
  station: TestStation,
  options: { key?: string; phone?: string } = {},
) => {
  const payment = options.phone ? { provider: "mpesa" as const, phone: options.phone } : null;
  const key = options.key ?? bench.deps.ids.secret(12);
  const bodyHash = await sha256Hex(JSON.stringify([station.code, payment]));
  return startRental(bench.deps, asUser(userId), {
    stationCode: station.code,
    payment,
    key: { route: "POST /start", key, bodyHash },
    requestId: "req_test",
  });
};

let projectionVersion = 0;
export const projection = (seenAtMs: number): StationProjection => ({
  freeBanks: 5,
  freeSlots: 3,
  isOnline: true,
  seenAtMs,
  version: ++projectionVersion,
});

export const report = (bench: Bench, stationId: Id<"stn">, said: StationReport) =>
  deliverReport(bench.deps, { stationId, report: said, projection: projection(bench.clock.now()) });

export interface Movement {
  rentalId: Id<"rnt">;
  powerBankId: string;
  atMs?: number;
  bootId?: string;
  seq: number;
  slot?: number;
}

export const bankOut = (
  bench: Bench,
  stationId: Id<"stn">,
  { rentalId, powerBankId, atMs, bootId = "boot-1", seq, slot = 3 }: Movement & { commandExpiresAtMs?: number },
  commandExpiresAtMs = bench.clock.now() + 30_000,
) =>
  report(bench, stationId, {
    verb: "bank_out",
    rentalId,
    commandId: "cmd_test",
    powerBankId,
    slot,
    atMs: atMs ?? bench.clock.now(),
    commandExpiresAtMs,
    event: { bootId, seq },
  });

export const bankIn = (
  bench: Bench,
  stationId: Id<"stn">,
  input: Omit<Movement, "rentalId"> & { receivedAtMs?: number; isDated?: boolean },
) => {
  const { powerBankId, atMs, bootId = "boot-1", seq, slot = 3, receivedAtMs, isDated = true } = input;
  return report(bench, stationId, {
    verb: "bank_in",
    powerBankId,
    slot,
    atMs: atMs ?? bench.clock.now(),
    receivedAtMs: receivedAtMs ?? bench.clock.now(),
    ...(isDated ? {} : { isDated }),
    event: { bootId, seq },
    evidence: "event",
  });
};
