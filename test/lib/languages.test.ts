/// <reference types="vite/types/importMeta.d.ts" />
// Everything that a person reads is there in both languages. Sources are read as they lie in the tree, so that words which come later are
// covered by being there: a file of words is one whose name ends in `words.ts`, and every file that writes `sw:` has to write as many `en:`.
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { errorDetails } from "../../src/error-details.ts";
import { AppError, catalogue, type ErrorCode } from "../../src/errors.ts";
import type { AppEnv } from "../../src/http/app-env.ts";
import { onError } from "../../src/http/problem.ts";
import { locales } from "../../src/lib/i18n.ts";
import { extremeTexts } from "../../src/messages/templates.ts";

const modules = import.meta.glob<Record<string, unknown>>("../../src/**/*words.ts", { eager: true });
const sources = import.meta.glob<string>("../../src/**/*.ts", { eager: true, query: "?raw", import: "default" });

const codes = Object.keys(catalogue) as ErrorCode[];

/** Nothing that was forgotten: a placeholder, a hole, space at an end. */
const isWritten = (text: string): boolean =>
  text.trim() !== "" && text === text.trim() && !/TODO|FIXME|XXX|undefined|\?\?/.test(text);

describe("a refusal", () => {
  it.each(codes)("%s is told in both languages", async (code) => {
    const app = new Hono<AppEnv>().get("/", () => {
      throw new AppError(code);
    });
    app.onError(onError);
    const told = await Promise.all(
      locales.map(async (locale) => {
        const answer = await app.request("/", { headers: { "Accept-Language": locale } });
        expect(answer.status).toBe(catalogue[code].status);
        const { detail } = await answer.json<{ detail: string }>();
        expect([detail, isWritten(detail) && /[.?!]$/.test(detail)]).toEqual([detail, true]);
        return detail;
      }),
    );
    expect(told).toEqual(locales.map((locale) => errorDetails[code][locale]));
    expect(new Set(told).size).toBe(locales.length);
  });

  it("has words for every code and for no other", () => {
    expect(Object.keys(errorDetails).toSorted()).toEqual(codes.toSorted());
  });
});

describe("a text message", () => {
  it.each(extremeTexts("https://chajipoa.co.tz"))("$name is written in both languages", ({ texts }) => {
    expect(Object.keys(texts).toSorted()).toEqual(locales.toSorted());
    for (const locale of locales)
      for (const text of texts[locale]) expect([text, isWritten(text)]).toEqual([text, true]);
  });
});

/** The choice of a language is itself in both. */
const BOTH = /lugha *\/ *(?:choose a )?language/i;

/** Every place at which the two differ in form, or in which one says nothing. */
const gaps = (sw: unknown, en: unknown, at: string): string[] => {
  if (typeof sw !== typeof en) return [`${at}: ${typeof sw} and ${typeof en}`];
  if (typeof sw === "string" && typeof en === "string") {
    if (sw.trim() === "" || en.trim() === "") return [`${at} says nothing`];
    return sw === en && /\p{L}/u.test(sw) && !BOTH.test(sw) ? [`${at} is not translated: ${sw}`] : [];
  }
  if (typeof sw === "function" && typeof en === "function")
    return sw.length === en.length ? [] : [`${at} takes ${sw.length} and ${en.length} values`];
  if (typeof sw !== "object" || sw === null || en === null) return [];
  const names = new Set([...Object.keys(sw), ...Object.keys(en as object)]);
  return [...names].flatMap((name) => {
    const [one, other] = [(sw as Record<string, unknown>)[name], (en as Record<string, unknown>)[name]];
    if (one === undefined || other === undefined)
      return [`${at}.${name} is missing in ${one === undefined ? "sw" : "en"}`];
    // Lines of a menu, and days of a week, are the same number of things.
    return gaps(one, other, /^\d+$/.test(name) ? `${at}[${name}]` : `${at}.${name}`);
  });
};

const bilingual = (value: unknown): value is Record<"sw" | "en", unknown> =>
  typeof value === "object" && value !== null && "sw" in value && "en" in value;

describe("words of pages and menus", () => {
  const files = Object.keys(modules);

  it("are found", () => {
    expect(files.some((file) => file.endsWith("receipts/routes-page-words.ts"))).toBe(true);
    expect(files.some((file) => file.endsWith("stations/routes-page-words.ts"))).toBe(true);
  });

  it.each(files)("%s has everything in both languages", (file) => {
    const words = Object.entries(modules[file]!).filter(([, value]) => bilingual(value));
    expect(words.length).toBeGreaterThan(0);
    for (const [name, value] of words)
      expect(gaps((value as { sw: unknown }).sw, (value as { en: unknown }).en, name)).toEqual([]);
  });

  it("would be missed when one is not there", () => {
    const full = { a: "moja", b: (n: number) => `${n}`, c: { d: ["x", "y"] } };
    expect(gaps(full, { a: "one", b: (n: number) => `${n}`, c: { d: ["p", "q"] } }, "words")).toEqual([]);
    const holes = { a: "one", c: { d: ["p"] } };
    expect(gaps(full, holes, "words")).toEqual(["words.b is missing in en", "words.c.d.1 is missing in en"]);
    expect(gaps(full, full, "words")).toContain("words.a is not translated: moja");
    expect(gaps({ a: (n: number) => `${n}` }, { a: () => "" }, "words")).toEqual(["words.a takes 1 and 0 values"]);
    expect(gaps({ a: " " }, { a: "x" }, "words")).toEqual(["words.a says nothing"]);
  });
});

describe("a text in the middle of a source", () => {
  it("has as many lines for one language as for the other", () => {
    const count = (text: string, locale: string) =>
      text.match(new RegExp(`(?:^|[{,])\\s*${locale}[:(]`, "gm"))?.length ?? 0;
    const uneven = Object.entries(sources).flatMap(([file, text]) =>
      count(text, "sw") === count(text, "en") ? [] : [`${file}: ${count(text, "sw")} sw, ${count(text, "en")} en`],
    );
    expect(Object.keys(sources).length).toBeGreaterThan(100);
    expect(uneven).toEqual([]);
  });
});

describe("a code to sign in", () => {
  it("is never called what people call their mobile-money PIN, lest they send us that", () => {
    const told = [
      ...(["otp_invalid", "otp_ended", "otp_wait"] as const).flatMap((code) => Object.values(errorDetails[code])),
      ...extremeTexts("")
        .filter(({ name }) => name === "otp")
        .flatMap(({ texts }) => [...texts.sw, ...texts.en]),
    ];
    expect(told.length).toBeGreaterThan(6);
    for (const text of told) expect(text).not.toMatch(/siri|\bPIN\b|secret/i);
  });
});
