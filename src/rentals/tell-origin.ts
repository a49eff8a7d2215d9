// What the object at a rental's origin hears of decisions made elsewhere. A lost word costs nothing: before a notice is sent the
// object asks for the state.
import type { Dependencies } from "../deps.ts";
import { describeError } from "../lib/describe-error.ts";
import type { RentalClosing } from "../stations/port.ts";
import type { RentalRecord } from "./record.ts";

const told = async (deps: Dependencies, rental: RentalRecord, call: () => Promise<void>): Promise<void> => {
  try {
    await call();
  } catch (error) {
    deps.log.write("warn", "origin_not_told", {
      rentalId: rental.id,
      stationId: rental.stationId,
      ...describeError(error),
    });
  }
};

/** The rental ended. */
export const closeAtOrigin = (
  deps: Dependencies,
  rental: RentalRecord,
  status: RentalClosing,
  atMs: number,
): Promise<void> =>
  told(deps, rental, () => deps.stations.closed(rental.stationId, { rentalId: rental.id, status, atMs }));

/** The rental has another end. */
export const renewAtOrigin = (deps: Dependencies, rental: RentalRecord): Promise<void> =>
  told(deps, rental, async () => {
    if (rental.dueAtMs === null) return;
    const nextAskAtMs = rental.nextNoticeAtMs ?? rental.dueAtMs;
    await deps.stations.renew(rental.stationId, { rentalId: rental.id, dueAtMs: rental.dueAtMs, nextAskAtMs });
  });
