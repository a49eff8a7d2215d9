// Where the outboxes of the stations arrive: one more transport over the verbs, like a route.
import type { Dependencies } from "./deps.ts";
import { describeError } from "./lib/describe-error.ts";
import { recordAlert, recordFailure } from "./maintenance/service.ts";
import { drainMessages } from "./messages/service.ts";
import { numberReceipts } from "./receipts/service.ts";
import { checkDue, confirmDeparture, confirmReturn, confirmTaken, releaseRental } from "./rentals/service.ts";
import type { DeliveryResult, StationDelivery } from "./stations/port.ts";
import { recordProjection } from "./stations/service.ts";

/** Hands one report to its verb. Throws when the database is away: the outbox calls again. */
export const deliverReport = async (deps: Dependencies, delivery: StationDelivery): Promise<DeliveryResult> => {
  const startedMs = deps.clock.now();
  const requestId = deps.ids.next("req");
  const fields = {
    requestId,
    verb: delivery.report.verb,
    stationId: delivery.stationId,
    rentalId: "rentalId" in delivery.report ? delivery.report.rentalId : null,
  };
  try {
    const result = await handOver(deps, delivery, requestId);
    const rentalId = result.status === "accepted" ? (result.rental?.rentalId ?? fields.rentalId) : fields.rentalId;
    deps.log.write("info", "station_report", {
      ...fields,
      rentalId,
      status: result.status,
      durationMs: deps.clock.now() - startedMs,
    });
    return result;
  } catch (error) {
    deps.log.write("error", "station_report", {
      ...fields,
      status: "failed",
      ...describeError(error),
      durationMs: deps.clock.now() - startedMs,
    });
    throw error;
  }
};

const handOver = async (
  deps: Dependencies,
  { stationId, report, projection }: StationDelivery,
  requestId: string,
): Promise<DeliveryResult> => {
  const actor = { kind: "station", stationId } as const;
  switch (report.verb) {
    case "bank_out":
      return afterwards(deps, await confirmDeparture(deps, actor, { report, projection, requestId }));
    case "bank_in":
      return afterwards(deps, await confirmReturn(deps, actor, { report, projection, requestId }));
    case "bank_taken":
      return confirmTaken(deps, actor, { report, projection, requestId });
    case "not_dispensed":
    case "eject_unknown":
      return afterwards(deps, await releaseRental(deps, actor, { report, projection, requestId }));
    case "eject_failed":
      return recordFailure(deps, actor, { report, projection, requestId });
    case "station_alert":
      return recordAlert(deps, actor, { report, projection, requestId });
    case "rental_due":
      return afterwards(deps, await checkDue(deps, report.rentalId, requestId));
    case "projection":
      await recordProjection(deps, stationId, projection);
      return { status: "accepted" };
  }
};

// Texts and receipt numbers can wait for the answer; cron is their second way.
const afterwards = (deps: Dependencies, result: DeliveryResult): DeliveryResult => {
  if (result.status === "accepted" && result.rental) {
    if (["completed", "lost", "swapped"].includes(result.rental.status)) deps.defer(numberReceipts(deps));
    deps.defer(drainMessages(deps));
  }
  return result;
};
