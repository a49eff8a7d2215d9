// What a place of the menu says to this caller: pure. Options keep their digits wherever they are shown, and one that makes no sense
// for this caller is left out; whoever types it all the same is told why not.
import type { Place } from "./menu.ts";
import { ask, end, say, type Screen, type View } from "./screen.ts";
import { networkScreen } from "./screens-common.ts";
import { claimScreen, lifeScreen } from "./screens-life.ts";
import { moneyScreen } from "./screens-money.ts";
import { rentScreen } from "./screens-rent.ts";
import { cancelledScreen, friendScreen, priceNow, statusScreen } from "./screens-status.ts";

export const render = (place: Place, view: View): Screen => {
  const w = say(view);
  switch (place.at) {
    case "home":
    case "language_go":
      return homeScreen(view);
    case "rent":
    case "rent_price":
    case "rent_pay":
    case "rent_go":
      return rentScreen(place, view);
    case "rent_network":
      return networkScreen(view);
    case "status":
      return statusScreen(view);
    case "cancel_go":
      return cancelledScreen(view);
    case "friend":
    case "friend_over":
    case "friend_status":
      return friendScreen(place, view);
    case "language":
      return ask(view, w.language, w.back);
    case "help":
      return end(w.help(view.host));
    case "extend":
    case "extend_network":
    case "extend_go":
    case "trouble":
    case "lost":
    case "lost_go":
    case "returned":
    case "returned_go":
      return lifeScreen(place, view);
    case "friend_returned":
      return view.caller.found?.status === "active" ? ask(view, w.askReturned, w.back) : friendScreen(place, view);
    case "friend_returned_go":
      return claimScreen(view, view.caller.found);
    default:
      return moneyScreen(place, view);
  }
};

/** A fresh call tells first where things stand. */
const homeScreen = (view: View): Screen => {
  const w = say(view);
  const note = view.isMistaken ? w.mistaken : view.isRestarted ? w.restarted : headOf(view);
  return { text: [note, ...w.home].join("\n"), isEnd: false };
};

const headOf = ({ caller, nowMs, locale, ...rest }: View): string => {
  const w = say({ caller, nowMs, locale, ...rest });
  const { user, rental, debtTzs, walletTzs } = caller;
  if (!user || user.state === "pending") return w.welcome;
  if (rental?.status === "active" && rental.dueAtMs !== null) {
    return rental.dueAtMs > nowMs
      ? w.headActive(w.at(rental.dueAtMs, nowMs))
      : w.headOverdue(w.tzs(priceNow(rental, nowMs)));
  }
  if (rental?.status === "awaiting_payment") return w.headPaying;
  if (debtTzs > 0) return w.headDebt(w.tzs(debtTzs));
  if (user.state === "suspended") return w.headSuspended;
  return w.welcomeBack(w.tzs(walletTzs));
};
