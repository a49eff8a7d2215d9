// The measure of text messages that `check` takes: it finds what is planted, and nothing in the catalogue as it is.
import { describe, expect, it } from "bun:test";
import { LONGEST_BASE_URL, longestTexts, textBreaks } from "../../dev/texts.ts";
import { extremeTexts, type Measured } from "../../src/messages/templates.ts";

const planted = (sw: string, en = "fine", segments: 1 | 2 = 1): string[] =>
  textBreaks(longestTexts([{ name: "otp", segments, texts: { sw: ["short", sw], en: [en] } } satisfies Measured]));

describe("the measure of text messages", () => {
  it("finds nothing in the catalogue, and has each text in both languages", () => {
    const texts = longestTexts();
    expect(textBreaks(texts)).toEqual([]);
    expect(texts).toHaveLength(extremeTexts(LONGEST_BASE_URL).length * 2);
    expect(Math.max(...texts.map(({ units }) => units))).toBeGreaterThan(140);
  });

  it("finds a text of one letter too many, in either language", () => {
    expect(planted("a".repeat(160))).toEqual([]);
    expect(planted("a".repeat(161))[0]).toStartWith("otp, sw: 2 parts, 1 allowed (161)");
    expect(planted("fine", "€".repeat(81))[0]).toStartWith("otp, en: 2 parts, 1 allowed (162)");
    expect(planted("a".repeat(306), "fine", 2)).toEqual([]);
    expect(planted("a".repeat(307), "fine", 2)).toHaveLength(1);
  });

  it("finds a letter that makes the whole text UCS-2, however short it is", () => {
    expect(planted("Karibu – asante")).toEqual(["otp, sw: not of GSM-7: – in: Karibu – asante"]);
  });
});
