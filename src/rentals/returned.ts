// "I returned it", for the case in which the station did not notice. The renter's word alone ends nothing: the station's record
// is asked, custody decides, and where the bank could not be put in the clock stands still for a while.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import { describeError } from "../lib/describe-error.ts";
import { actorName, type Actor } from "../lib/actor.ts";
import { MINUTE_MS } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { readStation } from "../stations/service.ts";
import type { ReturnSighting } from "../stations/port.ts";
import { settle } from "./custody.ts";
import { quoteRental } from "./pricing-facts.ts";
import type { RentalRecord } from "./record.ts";
import { findRental, type KeyUse } from "./repository.ts";
import { handIn, type Sight, storeReturnReport } from "./repository-return.ts";
import type { UserActor } from "./start.ts";

/** The clock stands still for so long, once per rental, before a station that is full or offline. */
export const PAUSE_MS = 30 * MINUTE_MS;
const MAX_PRICINGS = 3;

export interface EndInput {
  rentalId: Id<"rnt">;
  /** Where the renter stands; null: somewhere, and the clock goes on. */
  stationCode: string | null;
  requestId: string;
}

export interface EndResult {
  rental: RentalRecord;
  /** `not_seen`: nothing shows the bank; staff have been told. */
  outcome: "returned" | "paused" | "not_seen";
  pausedUntilMs: number | null;
}

/**
 * Throws `rental_unknown`, `rental_not_active` when no bank is out, `station_unknown`, `unavailable` when the station's record cannot be
 * asked. The same again changes nothing more.
 */
export const endRental = async (deps: Dependencies, actor: UserActor, input: EndInput): Promise<EndResult> => {
  const rental = await mine(deps, actor, input.rentalId);
  if (rental.endedAtMs !== null) return { rental, outcome: "returned", pausedUntilMs: null };
  const { powerBankId } = rental;
  if (powerBankId === null || !isOut(rental)) throw new AppError("rental_not_active");
  const stationId = input.stationCode === null ? rental.stationId : (await readStation(deps, input.stationCode)).id;
  const sighting = await ask(deps, stationId, powerBankId);
  const after = await mine(deps, actor, input.rentalId);
  if (!isOut(after)) return { rental: after, outcome: "returned", pausedUntilMs: null };
  return store(deps, actor, after, { ...input, stationId, sight: sightOf(sighting) });
};

const isOut = ({ status }: RentalRecord): boolean => status === "active" || status === "lost";

const mine = async (deps: Dependencies, actor: UserActor, rentalId: Id<"rnt">): Promise<RentalRecord> => {
  const rental = await findRental(deps.db, rentalId, actor.userId);
  if (!rental) throw new AppError("rental_unknown");
  return rental;
};

const ask = async (deps: Dependencies, stationId: Id<"stn">, powerBankId: string): Promise<ReturnSighting> => {
  try {
    return await deps.stations.seek(stationId, { powerBankId });
  } catch (error) {
    deps.log.write("warn", "alert", { alert: "station_object_unreachable", stationId, ...describeError(error) });
    throw new AppError("unavailable", { cause: error, retryAfterSeconds: 5 });
  }
};

const sightOf = ({ isOnline, isFull, slot }: ReturnSighting): Sight => {
  if (!isOnline) return "offline";
  if (slot !== null) return "present";
  return isFull ? "full" : "absent";
};

/** What is stored of a report that nothing proves: a pause, once, where the bank could not be put in; else work for staff. */
const store = async (
  deps: Dependencies,
  actor: UserActor,
  rental: RentalRecord,
  input: EndInput & { stationId: Id<"stn">; sight: Sight },
): Promise<EndResult> => {
  const { stationId, sight, stationCode, requestId } = input;
  const mayPause = stationCode !== null && (sight === "full" || sight === "offline");
  let current = rental;
  for (let pricings = 0; pricings < MAX_PRICINGS; pricings++) {
    const nowMs = deps.clock.now();
    const canPause = mayPause && current.status === "active" && current.pauses.length === 0;
    const pause = canPause ? { fromMs: nowMs, toMs: nowMs + PAUSE_MS } : null;
    const result = await storeReturnReport(deps.db, {
      rentalId: rental.id,
      userId: actor.userId,
      version: current.version,
      stationId,
      sight,
      pause,
      dueAtMs: pause === null ? nowMs : quoteRental({ ...current, pauses: [pause] }, nowMs).dueAtMs,
      actor: actorName(actor),
      nowMs,
      requestId,
    });
    if (result.status === "rental_unknown") throw new AppError("rental_unknown");
    current = result.rental;
    if (result.status === "changed") continue;
    if (!isOut(current)) return { rental: current, outcome: "returned", pausedUntilMs: null };
    const pausedUntilMs = current.pauses.find(({ toMs }) => toMs > nowMs)?.toMs ?? null;
    return { rental: current, outcome: pausedUntilMs === null ? "not_seen" : "paused", pausedUntilMs };
  }
  throw new Error("a rental kept changing while it was paused");
};

export interface ReturnProof {
  /** For a QR code that an attendant scans. */
  token: string;
  expiresAtMs: number;
}

/** Throws `rental_unknown`, `rental_not_active`. */
export const createReturnProof = async (
  deps: Dependencies,
  actor: UserActor,
  rentalId: Id<"rnt">,
): Promise<ReturnProof> => {
  const rental = await mine(deps, actor, rentalId);
  if (!isOut(rental)) throw new AppError("rental_not_active");
  return deps.tokens.signReturn(rentalId);
};

type StaffActor = Extract<Actor, { kind: "staff" }>;

/** An attendant took the bank over the counter; the renter's QR, or the six digits of the rental, names whose it was. */
export const takeByHand = async (
  deps: Dependencies,
  actor: StaffActor,
  input: {
    qr: string | null;
    returnCode: string | null;
    powerBankId: string;
    stationCode: string;
    use: KeyUse;
    requestId: string;
  },
): Promise<RentalRecord> => {
  const { qr, ...facts } = input;
  const rentalId = qr === null ? null : await deps.tokens.verifyReturn(qr);
  const taken = await handIn(deps.db, { ...facts, rentalId, staffId: actor.userId, nowMs: deps.clock.now() });
  switch (taken.status) {
    case "settle":
      return settle(deps, actor, taken.rental, taken, input.requestId);
    case "over":
      return taken.rental;
    default:
      throw new AppError(taken.status);
  }
};
