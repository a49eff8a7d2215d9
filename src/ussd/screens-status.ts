// Screens about a rental: the caller's own, or the one whose code was typed.
import { quoteRental, type RentalRecord } from "../rentals/service.ts";
import type { Place } from "./menu.ts";
import { ask, end, say, type Screen, type View, withName } from "./screen.ts";
import { refusedOutcome } from "./screens-common.ts";

/** The caller's rental as it stands, and what can be done about it. */
export const statusScreen = (view: View): Screen => {
  const { rental } = view.caller;
  const w = say(view);
  switch (rental?.status) {
    case "awaiting_payment":
    case "dispensing":
    case "active":
      return openRentalScreen(view);
    case "completed":
    case "swapped":
      return withName(rental.returnStationName ?? rental.stationName, (name) =>
        ask(view, w.lastOne(w.tzs(rental.totalTzs ?? 0), name), w.back),
      );
    case "lost":
      return ask(view, w.lastLost(w.tzs(rental.totalTzs ?? 0)), w.back);
    default:
      return ask(view, w.none, w.back);
  }
};

export const openRentalScreen = (view: View): Screen => {
  const { rental } = view.caller;
  const w = say(view);
  if (!rental) return ask(view, w.none, w.back);
  if (rental.status === "awaiting_payment") {
    const until = w.at(rental.leaseExpiresAtMs ?? view.nowMs, view.nowMs);
    return ask(view, w.waiting(w.tzs(rental.payment?.amountTzs ?? 0), rental.stationCode, until), w.giveUp, w.back);
  }
  if (rental.status === "dispensing") {
    const slot = rental.slot === null ? "" : w.slot(rental.slot);
    return ask(view, w.takeIt(rental.stationCode, slot), w.back);
  }
  const isLate = (rental.dueAtMs ?? 0) <= view.nowMs;
  return withName(rental.stationName, (place) => {
    const facts = {
      place: place === "" ? rental.stationCode : place,
      price: w.tzs(priceNow(rental, view.nowMs)),
      due: w.at(rental.dueAtMs ?? 0, view.nowMs),
      code: rental.returnCode ?? "-",
    };
    return ask(view, isLate ? w.overdue(facts) : w.active(facts), w.moreTime, w.iReturned, w.back);
  });
};

/** TZS by now: of a rental that is over, its bill. */
export const priceNow = (rental: RentalRecord, nowMs: number): number =>
  rental.status === "active" ? quoteRental(rental, nowMs).totalTzs : (rental.totalTzs ?? 0);

export const cancelledScreen = (view: View): Screen => refusedOutcome(view) ?? end(say(view).cancelled);

type FriendPlace = Extract<Place, { at: "friend" | "friend_over" | "friend_status" | "friend_returned" }>;

/** A rental of somebody whose own phone is dead. Nothing is said of the person. */
export const friendScreen = (place: FriendPlace, view: View): Screen => {
  const w = say(view);
  if (place.at === "friend") return ask(view, w.askCode, w.back);
  if (place.at === "friend_over") return end(w.codesOver);
  const refusal = refusedOutcome(view);
  if (refusal) return end(w.codesOver);
  const { found } = view.caller;
  if (!found) return ask(view, w.noCode, w.back);
  return foundScreen(found, view);
};

const foundScreen = (found: RentalRecord, view: View): Screen => {
  const w = say(view);
  if (found.status === "completed" || found.status === "swapped") {
    return withName(found.returnStationName ?? "", (name) =>
      ask(view, w.friendEnded(name, w.tzs(found.totalTzs ?? 0)), w.back),
    );
  }
  if (found.status !== "active") return ask(view, w.friendLost(w.tzs(found.totalTzs ?? 0)), w.back);
  return withName(found.stationName, (place) => {
    const facts = { place, price: w.tzs(priceNow(found, view.nowMs)), due: w.at(found.dueAtMs ?? 0, view.nowMs) };
    return ask(view, w.friendOut(facts), w.friendReturned, w.back);
  });
};
