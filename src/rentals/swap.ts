// Another bank instead of a bad one, at the same station, without a second deposit: a rental of its own that takes over the hold.
import type { Dependencies } from "../deps.ts";
import { AppError, isErrorCode } from "../errors.ts";
import { actorName } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import type { RentalRecord, swapCauses } from "./record.ts";
import type { KeyUse } from "./repository.ts";
import { swapRental as swapStored } from "./repository-life.ts";
import { dispenseOrThrow, type UserActor } from "./start.ts";

export interface SwapInput {
  rentalId: Id<"rnt">;
  /** For who mends it. */
  cause: (typeof swapCauses)[number];
  key: KeyUse;
  requestId: string;
}

/**
 * Hands out another bank, within the tariff's minutes for a free return and as one of a day's. Answers the successor; when nothing
 * comes out, the first rental goes on as it was. Throws `rental_unknown`, `rental_not_active` (also when the bank is back already),
 * `swap_unavailable`, `account_suspended`, `station_unavailable`, `station_offline`, `no_power_bank`, `idempotency_mismatch`.
 */
export const swapRental = async (
  deps: Dependencies,
  actor: UserActor,
  { rentalId, cause, key, requestId }: SwapInput,
): Promise<{ rental: RentalRecord; isReplay: boolean }> => {
  const swapped = await swapStored(deps.db, {
    rentalId,
    cause,
    successorId: deps.ids.next("rnt"),
    userId: actor.userId,
    key,
    actor: actorName(actor),
    nowMs: deps.clock.now(),
    requestId,
  });
  if (swapped.status !== "dispensing" && swapped.status !== "replayed") throw new AppError(swapped.status);
  const { rental } = swapped;
  const isReplay = swapped.status === "replayed";
  // The first answer of a swap that came to nothing was the reason; a repeat gets the same.
  if (rental.status === "cancelled" && isErrorCode(rental.reason)) throw new AppError(rental.reason);
  if (rental.status !== "dispensing") return { rental, isReplay };
  return { rental: await dispenseOrThrow(deps, actor, rental, requestId), isReplay };
};
