import { describe, expect, test } from "vitest";
import { locales } from "../../src/lib/i18n.ts";
import { charactersOutsideGsm7, smsLength } from "../../src/messages/gsm7.ts";
import { extremeTexts, namesOfKind, renderMessage, renderStored } from "../../src/messages/templates.ts";

/** As long as the name of any deployment. */
const BASE_URL = "https://www.chajipoa.co.tz";
/** Whose words others put together. */
const ANSWERS = new Set<string>(namesOfKind("answer"));
const catalogue = extremeTexts(BASE_URL).flatMap(({ name, segments, texts }) =>
  locales.map((locale) => ({ name, locale, segments, texts: texts[locale] })),
);

describe("every text message", () => {
  test.each(catalogue)("$name in $locale keeps to $segments part(s) of GSM-7 with its longest values", (text) => {
    expect(text.texts.length).toBeGreaterThan(0);
    for (const written of text.texts) {
      expect([written, charactersOutsideGsm7(written)]).toEqual([written, []]);
      const { segments, units } = smsLength(written);
      expect(segments, `${units} letters: ${written}`).toBeLessThanOrEqual(text.segments);
    }
  });

  test.each(catalogue)("$name in $locale says who sends it and leaves no value out", ({ name, texts }) => {
    for (const written of texts) {
      expect(written).not.toMatch(/undefined|NaN|\[object|\s{2}|\s$/);
      if (!ANSWERS.has(name)) expect(written).toContain("ChajiPoa");
    }
  });

  test("says a duration in Swahili so that it is no time of the day", () => {
    const texts = extremeTexts(BASE_URL).flatMap(({ texts: { sw } }) => sw);
    expect(texts.filter((text) => /\bsaa (?!1\b)\d+(?![\d:])/.test(text))).toEqual([]);
    expect(texts.some((text) => text.includes("umechelewa masaa 720,"))).toBe(true);
  });

  test("is of one language only where no word is ours", () => {
    for (const { name, texts } of extremeTexts(BASE_URL))
      if (!ANSWERS.has(name)) expect(texts.sw).not.toEqual(texts.en);
  });
});

describe("a text message", () => {
  test("says the time of Dar es Salaam as people there say it, and groups thousands", () => {
    const dueAtMs = Date.parse("2026-11-20T21:05:00Z");
    expect(renderMessage("rental_started", "en", { dueAtMs, stationName: "x", returnCode: null })).toContain(
      "by 00:05.",
    );
    expect(renderMessage("rental_started", "sw", { dueAtMs, stationName: "x", returnCode: null })).toContain(
      "kabla ya saa 6:05 usiku,",
    );
    const received = { amountTzs: 1_234_567, walletTzs: 500 };
    expect(renderMessage("payment_received", "en", received)).toContain("TZS 1,234,567. Your wallet holds TZS 500");
    expect(renderMessage("payment_received", "sw", received)).toContain("Sh 1,234,567. Salio lako sasa ni Sh 500");
  });

  test("does not speak of nothing that came back", () => {
    const receipt = { totalTzs: 5_000, refundTzs: 0, debtTzs: 0, walletTzs: 0, token: "t" };
    expect(renderMessage("rental_receipt", "en", receipt, BASE_URL)).not.toContain("Refunded");
    expect(renderMessage("rental_receipt", "en", { ...receipt, debtTzs: 1 }, BASE_URL)).toContain("You owe TZS 1.");
  });

  test("is refused when the outbox holds what its template does not take", () => {
    expect(() => renderStored("payment_received", "sw", { amountTzs: "5" }, "")).toThrow();
    expect(() => renderStored("no_such_template", "sw", {}, "")).toThrow();
  });

  test("with a code never comes out of the outbox", () => {
    expect(namesOfKind("code")).toContain("otp");
    for (const name of namesOfKind("code")) expect(() => renderStored(name, "sw", { code: "123456" }, "")).toThrow();
  });

  test("with somebody else's words keeps to the letters and the length of an SMS", () => {
    expect(renderStored("answer", "sw", { text: "Karibu – “Chaji” 🔋 café" }, "")).toBe('Karibu - "Chaji" café');
    expect(renderStored("answer", "sw", { text: "x".repeat(200) }, "")).toHaveLength(160);
  });
});
