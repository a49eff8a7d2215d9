// What wears out: each failed eject counts against its slot and its bank, and what fails too often is taken out of use by the database, with a
// ticket. Stations that fell silent get one, too.
import type { Dependencies } from "../deps.ts";
import type { Actor } from "../lib/actor.ts";
import { describeError } from "../lib/describe-error.ts";
import type { DeliveryResult, StationProjection, StationReport } from "../stations/port.ts";
import { pushConfig } from "../stations/service.ts";
import { storeAlert, storeFailure, watchStations } from "./repository-health.ts";

type StationActor = Extract<Actor, { kind: "station" }>;
interface Delivered<V extends StationReport["verb"]> {
  report: Extract<StationReport, { verb: V }>;
  projection: StationProjection;
  requestId: string;
}

/** Idempotent by the command. What it quarantines, the station's object hears at once, and by cron until it holds it. */
export const recordFailure = async (
  deps: Dependencies,
  { stationId }: StationActor,
  { report, projection, requestId }: Delivered<"eject_failed">,
): Promise<DeliveryResult> => {
  const { verb: _verb, ...failure } = report;
  const led = await storeFailure(deps.db, { ...failure, stationId, projection, nowMs: deps.clock.now(), requestId });
  if (led.isSlotQuarantined || led.isBankQuarantined) {
    const { slot, powerBankId } = report;
    deps.log.write("warn", "quarantined", { stationId, slot, powerBankId, ...led });
    // After the answer: the object that made this delivery waits for it.
    deps.defer(
      pushConfig(deps, stationId).catch((error: unknown) =>
        deps.log.write("warn", "settings_not_pushed", { stationId, ...describeError(error) }),
      ),
    );
  }
  return { status: "accepted" };
};

/** Idempotent by the event. */
export const recordAlert = async (
  deps: Dependencies,
  { stationId }: StationActor,
  { report, projection, requestId }: Delivered<"station_alert">,
): Promise<DeliveryResult> => {
  const { alert, slot, detail, atMs, event } = report;
  const eventKey = `${stationId}:${event.bootId}:${event.seq}`;
  const nowMs = deps.clock.now();
  await storeAlert(deps.db, { stationId, eventKey, alert, slot, detail, atMs, projection, nowMs, requestId });
  return { status: "accepted" };
};

/** Tickets for stations that are silent, and the end of those about stations that are heard again. */
export const ticketOffline = (
  deps: Dependencies,
  limit: number,
  requestId: string,
): Promise<{ opened: number; ended: number }> => watchStations(deps.db, { nowMs: deps.clock.now(), limit, requestId });
