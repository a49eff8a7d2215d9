// What a station proves: a bank left, a bank came in, nothing left, nobody can say. Each verb is idempotent by the event's
// key or the rental's id and is called by the station's outbox until it is accepted.
import type { Dependencies } from "../deps.ts";
import { actorName, type Actor } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import { vatPercentAt } from "../pricing/vat.ts";
import type { DeliveryResult, EventName, StationProjection, StationReport } from "../stations/port.ts";
import { billRental } from "./pricing-facts.ts";
import type { RentalRecord } from "./record.ts";
import { activateRental, cancelRental, type Closing, recordReturn, recordTaken, settleRental } from "./repository.ts";
import { settleFound } from "./lost.ts";
import { closeAtOrigin } from "./tell-origin.ts";

export type StationActor = Extract<Actor, { kind: "station" }>;
type Report<V extends StationReport["verb"]> = Extract<StationReport, { verb: V }>;

interface Delivered<V extends StationReport["verb"]> {
  report: Report<V>;
  projection: StationProjection;
  requestId: string;
}

/** A settlement that meets a changed rental is priced anew; more than this often and something is wrong. */
const MAX_PRICINGS = 3;
/** Older open rentals of one bank that a departure may have to close first. */
const MAX_CLOSINGS = 5;

const eventKey = (stationId: Id<"stn">, event: EventName, slot: number): string =>
  `${stationId}:${event.bootId}:${event.seq}#${slot}`;

const accepted = (rental?: RentalRecord): Extract<DeliveryResult, { status: "accepted" }> =>
  rental
    ? {
        status: "accepted",
        rental: {
          rentalId: rental.id,
          status: rental.status,
          dueAtMs: rental.status === "active" ? rental.dueAtMs : null,
          nextAskAtMs: rental.status === "active" ? rental.nextNoticeAtMs : null,
        },
      }
    : { status: "accepted" };

/** The bank left: the rental starts at the time of the event. A return that arrived first ends it at once. */
export const confirmDeparture = async (
  deps: Dependencies,
  actor: StationActor,
  delivered: Delivered<"bank_out">,
): Promise<DeliveryResult> => {
  const { report, projection, requestId } = delivered;
  const { event, verb: _verb, ...facts } = report;
  for (let closings = 0; closings <= MAX_CLOSINGS; closings++) {
    const result = await activateRental(deps.db, {
      ...facts,
      stationId: actor.stationId,
      // A departure that only a return proved bears the name of the event before, which may be an arrival in the same slot.
      eventKey: `${eventKey(actor.stationId, event, report.slot)}:out`,
      ...event,
      evidence: "eject",
      messageId: deps.ids.next("msg"),
      projection,
      nowMs: deps.clock.now(),
      requestId,
    });
    if (result.status === "ignored") {
      deps.log.write("warn", "alert", {
        alert: "departure_ignored",
        reason: result.reason,
        rentalId: report.rentalId,
        stationId: actor.stationId,
      });
      return accepted(result.rental);
    }
    if (result.status === "active")
      return accepted(result.found ? await settle(deps, actor, result.rental, result.found, requestId) : result.rental);
    await settle(deps, actor, result.rental, result, requestId);
  }
  throw new Error("a power bank has more open rentals than can be");
};

/** A bank is in a slot: ends the rental whose departure this return answers, and no other. */
export const confirmReturn = async (
  deps: Dependencies,
  actor: StationActor,
  delivered: Delivered<"bank_in">,
): Promise<DeliveryResult> => {
  const { report, projection, requestId } = delivered;
  const result = await recordReturn(deps.db, {
    stationId: actor.stationId,
    powerBankId: report.powerBankId,
    slot: report.slot,
    atMs: report.atMs,
    ...(report.isDated === false ? { latestAtMs: report.receivedAtMs } : {}),
    eventKey: eventKey(actor.stationId, report.event, report.slot),
    ...report.event,
    evidence: report.evidence,
    projection,
    nowMs: deps.clock.now(),
    requestId,
  });
  const { bank } = result;
  if (result.status === "settle")
    return { ...accepted(await settle(deps, actor, result.rental, result, requestId)), bank };
  if (result.status === "unknown_bank" || result.status === "retired_bank") {
    deps.log.write("warn", "alert", { alert: result.status, stationId: actor.stationId, slot: report.slot });
  }
  return { ...accepted(), bank };
};

/** A bank left and no command explains it: nobody is charged, the bank is missing, staff are told. */
export const confirmTaken = async (
  deps: Dependencies,
  actor: StationActor,
  delivered: Delivered<"bank_taken">,
): Promise<DeliveryResult> => {
  const { report, projection, requestId } = delivered;
  const { status } = await recordTaken(deps.db, {
    stationId: actor.stationId,
    powerBankId: report.powerBankId,
    slot: report.slot,
    atMs: report.atMs,
    // The bank that came in by the same event has the name without a suffix.
    eventKey: `${eventKey(actor.stationId, report.event, report.slot)}:left`,
    ...report.event,
    projection,
    nowMs: deps.clock.now(),
    requestId,
  });
  deps.log.write("error", "alert", {
    alert: "bank_taken",
    stationId: actor.stationId,
    slot: report.slot,
    powerBankId: report.powerBankId,
    outcome: status,
  });
  return accepted();
};

/** Prices the rental as of `closing.atMs` and ends it; answers it as it is afterwards. Its origin hears `closed`. */
export const settle = async (
  deps: Dependencies,
  actor: Actor,
  rental: RentalRecord,
  closing: Closing,
  requestId: string,
): Promise<RentalRecord> => {
  let current = rental;
  const receipt = {
    receiptId: deps.ids.next("rcp"),
    receiptToken: deps.ids.secret(26),
    messageId: deps.ids.next("msg"),
  };
  for (let pricings = 0; pricings < MAX_PRICINGS; pricings++) {
    if (current.status === "lost") return settleFound(deps, actor, current, closing, requestId);
    const bill = billRental(current, closing.atMs);
    const settled = await settleRental(deps.db, {
      rentalId: current.id,
      version: current.version,
      eventKey: closing.eventKey,
      atMs: closing.atMs,
      stationId: closing.stationId,
      slot: closing.slot,
      lines: bill.lines,
      totalTzs: bill.totalTzs,
      vatTzs: bill.vatTzs,
      netTzs: bill.netTzs,
      vatPercent: vatPercentAt(current.vatRates ?? [], closing.atMs),
      isFreeReturn: bill.isFreeReturn,
      ...receipt,
      actor: actorName(actor),
      nowMs: deps.clock.now(),
      requestId,
    });
    if (settled.status === "settled") {
      await closeAtOrigin(deps, settled.rental, "returned", closing.atMs);
      return settled.rental;
    }
    // Lost while the return was on its way: now it is found.
    if (settled.status === "stale" && settled.rental?.status !== "lost") return settled.rental ?? current;
    current = settled.rental ?? current;
  }
  throw new Error("a rental kept changing while it was priced");
};

/** Nothing left, or nobody could say for ten minutes: the hold goes back and the renter is told. */
export const releaseRental = async (
  deps: Dependencies,
  actor: StationActor,
  delivered: Delivered<"not_dispensed" | "eject_unknown">,
): Promise<DeliveryResult> => {
  const { report, projection, requestId } = delivered;
  const result = await cancelRental(deps.db, {
    rentalId: report.rentalId,
    from:
      report.verb === "not_dispensed" && report.reason === "lease_expired"
        ? ["awaiting_payment"]
        : ["awaiting_payment", "dispensing"],
    reason: report.verb === "eject_unknown" ? "eject_unknown" : report.reason,
    messageId: deps.ids.next("msg"),
    actor: actorName(actor),
    station: { stationId: actor.stationId, projection },
    nowMs: deps.clock.now(),
    requestId,
  });
  return result.status === "rental_unknown" ? { status: "refused", reason: result.status } : accepted(result.rental);
};
