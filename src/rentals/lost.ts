// A bank that does not come back. It counts as lost from the renter's report, or from the last hour of the tariff's patience,
// never from the moment at which an alarm rang. One that comes back in time is billed as of its return.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import { type Actor, actorName } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import { vatPercentAt } from "../pricing/vat.ts";
import { billLost, billRental, lostByTimeMs } from "./pricing-facts.ts";
import type { RentalRecord } from "./record.ts";
import { type Closing, findRental, type KeyUse } from "./repository.ts";
import { findRentalAgain, type LoseInput, loseRental, type Lost } from "./repository-life.ts";
import type { UserActor } from "./start.ts";
import { closeAtOrigin } from "./tell-origin.ts";

const MAX_PRICINGS = 3;
const LINK_TOKEN_LENGTH = 26;

export interface LossInput {
  rentalId: Id<"rnt">;
  /** As the renter says; for the timeline. */
  cause: "lost" | "stolen";
  key: KeyUse;
  requestId: string;
}

/**
 * The renter says that the bank is lost: the replacement price is charged at once, a lower one within 24 hours after the end.
 * Throws `rental_unknown`, `rental_not_active` (also when the bank is in a slot already), `idempotency_mismatch`.
 */
export const reportLost = async (
  deps: Dependencies,
  actor: UserActor,
  { rentalId, cause, key, requestId }: LossInput,
): Promise<{ rental: RentalRecord; isReplay: boolean }> => {
  const rental = await findRental(deps.db, rentalId, actor.userId);
  if (!rental) throw new AppError("rental_unknown");
  const atMs = deps.clock.now();
  const loss = { userId: actor.userId, key, isReported: true, cause, actor: actorName(actor), requestId };
  const result = await lose(deps, rental, loss, () => atMs);
  switch (result.status) {
    case "lost":
    case "replayed":
      return { rental: result.rental, isReplay: result.status === "replayed" };
    case "returned":
    case "changed":
      throw new AppError("rental_not_active");
    default:
      throw new AppError(result.status);
  }
};

/** The patience of the tariff is over. Answers the rental as it is now; one that was returned or prolonged meanwhile is not lost. */
export const loseByTime = async (
  deps: Dependencies,
  rental: RentalRecord,
  requestId: string,
): Promise<RentalRecord> => {
  const actor: Actor = { kind: "system", job: "timer" };
  const result = await lose(
    deps,
    rental,
    { isReported: false, cause: null, actor: actorName(actor), requestId },
    lostByTimeMs,
  );
  return "rental" in result ? result.rental : rental;
};

type Loss = Pick<LoseInput, "isReported" | "cause" | "actor" | "requestId"> &
  Partial<Pick<LoseInput, "userId" | "key">>;

const lose = async (
  deps: Dependencies,
  rental: RentalRecord,
  loss: Loss,
  lostAt: (rental: RentalRecord) => number,
): Promise<Lost> => {
  let current = rental;
  for (let pricings = 0; pricings < MAX_PRICINGS; pricings++) {
    const atMs = current.status === "active" ? lostAt(current) : deps.clock.now();
    // Prolonged while it was priced.
    if (current.status === "active" && atMs > deps.clock.now()) return { status: "changed", rental: current };
    const result = await loseRental(deps.db, {
      ...loss,
      ...billOf(current, atMs, loss.isReported),
      rentalId: current.id,
      version: current.version,
      atMs,
      receiptId: deps.ids.next("rcp"),
      receiptToken: deps.ids.secret(LINK_TOKEN_LENGTH),
      messageId: deps.ids.next("msg"),
      nowMs: deps.clock.now(),
    });
    if (result.status === "lost") {
      if (!result.isRepeat) await closeAtOrigin(deps, result.rental, "lost", atMs);
      return result;
    }
    if (result.status !== "changed") return result;
    current = result.rental;
  }
  throw new Error("a rental kept changing while its loss was priced");
};

// One that is over is not billed again; the function still has to look for its key.
const billOf = (rental: RentalRecord, atMs: number, isReported: boolean) => {
  if (rental.status !== "active") return { lines: [], totalTzs: 0, vatTzs: 0, netTzs: 0, vatPercent: 0 };
  const { lines, totalTzs, vatTzs, netTzs } = billLost(rental, atMs, isReported);
  return { lines, totalTzs, vatTzs, netTzs, vatPercent: vatPercentAt(rental.vatRates ?? [], atMs) };
};

/** The bank of a lost rental is in a slot: the bill is the one of `closing.atMs`, the difference goes back. */
export const settleFound = async (
  deps: Dependencies,
  actor: Actor,
  rental: RentalRecord,
  closing: Closing,
  requestId: string,
): Promise<RentalRecord> => {
  let current = rental;
  for (let pricings = 0; pricings < MAX_PRICINGS; pricings++) {
    const { lines, totalTzs, vatTzs, netTzs, isFreeReturn } = billRental(current, closing.atMs);
    const result = await findRentalAgain(deps.db, {
      ...closing,
      rentalId: current.id,
      version: current.version,
      lines,
      totalTzs,
      vatTzs,
      netTzs,
      isFreeReturn,
      creditNoteId: deps.ids.next("crn"),
      creditToken: deps.ids.secret(LINK_TOKEN_LENGTH),
      messageId: deps.ids.next("msg"),
      actor: actorName(actor),
      nowMs: deps.clock.now(),
      requestId,
    });
    if (result.status === "found") {
      if (!result.isRepeat) await closeAtOrigin(deps, result.rental, "returned", closing.atMs);
      return result.rental;
    }
    if (result.status === "stale") return result.rental ?? current;
    current = result.rental;
  }
  throw new Error("a lost rental kept changing while its return was priced");
};
