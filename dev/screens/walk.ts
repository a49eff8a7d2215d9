// Every screen of the menu, found by walking through it, with everybody who may see it and the longest values that can be; and every text that
// answers a command by SMS and names the host. Tests measure them with a host as long as any; a deployment with its own.
import { charactersOutsideGsm7, smsLength } from "../../src/messages/gsm7.ts";
import { locales } from "../../src/lib/i18n.ts";
import { type MenuState, type Place, START, step } from "../../src/ussd/menu.ts";
import { type Outcome, SCREEN_SEPTETS } from "../../src/ussd/screen.ts";
import { render } from "../../src/ussd/screens.ts";
import { words } from "../../src/ussd/words.ts";
import { LONGEST_HOST, NOW_MS, outcomeRentals, viewsAt } from "./views.ts";

const INPUTS = ["0", "00", "1", "2", "3", "4", "5", "6", "7", "8", "9", "x", "999999", "9999999"];

/** Every place that can be reached; what was typed is part of it. */
export const everyPlace = (): Place[] => {
  const seen = new Map<string, Place>();
  let edge = [START];
  while (edge.length > 0) {
    const next: MenuState[] = [];
    for (const state of edge) {
      const name = JSON.stringify(state.place);
      if (seen.has(name)) continue;
      seen.set(name, state.place);
      // The walk itself is no session: it tries more codes and takes more steps than one may.
      for (const input of INPUTS) next.push(step({ ...state, codes: 0, inputs: 0 }, input));
    }
    edge = next;
  }
  return [...seen.values(), { at: "friend_over" }];
};

const outcomes: (Outcome | null)[] = [
  null,
  { kind: "done" },
  { kind: "amount", amountTzs: 9_999_999 },
  ...outcomeRentals.flatMap((rental) => [
    { kind: "rental" as const, rental, promptTzs: null },
    { kind: "rental" as const, rental, promptTzs: 1_000_000 },
  ]),
];

export interface Walked {
  /** Screens that were shown. */
  count: number;
  /** Each text, with a place and a language that has it. */
  texts: Map<string, string>;
}

export const walkScreens = (host = LONGEST_HOST): Walked => {
  const texts = new Map<string, string>();
  let count = 0;
  for (const place of everyPlace()) {
    // Of the networks that can be chosen, the one with the longest name is enough.
    if ("provider" in place && place.provider !== null && place.provider !== "airtel") continue;
    // What is done at a place has an outcome; nothing else has one.
    const possible = place.at.endsWith("_go") ? outcomes : [null];
    for (const view of viewsAt(place)) {
      for (const outcome of view.usual === "airtel" && !view.isMistaken ? possible : possible.slice(0, 1)) {
        count++;
        texts.set(render(place, { ...view, host, outcome }).text, `${place.at} ${view.locale}`);
      }
    }
  }
  return { count, texts };
};

/** What answers a command by SMS beside the screens, as long as it can be. */
export const replyTexts = (host = LONGEST_HOST): string[] =>
  locales.flatMap((locale) => {
    const w = words[locale];
    const [deposit, code, due] = [w.tzs(1_000_000), "9999", w.at(NOW_MS + 3e8, NOW_MS)];
    return [
      w.confirmWallet({ place: "999999", deposit, code }),
      w.confirmJoin({ deposit, code, host }),
      w.confirmExtend({ price: w.tzs(999_999), due, code }),
      w.noReply,
      ...Object.values(w.returned),
      w.returnedNoAnswer,
      w.returnedKnown(w.tzs(9_999_999), "x".repeat(60)),
      w.rentWhere,
      w.commands(host),
    ];
  });

/** Null: the text can be shown by every handset as it is. */
export const faultOf = (text: string): string | null => {
  const length = smsLength(text).units;
  const outside = charactersOutsideGsm7(text);
  if (outside.length > 0) return `not of GSM-7: ${outside.join(" ")} in: ${text}`;
  if (length > SCREEN_SEPTETS) return `${length} letters, ${SCREEN_SEPTETS} allowed: ${text}`;
  return text.trim() === "" || /undefined|NaN|null|\n\n/.test(text) ? `malformed: ${text}` : null;
};

/** One line for each screen or reply that no handset, or no single SMS, would take whole where this is the host. */
export const screenBreaks = (host: string): string[] => {
  const lines = [
    ...[...walkScreens(host).texts].map(([text, where]) => ({ text, where: `screen ${where}` })),
    ...replyTexts(host).map((text) => ({ text, where: "reply by SMS" })),
  ];
  return lines.flatMap(({ text, where }) => {
    const fault = faultOf(text);
    return fault === null ? [] : [`${where}: ${fault.replaceAll("\n", " / ")}`];
  });
};
