// Every screen of the menu, with everybody who may see it and the longest values that can be.
import { describe, expect, test } from "vitest";
import { viewsAt } from "../../dev/screens/views.ts";
import { everyPlace, faultOf, replyTexts, screenBreaks, walkScreens } from "../../dev/screens/walk.ts";
import { errorDetails } from "../../src/error-details.ts";
import { catalogue, type ErrorCode } from "../../src/errors.ts";
import { locales } from "../../src/lib/i18n.ts";
import { smsLength } from "../../src/messages/gsm7.ts";
import { isLast } from "../../src/ussd/menu.ts";
import type { Outcome } from "../../src/ussd/screen.ts";
import { render } from "../../src/ussd/screens.ts";
import { words } from "../../src/ussd/words.ts";

const places = everyPlace();
const refusals: Outcome[] = (Object.keys(catalogue) as ErrorCode[]).map((code) => ({ kind: "refused", code }));

describe("a screen", () => {
  test("is reached for every place that the menu has", () => {
    expect(new Set(places.map(({ at }) => at)).size).toBe(34);
  });

  test("fits every handset in both languages, for everybody, with the longest values", () => {
    const { texts, count } = walkScreens();
    const faults = [...texts].map(([text, where]) => [where, faultOf(text)]).filter(([, fault]) => fault !== null);
    expect(faults.slice(0, 20)).toEqual([]);
    expect(count).toBeGreaterThan(20_000);
    expect(texts.size).toBeGreaterThan(250);
    // `saa 4` is ten o'clock: as long as that is `masaa 4`.
    expect([...texts.keys()].filter((text) => /\bsaa (?!1\b)\d+(?![\d:])/.test(text))).toEqual([]);
    expect([...texts.keys()].some((text) => text.includes("kwa masaa 4, kisha"))).toBe(true);
  });

  test("is measured with the host that it names, and so is a reply", () => {
    const host = `rent.${"power-banks.".repeat(5)}co.tz`;
    const breaks = screenBreaks(host);
    for (const where of ["help sw", "help en", "rent_pay sw", "rent_pay en"])
      expect(breaks).toContainEqual(expect.stringMatching(`^screen ${where}: 1[6-9]\\d letters, 160 allowed: `));
    expect(breaks.filter((line) => line.startsWith("reply by SMS: ")).length).toBeGreaterThan(1);
    // Nothing else grows with it.
    expect(breaks.filter((line) => !line.includes(host))).toEqual([]);
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
    expect(replyTexts().filter((text) => faultOf(text) !== null)).toEqual([]);
    expect(replyTexts().length).toBeGreaterThan(18);
  });

  test("says the same things in both languages", () => {
    for (const key of Object.keys(words.sw) as (keyof typeof words.sw)[]) {
      expect(typeof words.en[key]).toBe(typeof words.sw[key]);
      if (Array.isArray(words.sw[key])) expect(words.en[key]).toHaveLength(words.sw[key].length);
    }
  });
});
