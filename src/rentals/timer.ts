// The timer of a rental. The station's object asks when it is time, cron asks as the second way; what is due is decided here and in
// Postgres from the rental's own times, so it does not matter who asked, how late, or how often.
import type { Dependencies } from "../deps.ts";
import type { Id } from "../lib/ids.ts";
import type { DeliveryResult } from "../stations/port.ts";
import { loseByTime } from "./lost.ts";
import { planNotices } from "./notices.ts";
import type { RentalRecord } from "./record.ts";
import { askDue } from "./repository-life.ts";

/** A rental that changes while its notices are planned is planned anew; more often than this and something is wrong. */
const MAX_PLANS = 3;

/** Tells the renter what is due, once, and answers what the rental is and when to ask again. */
export const checkDue = async (deps: Dependencies, rentalId: Id<"rnt">, requestId: string): Promise<DeliveryResult> => {
  let asked = await askDue(deps.db, { rentalId, plan: null, nowMs: deps.clock.now(), requestId });
  for (let plans = 0; plans < MAX_PLANS; plans++) {
    if (asked.status === "unknown") return answer(rentalId, null);
    const { rental } = asked;
    if (rental.status !== "active") return answer(rentalId, rental);
    const nowMs = deps.clock.now();
    const { notice, nextAtMs, isLost } = planNotices(rental, nowMs);
    if (isLost) return answer(rentalId, await loseByTime(deps, rental, requestId));
    if (notice === null && rental.nextNoticeAtMs === nextAtMs) return answer(rentalId, rental);
    const plan = {
      version: rental.version,
      notice: notice && { ...notice, messageId: deps.ids.next("msg") },
      nextNoticeAtMs: nextAtMs,
    };
    asked = await askDue(deps.db, { rentalId, plan, nowMs, requestId });
    if (asked.status === "rental" && asked.isStored) return answer(rentalId, asked.rental);
  }
  throw new Error("a rental kept changing while its notices were planned");
};

const answer = (rentalId: Id<"rnt">, rental: RentalRecord | null): DeliveryResult => {
  const isActive = rental?.status === "active";
  return {
    status: "accepted",
    rental: {
      rentalId,
      status: rental?.status ?? "unknown",
      dueAtMs: isActive ? rental.dueAtMs : null,
      nextAskAtMs: isActive ? rental.nextNoticeAtMs : null,
    },
  };
};
