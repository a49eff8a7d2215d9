import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { charactersOutsideGsm7, smsLength } from "../../src/messages/gsm7.ts";

const a = (count: number): string => "a".repeat(count);

describe("smsLength", () => {
  it.each([
    ["nothing", "", { encoding: "gsm7", units: 0, segments: 1 }],
    ["one full segment", a(160), { encoding: "gsm7", units: 160, segments: 1 }],
    ["one more", a(161), { encoding: "gsm7", units: 161, segments: 2 }],
    ["two full segments", a(306), { encoding: "gsm7", units: 306, segments: 2 }],
    ["one more than two", a(307), { encoding: "gsm7", units: 307, segments: 3 }],
    ["extension characters twice", "€{}[]~|^\\\f", { encoding: "gsm7", units: 20, segments: 1 }],
    ["a full segment of them", "€".repeat(80), { encoding: "gsm7", units: 160, segments: 1 }],
    ["76 of them in each of a chain", "€".repeat(152), { encoding: "gsm7", units: 304, segments: 2 }],
    [
      "an extension character that does not fit the rest of a segment",
      `${a(152)}€${a(152)}`,
      { encoding: "gsm7", units: 306, segments: 3 },
    ],
    ["a typographic quote", `${a(69)}’`, { encoding: "ucs2", units: 70, segments: 1 }],
    ["one unit more in UCS-2", `${a(70)}’`, { encoding: "ucs2", units: 71, segments: 2 }],
    ["two full segments of UCS-2", `${a(133)}’`, { encoding: "ucs2", units: 134, segments: 2 }],
    ["one more than two in UCS-2", `${a(134)}’`, { encoding: "ucs2", units: 135, segments: 3 }],
    ["an emoji as two units", "🔋", { encoding: "ucs2", units: 2, segments: 1 }],
    ["an emoji that would be cut in two", `${a(66)}🔋${a(66)}`, { encoding: "ucs2", units: 134, segments: 3 }],
  ] as const)("counts %s", (_name, text, length) => {
    expect(smsLength(text)).toEqual(length);
  });

  it("never needs fewer segments for a longer text", () => {
    const texts = fc.string({ unit: fc.constantFrom("a", "€", "ñ", "’", "🔋"), maxLength: 400 });
    fc.assert(
      fc.property(texts, texts, (text, more) => {
        const [short, long] = [smsLength(text), smsLength(text + more)];
        expect(long.segments).toBeGreaterThanOrEqual(short.segments);
        expect(long.units).toBeLessThanOrEqual(long.segments * (long.encoding === "gsm7" ? 160 : 70));
      }),
    );
  });

  it("knows the 127 characters of the default alphabet and the 10 of the extension table", () => {
    const every = Array.from({ length: 0x3_000 }, (_, code) => String.fromCodePoint(code));
    const known = every.filter((character) => smsLength(character).encoding === "gsm7");
    expect([
      known.filter((one) => smsLength(one).units === 1).length,
      known.filter((one) => smsLength(one).units === 2).length,
    ]).toEqual([127, 10]);
  });
});

describe("charactersOutsideGsm7", () => {
  it("names each offender once", () => {
    expect(charactersOutsideGsm7("Chaji – poa ’til 5 – asante 🔋")).toEqual(["–", "’", "🔋"]);
    expect(charactersOutsideGsm7("Rudisha benki ya umeme kituo chochote. TZS 1,000")).toEqual([]);
  });
});
