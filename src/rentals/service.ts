// The verbs of rentals for a renter. What a station proves is in custody.ts, the way to a bank in start.ts.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import { actorName } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import type { RentalRecord } from "./record.ts";
import { cancelRental, findOpenRental, findRental, listRentals } from "./repository.ts";
import { findAnyRental } from "./repository-staff.ts";
import type { UserActor } from "./start.ts";

export { confirmDeparture, confirmReturn, confirmTaken, releaseRental } from "./custody.ts";
export {
  continueAfterPayment,
  dispenseRental,
  LEASE_SECONDS,
  sendPrompt,
  startRental,
  type UserActor,
} from "./start.ts";
export { type ExtendInput, extendRental } from "./extend.ts";
export { type LossInput, reportLost } from "./lost.ts";
export { type SwapInput, swapRental } from "./swap.ts";
export { checkDue } from "./timer.ts";
export { createReturnProof, endRental, type EndResult, PAUSE_MS, takeByHand } from "./returned.ts";
export { OVERDUE_HOURS, REMIND_BEFORE_MS } from "./notices.ts";
export { sweepRentals } from "./sweep.ts";
export {
  billRental,
  extensionOffer,
  type ExtensionOffer,
  lossPrice,
  quoteRental,
  SWAP_RETURN_MS,
} from "./pricing-facts.ts";
export type { RentalRecord } from "./record.ts";
export { listUnfinished, type SweepList } from "./repository.ts";

/** Throws `rental_unknown`, also for somebody else's. */
export const readRental = async (deps: Dependencies, actor: UserActor, rentalId: Id<"rnt">): Promise<RentalRecord> => {
  const rental = await findRental(deps.db, rentalId, actor.userId);
  if (!rental) throw new AppError("rental_unknown");
  return rental;
};

/** Anybody's; the caller has seen to who may. Throws `rental_unknown`. */
export const readAnyRental = async (deps: Dependencies, rentalId: Id<"rnt">): Promise<RentalRecord> => {
  const found = await findAnyRental(deps.db, rentalId);
  if (!found) throw new AppError("rental_unknown");
  return found.record;
};

/** Throws `rental_unknown` when nothing is open. */
export const readOpenRental = async (deps: Dependencies, actor: UserActor): Promise<RentalRecord> => {
  const rental = await findOpenRental(deps.db, actor.userId);
  if (!rental) throw new AppError("rental_unknown");
  return rental;
};

/** Newest first; `cursor` is the last id of the page before. */
export const readHistory = async (
  deps: Dependencies,
  actor: UserActor,
  page: { cursor: Id<"rnt"> | null; limit: number },
): Promise<{ items: RentalRecord[]; nextCursor: string | null }> => {
  const rows = await listRentals(deps.db, actor.userId, page.cursor, page.limit + 1);
  const items = rows.slice(0, page.limit);
  return { items, nextCursor: rows.length > page.limit ? (items.at(-1)?.id ?? null) : null };
};

/** Only while the payment is awaited: `rental_not_cancellable` afterwards. Money that arrives later goes to the wallet. */
export const abandonRental = async (
  deps: Dependencies,
  actor: UserActor,
  rentalId: Id<"rnt">,
  requestId: string,
): Promise<RentalRecord> => {
  const result = await cancelRental(deps.db, {
    rentalId,
    userId: actor.userId,
    from: ["awaiting_payment"],
    reason: "renter",
    messageId: deps.ids.next("msg"),
    actor: actorName(actor),
    nowMs: deps.clock.now(),
    requestId,
  });
  if (result.status === "rental_unknown") throw new AppError("rental_unknown");
  if (result.status === "not_cancellable") throw new AppError("rental_not_cancellable");
  await deps.stations.release(result.rental.stationId, { rentalId, reason: "renter" });
  return result.rental;
};

/** A ticket that opens the live socket of a rental once, within 60 s. */
export const createLiveTicket = async (
  deps: Dependencies,
  actor: UserActor,
  rentalId: Id<"rnt">,
): Promise<{ ticket: string; expiresAtMs: number }> => {
  const rental = await readRental(deps, actor, rentalId);
  const { ticket, expiresAtMs } = await deps.tokens.signTicket({
    rentalId,
    stationId: rental.stationId,
    status: rental.status,
  });
  return { ticket, expiresAtMs };
};
