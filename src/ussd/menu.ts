// Where a caller is in the menu: a pure function of what was typed, and of nothing else. What is known about the caller decides what
// a place says, never where an input leads; so the same inputs lead to the same place whenever and however often a gateway sends them.
import type { Locale } from "../lib/i18n.ts";
import { type WalletProvider, walletProviders } from "../providers/ports.ts";

/** One member for each word, so that a place can be told from all others by it. */
type At<A extends string, Parameters = unknown> = A extends A ? { at: A } & Parameters : never;
interface Station {
  stationCode: string;
}
interface Code {
  returnCode: string;
}
/** Null: the wallet that the number's prefix suggests. */
interface Payer {
  provider: WalletProvider | null;
}
/** Null: everything there is. */
interface Amount {
  amountTzs: number | null;
}

export type Place =
  | At<"home" | "status" | "cancel_go" | "trouble" | "lost" | "lost_go" | "returned" | "help" | "language" | "rent">
  | At<"account" | "register" | "register_go" | "withdraw" | "debt" | "debt_network" | "extend" | "extend_network">
  | At<"rent_price" | "rent_pay" | "rent_network" | "returned_go", Station>
  | At<"rent_go", Station & Payer>
  | At<"extend_go" | "debt_go", Payer>
  | At<"withdraw_confirm" | "withdraw_network", Amount>
  | At<"withdraw_go", Amount & Payer>
  | At<"friend" | "friend_over">
  | At<"friend_status" | "friend_returned", Code>
  | At<"friend_returned_go", Code & Station>
  | At<"language_go", { locale: Locale }>;

export interface MenuState {
  place: Place;
  /** Chosen in this session; null: as the account has it. */
  locale: Locale | null;
  /** The last input meant nothing here. */
  isMistaken: boolean;
  /** Inputs so far. */
  inputs: number;
  /** Inputs when this place was reached: names what is done here, once. */
  reachedAt: number;
  /** Rental codes that were tried. */
  codes: number;
}

export const START: MenuState = {
  place: { at: "home" },
  locale: null,
  isMistaken: false,
  inputs: 0,
  reachedAt: 0,
  codes: 0,
};

/** More rental codes than this are not tried in one session. */
export const CODES_PER_SESSION = 3;
/** A session that goes on for longer has lost its way. */
export const MAX_INPUTS = 60;

/** Where everything is done and the session is over. */
const LAST = new Set<Place["at"]>([
  "rent_go",
  "extend_go",
  "cancel_go",
  "register_go",
  "lost_go",
  "returned_go",
  "withdraw_go",
  "debt_go",
  "friend_over",
  "friend_returned_go",
  "help",
]);
export const isLast = (place: Place): boolean => LAST.has(place.at);

const STATION_CODE = /^[0-9]{4,6}$/;
const RETURN_CODE = /^[0-9]{6}$/;
const AMOUNT = /^[0-9]{3,7}$/;

/** The networks in the order in which the menu lists them. */
export const NETWORKS: readonly WalletProvider[] = ["mpesa", "airtel", "tigo", "halopesa", "azampesa"];
const networkOf = (input: string): WalletProvider | undefined =>
  walletProviders.find((known) => known === NETWORKS[Number(input) - 1]);

const HOME: Record<string, Place> = {
  "1": { at: "rent" },
  "2": { at: "status" },
  "3": { at: "extend" },
  "4": { at: "account" },
  "5": { at: "trouble" },
  "6": { at: "friend" },
  "7": { at: "language" },
  "8": { at: "help" },
};

/** `0`: one step back. */
const backOf = (place: Place): Place => {
  switch (place.at) {
    case "rent_pay":
      return { at: "rent_price", stationCode: place.stationCode };
    case "rent_network":
      return { at: "rent_pay", stationCode: place.stationCode };
    case "rent_price":
      return { at: "rent" };
    case "extend_network":
      return { at: "extend" };
    case "withdraw":
    case "debt":
      return { at: "account" };
    case "withdraw_confirm":
      return { at: "withdraw" };
    case "withdraw_network":
      return { at: "withdraw_confirm", amountTzs: place.amountTzs };
    case "debt_network":
      return { at: "debt" };
    case "lost":
    case "returned":
      return { at: "trouble" };
    case "friend_returned":
      return { at: "friend_status", returnCode: place.returnCode };
    default:
      return { at: "home" };
  }
};

/** Where an input leads from here; null: it means nothing here. */
const nextOf = (place: Place, input: string): Place | null => {
  switch (place.at) {
    case "home":
    case "language_go":
      return HOME[input] ?? null;
    case "rent":
      return STATION_CODE.test(input) ? { at: "rent_price", stationCode: input } : null;
    case "rent_price":
    case "rent_pay":
      return rentStep(place, input);
    case "rent_network":
      return withNetwork(input, (provider) => ({ at: "rent_go", stationCode: place.stationCode, provider }));
    case "status":
      return pick(input, { "1": { at: "extend" }, "2": { at: "returned" }, "9": { at: "cancel_go" } });
    case "extend":
      return pick(input, { "1": { at: "extend_go", provider: null }, "2": { at: "extend_network" } });
    case "extend_network":
      return withNetwork(input, (provider) => ({ at: "extend_go", provider }));
    case "trouble":
      return pick(input, { "1": { at: "lost" }, "2": { at: "returned" } });
    case "lost":
      return pick(input, { "1": { at: "lost_go" } });
    case "returned":
      return STATION_CODE.test(input) ? { at: "returned_go", stationCode: input } : null;
    case "account":
      return pick(input, { "1": { at: "withdraw" }, "2": { at: "debt" }, "9": { at: "register" } });
    case "register":
      return pick(input, { "1": { at: "register_go" } });
    case "withdraw":
    case "withdraw_confirm":
    case "withdraw_network":
      return withdrawStep(place, input);
    case "debt":
      return pick(input, { "1": { at: "debt_go", provider: null }, "2": { at: "debt_network" } });
    case "debt_network":
      return withNetwork(input, (provider) => ({ at: "debt_go", provider }));
    case "friend":
      return RETURN_CODE.test(input) ? { at: "friend_status", returnCode: input } : null;
    case "friend_status":
      if (RETURN_CODE.test(input)) return { at: "friend_status", returnCode: input };
      return pick(input, { "1": { at: "friend_returned", returnCode: place.returnCode } });
    case "friend_returned":
      return STATION_CODE.test(input)
        ? { at: "friend_returned_go", returnCode: place.returnCode, stationCode: input }
        : null;
    case "language":
      return pick(input, { "1": { at: "language_go", locale: "sw" }, "2": { at: "language_go", locale: "en" } });
    default:
      return null;
  }
};

const pick = (input: string, choices: Record<string, Place>): Place | null => choices[input] ?? null;

const withNetwork = (input: string, go: (provider: WalletProvider) => Place): Place | null => {
  const provider = networkOf(input);
  return provider ? go(provider) : null;
};

// A code that names no station is put right where it is seen, so both take another one.
const rentStep = (place: Extract<Place, { at: "rent_price" | "rent_pay" | "rent_network" }>, input: string) => {
  const { stationCode } = place;
  if (STATION_CODE.test(input)) return { at: "rent_price", stationCode: input } as const;
  if (place.at === "rent_price") return pick(input, { "1": { at: "rent_pay", stationCode } });
  return pick(input, {
    "1": { at: "rent_go", stationCode, provider: null },
    "2": { at: "rent_network", stationCode },
  });
};

const withdrawStep = (
  place: Extract<Place, { at: "withdraw" | "withdraw_confirm" | "withdraw_network" }>,
  input: string,
): Place | null => {
  if (place.at === "withdraw") {
    if (input === "1") return { at: "withdraw_confirm", amountTzs: null };
    const digits = input.replaceAll(/[,. ]/g, "");
    return AMOUNT.test(digits) ? { at: "withdraw_confirm", amountTzs: Number(digits) } : null;
  }
  const { amountTzs } = place;
  if (place.at === "withdraw_network")
    return withNetwork(input, (provider) => ({ at: "withdraw_go", amountTzs, provider }));
  return pick(input, {
    "1": { at: "withdraw_go", amountTzs, provider: null },
    "2": { at: "withdraw_network", amountTzs },
  });
};

/** One input further. `0` goes back, `00` home; an empty input stays, and so does everything after the end. */
export const step = (state: MenuState, typed: string): MenuState => {
  const input = typed.replaceAll(/[#\s]+$|^\s+/g, "");
  const inputs = state.inputs + 1;
  if (isLast(state.place) || input === "") return { ...state, inputs };
  const back = input === "00" ? ({ at: "home" } as const) : input === "0" ? backOf(state.place) : null;
  let place = back ?? nextOf(state.place, input);
  if (!place) return { ...state, inputs, isMistaken: true };
  const codes = state.codes + (isNewCode(state.place, place) ? 1 : 0);
  if (codes > CODES_PER_SESSION || inputs > MAX_INPUTS) place = { at: "friend_over" };
  const locale = place.at === "language_go" ? place.locale : state.locale;
  return { place, locale, isMistaken: false, inputs, reachedAt: inputs, codes };
};

const isNewCode = (from: Place, to: Place): boolean =>
  to.at === "friend_status" && !("returnCode" in from && from.returnCode === to.returnCode);

/** The place after all that was typed in a session. */
export const follow = (inputs: readonly string[]): MenuState => inputs.reduce(step, START);
