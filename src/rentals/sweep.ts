// Ends what a crash left between two steps. It confirms or undoes; it never ejects.
import type { Dependencies } from "../deps.ts";
import type { Id } from "../lib/ids.ts";
import { cancelRental, type SweepList } from "./repository.ts";
import { LEASE_SECONDS } from "./start.ts";
import { checkDue } from "./timer.ts";

/** An eject that nobody can explain is given up after this; the object's own timer is the first way. */
const UNKNOWN_SECONDS = 10 * 60;
const ACTOR = "system:sweep";

/** Works through one reading of `sweep_list`; one that fails does not hold up the others. Answers how many were ended. */
export const sweepRentals = async (
  deps: Dependencies,
  list: SweepList,
  requestId: string,
): Promise<{ ended: number; failed: number }> => {
  const results = await Promise.allSettled([
    ...list.expiredLeases.map((row) =>
      expireLease(deps, row.rentalId as Id<"rnt">, row.stationId as Id<"stn">, requestId),
    ),
    ...list.dispensing.map((row) =>
      resolveDispensing(deps, row.rentalId as Id<"rnt">, row.stationId as Id<"stn">, row.lastActionAtMs, requestId),
    ),
    ...list.notices.map((rentalId) => checkDue(deps, rentalId as Id<"rnt">, requestId)),
  ]);
  return {
    ended: results.filter((result) => result.status === "fulfilled").length,
    failed: results.filter((result) => result.status === "rejected").length,
  };
};

const cancel = (
  deps: Dependencies,
  rentalId: Id<"rnt">,
  from: ("awaiting_payment" | "dispensing")[],
  reason: string,
  requestId: string,
) =>
  cancelRental(deps.db, {
    rentalId,
    from,
    reason,
    messageId: deps.ids.next("msg"),
    actor: ACTOR,
    nowMs: deps.clock.now(),
    requestId,
  });

const expireLease = async (
  deps: Dependencies,
  rentalId: Id<"rnt">,
  stationId: Id<"stn">,
  requestId: string,
): Promise<void> => {
  const result = await cancel(deps, rentalId, ["awaiting_payment"], "lease_expired", requestId);
  if (result.status === "cancelled") await deps.stations.release(stationId, { rentalId, reason: "lease_expired" });
};

const resolveDispensing = async (
  deps: Dependencies,
  rentalId: Id<"rnt">,
  stationId: Id<"stn">,
  lastActionAtMs: number,
  requestId: string,
): Promise<void> => {
  const ageSeconds = (deps.clock.now() - lastActionAtMs) / 1_000;
  const state = await deps.stations.rentalState(stationId, rentalId);
  switch (state.status) {
    case "none":
    case "leased":
      // Fenced first: a dispense that is still on its way finds the rental over. Only then is it sure that nothing leaves.
      await deps.stations.release(stationId, { rentalId, reason: "not_dispensed" });
      if ((await deps.stations.rentalState(stationId, rentalId)).status !== "none") return;
      await cancel(deps, rentalId, ["dispensing"], "not_dispensed", requestId);
      return;
    // The object reports these itself; waking it repeats a report that got lost.
    case "out":
    case "not_out":
    case "ejecting":
      await deps.stations.wake(stationId);
      return;
    case "unknown":
      if (ageSeconds > UNKNOWN_SECONDS + LEASE_SECONDS)
        await cancel(deps, rentalId, ["dispensing"], "eject_unknown", requestId);
      else await deps.stations.wake(stationId);
      return;
  }
};
