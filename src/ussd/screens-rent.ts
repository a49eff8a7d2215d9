// Screens on the way to a power bank.
import { errorDetails } from "../error-details.ts";
import type { ErrorCode } from "../errors.ts";
import { quoteProjection } from "../pricing/projection.ts";
import type { Place } from "./menu.ts";
import { ask, end, networkName, say, type Screen, type View, withName } from "./screen.ts";
import { refused } from "./screens-common.ts";
import { openRentalScreen } from "./screens-status.ts";

type RentPlace = Extract<Place, { at: "rent" | "rent_price" | "rent_pay" | "rent_go" }>;

export const rentScreen = (place: RentPlace, view: View): Screen => {
  if (place.at === "rent_go") return startedScreen(place.stationCode, view);
  const w = say(view);
  if (place.at === "rent") return barrierOf(view) ?? ask(view, w.askStation, w.back);
  const found = stationFor(place.stationCode, view);
  if (!("station" in found)) return found;
  return place.at === "rent_price" ? priceScreen(found.station, view) : payScreen(found.station, view);
};

/** The station at which this caller may rent now, or the screen that says why not. */
export const stationFor = (stationCode: string, view: View): { station: Station } | Screen => {
  const barrier = barrierOf(view);
  if (barrier) return barrier;
  const w = say(view);
  const { station } = view.caller;
  if (!station) return ask(view, w.noStation(stationCode), w.back);
  const closed = closedFor(station);
  return closed ? ask(view, errorDetails[closed][view.locale], w.back) : { station };
};

type Station = NonNullable<View["caller"]["station"]>;

/** Why this caller cannot rent now, before anything is typed. */
const barrierOf = (view: View): Screen | null => {
  const { user, debtTzs, rental } = view.caller;
  const w = say(view);
  if (user?.state === "suspended") return refused(view, "account_suspended");
  if (debtTzs > 0) return ask(view, `${errorDetails.debt_open[view.locale]} ${w.tzs(debtTzs)}`, w.back);
  if (rental && ["awaiting_payment", "dispensing", "active"].includes(rental.status)) return openRentalScreen(view);
  return null;
};

const closedFor = ({ isInService, isOpen, isOnline, freeBanks }: Station): ErrorCode | null => {
  if (!isInService) return "station_unavailable";
  if (!isOpen) return "station_closed";
  if (isOnline === false) return "station_offline";
  return freeBanks === 0 ? "no_power_bank" : null;
};

/** Name and number of a station in the room that a screen leaves. */
export const stationName = ({ code, name }: Station, build: (place: string) => Screen): Screen =>
  withName(name, (short) => build(short === "" ? code : `${short} ${code}`));

const priceScreen = (station: Station, view: View): Screen => {
  const { terms, vatRates } = station;
  const w = say(view);
  const { depositTzs, includedMinutes, worstCaseTzs } = quoteProjection({ ...terms, vatRates }, view.nowMs);
  return stationName(station, (place) =>
    ask(
      view,
      w.price({
        place,
        deposit: w.tzs(depositTzs),
        minutes: includedMinutes,
        base: w.tzs(terms.baseFeeTzs),
        late: w.tzs(terms.lateFeeTzs),
        worst: w.tzs(worstCaseTzs),
      }),
      w.goOn,
      w.back,
    ),
  );
};

const payScreen = ({ terms }: Station, view: View): Screen => {
  const { user, walletTzs } = view.caller;
  const w = say(view);
  const missingTzs = Math.max(0, terms.depositTzs - walletTzs);
  if (missingTzs === 0) return ask(view, w.payWallet(w.tzs(terms.depositTzs)), w.rentNow, w.back);
  const hasAccount = user !== null && user.state !== "pending";
  const [missing, network] = [w.tzs(missingTzs), networkName(view.usual)];
  const prompt = hasAccount ? w.payPrompt(missing, network) : w.payAndAgree(missing, network, view.host);
  return ask(view, prompt, w.pay, w.other, w.back);
};

const startedScreen = (stationCode: string, view: View): Screen => {
  const { outcome } = view;
  const w = say(view);
  if (outcome?.kind !== "rental") return refused(view, outcome?.kind === "refused" ? outcome.code : "internal");
  const { rental, promptTzs } = outcome;
  switch (rental.status) {
    case "awaiting_payment":
      return end(w.promptComes(w.tzs(promptTzs ?? 0), stationCode));
    case "dispensing":
      return end(w.takeIt(stationCode, rental.slot === null ? "" : w.slot(rental.slot)));
    case "cancelled":
      return end(w.cancelled);
    default:
      return openRentalScreen({ ...view, caller: { ...view.caller, rental: { ...rental, returnCode: null } } });
  }
};
