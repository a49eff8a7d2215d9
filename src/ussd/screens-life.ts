// Screens of a power bank in somebody's hands: more time for it, and what to do when it is gone.
import { errorDetails } from "../error-details.ts";
import { extensionOffer, lossPrice, type RentalRecord } from "../rentals/service.ts";
import type { Place } from "./menu.ts";
import { ask, end, networkName, say, type Screen, type View, withName } from "./screen.ts";
import { networkScreen, refused, refusedOutcome } from "./screens-common.ts";
import { statusScreen } from "./screens-status.ts";

type LifePlace = Extract<
  Place,
  { at: "extend" | "extend_network" | "extend_go" | "trouble" | "lost" | "lost_go" | "returned" | "returned_go" }
>;

export const lifeScreen = (place: LifePlace, view: View): Screen => {
  const refusal = refusedOutcome(view);
  if (refusal) return refusal;
  if (place.at === "extend_go") return extendedScreen(view);
  if (place.at === "lost_go") return lostScreen(view);
  if (place.at === "returned_go") return claimScreen(view, view.caller.rental);
  const { rental } = view.caller;
  const w = say(view);
  // Whoever has none is told where things stand instead.
  if (rental?.status !== "active") return statusScreen(view);
  switch (place.at) {
    case "extend_network":
      return networkScreen(view);
    case "extend":
      return offerScreen(rental, view);
    case "trouble":
      return ask(view, w.trouble, w.back);
    case "lost":
      return ask(view, w.lost(w.tzs(lossPrice(rental, view.nowMs))), w.yesLost, w.back);
    default:
      return ask(view, w.askReturned, w.back);
  }
};

const offerScreen = (rental: NonNullable<View["caller"]["rental"]>, view: View): Screen => {
  const w = say(view);
  const offer = extensionOffer(rental, view.nowMs);
  if (!offer) return ask(view, errorDetails.extension_unavailable[view.locale], w.back);
  const price = w.tzs(offer.amountTzs);
  const { extensionMinutes: minutes } = rental.tariff;
  const text = w.extendOffer({ minutes, price, due: w.at(offer.dueAtMs, view.nowMs) });
  if (view.caller.walletTzs >= offer.amountTzs) return ask(view, text, w.fromWallet, w.back);
  return ask(view, text, `${w.pay} ${networkName(view.usual)}`, w.other, w.back);
};

const extendedScreen = (view: View): Screen => {
  const { outcome } = view;
  const w = say(view);
  if (outcome?.kind !== "rental") return statusScreen(view);
  if (outcome.promptTzs !== null) return end(w.promptOnly(w.tzs(outcome.promptTzs)));
  return end(w.extended(w.at(outcome.rental.dueAtMs ?? view.nowMs, view.nowMs)));
};

const lostScreen = (view: View): Screen => {
  const { outcome } = view;
  const w = say(view);
  return outcome?.kind === "rental" ? end(w.lostDone(w.tzs(outcome.rental.totalTzs ?? 0))) : statusScreen(view);
};

/** What came of "I returned it"; of a rental that is over meanwhile, its bill. */
export const claimScreen = (view: View, rental: RentalRecord | null): Screen => {
  const { outcome } = view;
  const w = say(view);
  if (outcome?.kind === "refused") return refused(view, outcome.code);
  if (outcome?.kind === "done") return end(w.returnedDone);
  if (rental?.status !== "completed") return end(w.none);
  const total = w.tzs(rental.totalTzs ?? 0);
  return withName(rental.returnStationName ?? "", (name) => end(w.returnedKnown(total, name)));
};
