// Every screen of the menu, found by walking through it, with everybody who may see it and the longest values that can be.
import { describe, expect, test } from "vitest";
import { errorDetails } from "../../src/error-details.ts";
import { catalogue, type ErrorCode } from "../../src/errors.ts";
import { locales } from "../../src/lib/i18n.ts";
import { charactersOutsideGsm7, smsLength } from "../../src/messages/gsm7.ts";
import { isLast, type MenuState, type Place, START, step } from "../../src/ussd/menu.ts";
import { type Outcome, SCREEN_SEPTETS } from "../../src/ussd/screen.ts";
import { render } from "../../src/ussd/screens.ts";
import { words } from "../../src/ussd/words.ts";
import { NOW_MS, outcomeRentals, viewsAt } from "./views.ts";

const INPUTS = ["0", "00", "1", "2", "3", "4", "5", "6", "7", "8", "9", "x", "999999", "9999999"];

/** Every place that can be reached; what was typed is part of it. */
const walk = (): Place[] => {
  const seen = new Map<string, MenuState>();
  let edge = [START];
  while (edge.length > 0) {
    const next: MenuState[] = [];
    for (const state of edge) {
      const name = JSON.stringify(state.place);
      if (seen.has(name)) continue;
      seen.set(name, state);
      // The walk itself is no session: it tries more codes and takes more steps than one may.
      for (const input of INPUTS) next.push(step({ ...state, codes: 0, inputs: 0 }, input));
    }
    edge = next;
  }
  return [...[...seen.values()].map(({ place }) => place), { at: "friend_over" }];
};

const places = walk();
const outcomes: (Outcome | null)[] = [
  null,
  { kind: "done" },
  { kind: "amount", amountTzs: 9_999_999 },
  ...outcomeRentals.flatMap((rental) => [
    { kind: "rental" as const, rental, promptTzs: null },
    { kind: "rental" as const, rental, promptTzs: 1_000_000 },
  ]),
];
const refusals: Outcome[] = (Object.keys(catalogue) as ErrorCode[]).map((code) => ({ kind: "refused", code }));

const faultOf = (text: string): string | null => {
  const length = smsLength(text).units;
  if (charactersOutsideGsm7(text).length > 0) return `${charactersOutsideGsm7(text).join("")} in: ${text}`;
  if (length > SCREEN_SEPTETS) return `${length}: ${text}`;
  return text.trim() === "" || /undefined|NaN|null|\n\n/.test(text) ? `malformed: ${text}` : null;
};

describe("a screen", () => {
  test("is reached for every place that the menu has", () => {
    expect(new Set(places.map(({ at }) => at)).size).toBe(34);
  });

  test("fits every handset in both languages, for everybody, with the longest values", () => {
    const texts = new Map<string, string>();
    let count = 0;
    for (const place of places) {
      // What is done at a place has an outcome; nothing else has one.
      const possible = place.at.endsWith("_go") ? outcomes : [null];
      for (const view of viewsAt(place)) {
        for (const outcome of view.usual === "airtel" && !view.isMistaken ? possible : possible.slice(0, 1)) {
          const screen = render(place, { ...view, outcome });
          count++;
          texts.set(screen.text, `${place.at} ${view.locale}`);
        }
      }
    }
    const faults = [...texts].map(([text, where]) => [where, faultOf(text)]).filter(([, fault]) => fault !== null);
    expect(faults.slice(0, 20)).toEqual([]);
    expect(count).toBeGreaterThan(20_000);
    expect(texts.size).toBeGreaterThan(250);
  });

  test("fits with each word of refusal", () => {
    for (const locale of locales) {
      for (const place of places.filter(({ at }) => at.endsWith("_go") || at === "friend_status")) {
        const view = viewsAt(place).find((each) => each.locale === locale)!;
        for (const outcome of refusals) expect(faultOf(render(place, { ...view, outcome }).text)).toBeNull();
      }
      for (const details of Object.values(errorDetails))
        expect(smsLength(details[locale]).units).toBeLessThanOrEqual(160);
    }
  });

  test("that waits offers a way back, and one that is last offers nothing", () => {
    for (const place of places) {
      for (const view of viewsAt(place).filter(({ usual }) => usual === "mpesa")) {
        const { text, isEnd } = render(place, view);
        if (isEnd) expect(text).not.toMatch(/^0 /m);
        else if (!["home", "language_go"].includes(place.at)) expect(text).toMatch(/^0 /m);
        if (isLast(place) && place.at !== "cancel_go" && !place.at.endsWith("_go")) expect(isEnd).toBe(true);
      }
    }
  });

  test("or a text that asks for a reply fits, with the longest values", () => {
    for (const locale of locales) {
      const w = words[locale];
      const [deposit, code, host, due] = [w.tzs(1_000_000), "9999", "www.chajipoa.co.tz", w.at(NOW_MS + 3e8, NOW_MS)];
      const texts = [
        w.confirmWallet({ place: "999999", deposit, code }),
        w.confirmJoin({ deposit, code, host }),
        w.confirmExtend({ price: w.tzs(999_999), due, code }),
        w.noReply,
        ...Object.values(w.returned),
        w.returnedKnown(w.tzs(9_999_999), "x".repeat(60)),
        w.rentWhere,
        w.commands(host),
      ];
      expect(texts.map(faultOf)).toEqual(texts.map(() => null));
    }
  });

  test("says the same things in both languages", () => {
    for (const key of Object.keys(words.sw) as (keyof typeof words.sw)[]) {
      expect(typeof words.en[key]).toBe(typeof words.sw[key]);
      if (Array.isArray(words.sw[key])) expect(words.en[key]).toHaveLength(words.sw[key].length);
    }
  });
});
