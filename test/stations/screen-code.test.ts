import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderQr } from "../../src/lib/qr.ts";
import { StationQr } from "../../src/stations/schemas.ts";
import { checkScreenCode, makeScreenCode, screenAddress } from "../../src/stations/screen-code.ts";
import { readQrs } from "../support/qr-reader.ts";

const drawKey = async (keyId: string) => {
  const pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"])) as CryptoKeyPair;
  const { x, d } = (await crypto.subtle.exportKey("jwk", pair.privateKey)) as { x: string; d: string };
  return { keyId, x, d };
};
const STATION = `stn_${"0".repeat(26)}`;
const NOW = Date.parse("2026-11-25T09:00:00.000Z");

describe("the code on a screen", () => {
  it("is proven for 60 seconds, and for a station whose clock is up to 10 ahead", async () => {
    const key = await drawKey("k1");
    const code = await makeScreenCode(STATION, key, NOW);
    const at = (ms: number) => checkScreenCode(code, STATION, [key], NOW + ms);
    expect(await Promise.all([0, 60_000, -10_000].map(at))).toEqual(Array(3).fill("proven"));
    expect(await Promise.all([60_001, 3_600_000, -10_001].map(at))).toEqual(Array(3).fill("expired"));
  });

  it("is of one station and one of its keys", async () => {
    const [one, two] = [await drawKey("k1"), await drawKey("k2")];
    const code = await makeScreenCode(STATION, two, NOW);
    const check = (stationId: string, keys: (typeof one)[]) => checkScreenCode(code, stationId, keys, NOW);
    expect(await check(STATION, [one, two])).toBe("proven");
    expect(await check(STATION, [one])).toBe("invalid");
    expect(await check(STATION, [{ ...one, keyId: "k2" }])).toBe("invalid");
    expect(await check(STATION.replace(/0$/, "1"), [two])).toBe("invalid");
    expect(await check(STATION, [])).toBe("invalid");
  });

  it("bears no change of a single character, and no text takes the check down", async () => {
    const key = await drawKey("k1");
    const code = await makeScreenCode(STATION, key, NOW);
    const check = (text: string) => checkScreenCode(text, STATION, [key], NOW);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: code.length - 1 }),
        fc.constantFrom("0", "a", "Z", "9", "_", "-", ".", "~"),
        async (at, letter) => {
          const changed = code.slice(0, at) + letter + code.slice(at + 1);
          // The last letter of a signature has four spare bits: another one may stand for the same bytes.
          if (changed === code || at === code.length - 4) return;
          expect(await check(changed)).toBe("invalid");
        },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), async (text) => {
        expect(await check(text)).toBe("invalid");
      }),
    );
  });

  it("fits a QR code of 57 modules, with the longest address, number and key name", async () => {
    const code = await makeScreenCode(STATION, await drawKey("station-2026-11"), NOW);
    const address = screenAddress("https://tz.chajipoa.example/s/100100", code);
    expect(address.length).toBeLessThan(180);
    const drawn = renderQr(address, { margin: 0 });
    expect(Number(/viewBox="0 0 (\d+) /.exec(drawn)![1])).toBeLessThanOrEqual(57);
    expect(readQrs(drawn)).toEqual([address]);
  });
});

describe("what a camera or a person gives", () => {
  const read = (text: string) => StationQr.safeParse(text).data;

  it("is a label's address, a screen's address or a code", async () => {
    const code = await makeScreenCode(STATION, await drawKey("a key/&?"), NOW);
    expect(read("https://chajipoa.test/s/1001")).toEqual({ stationCode: "1001", screenCode: null });
    expect(read("http://chajipoa.test/s/100100/?lang=en#top")).toEqual({ stationCode: "100100", screenCode: null });
    expect(read(screenAddress("https://chajipoa.test/s/1001", code))).toEqual({
      stationCode: "1001",
      screenCode: code,
    });
    expect(read(`https://chajipoa.test/s/1001?lang=en&c=${encodeURIComponent(code)}#x`)?.screenCode).toBe(code);
    expect(read("1001")).toEqual({ stationCode: "1001", screenCode: null });
  });

  it("is nothing else", () => {
    for (const text of [
      "",
      "100",
      "1001000",
      "https://chajipoa.test/s/",
      "https://chajipoa.test/r/1001",
      "https://chajipoa.test/s/1001x",
      "https://chajipoa.test?x=/s/1001",
      "javascript:/s/1001",
      " 1001",
      `https://chajipoa.test/s/1001?c=${"x".repeat(500)}`,
    ])
      expect([text, read(text)]).toEqual([text, undefined]);
  });
});
