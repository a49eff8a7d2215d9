// The terms, at the address that the menu and text messages name.
import { beforeAll, describe, expect, test } from "vitest";
import { fromBase64 } from "../../src/lib/bytes.ts";
import { defaultTariff } from "../../src/pricing/tariff.ts";
import { english } from "../../src/terms/english.ts";
import { DISPUTE_DAYS, ERASE_DAYS, readTerms, type Terms } from "../../src/terms/service.ts";
import { swahili } from "../../src/terms/swahili.ts";
import { words } from "../../src/ussd/words.ts";
import { startApp, type TestApp } from "../http/harness.ts";
import { neon, sql } from "../support/control.ts";

let app: TestApp;
const open = async (path: string, headers: Record<string, string> = {}) => {
  const response = await app.request("GET", path, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const publish = (version: number, terms: Partial<typeof defaultTariff>) =>
  sql("insert into tariffs (id, name, version, terms, created_at) values ($1, 'default', $2, $3, now())", [
    `trf_terms${version}`,
    version,
    JSON.stringify({ ...defaultTariff, ...terms }),
  ]);

beforeAll(() => {
  app = startApp({ settings: { WITHDRAWAL_FEE_TZS: "250", CONTACT_EMAIL: "msaada@chajipoa.test" } });
});

describe("GET /terms", () => {
  test("is in Swahili, unless the reader chooses English on it; it is where the menu says", async () => {
    expect(words.sw.register("chajipoa.test")).toContain("chajipoa.test/terms");
    const { status, headers, text } = await open("/terms", { "Accept-Language": "en" });
    expect([status, headers.get("Content-Language")]).toEqual([200, "sw"]);
    expect(text).toContain("<h1>Masharti</h1>");
    expect(text).toContain("Toleo 2026-11");
    const [, choice] = /<a href="([^"]+)" hreflang="en"/.exec(text)!;
    const chosen = await open(choice!);
    expect(chosen.headers.get("Content-Language")).toBe("en");
    expect(chosen.text).toContain("<h1>Terms</h1>");
  });

  test("names the figures that the platform comes with, and from then on those that finance published last", async () => {
    expect((await open("/terms")).text).toContain("Sh 25,000");
    await publish(1, { baseFeeTzs: 1_100 });
    await publish(2, { baseFeeTzs: 1_200, freeReturnsPerDay: 0, maxExtensions: 0 });
    const cost = await neon.during(async () => {
      const { text } = await open("/terms?lang=en");
      expect(text).toContain("TZS 1,200");
      expect(text).not.toContain("TZS 1,100");
      expect(text).not.toMatch(/it costs nothing, up to|buy more time/);
      expect(text).toContain("TZS 250");
      expect(text).toContain("msaada@chajipoa.test");
    });
    expect(cost.requests).toBe(1);
  });

  test("has no script and fetches nothing; its policy allows its one style by its hash", async () => {
    const { text, headers } = await open("/terms");
    expect(text).not.toMatch(/<script|javascript:|<link|<img|<iframe|@import|url\(|\son\w+=|\sstyle=/i);
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(text)!;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style)));
    const policy = headers.get("Content-Security-Policy")!;
    expect(fromBase64(/style-src 'sha256-([^']+)'/.exec(policy)![1]!)).toEqual(digest);
    expect(policy).toContain("default-src 'none'");
    expect(text.length).toBeLessThan(20_000);
  });
});

describe("the terms", () => {
  test("say in both languages the same figures, section by section", async () => {
    const terms = await readTerms(app.deps);
    const sampled: Terms = { ...terms, tariff: { ...defaultTariff, lostAfterHours: 71, foundWithinDays: 44 } };
    const figures = (text: string): string[] => (text.match(/\d+(,\d{3})*/g) ?? []).toSorted();
    const [sw, en] = [swahili(sampled), english(sampled)];
    expect(sw.prices.rows.map(([, amountTzs]) => amountTzs)).toEqual(en.prices.rows.map(([, amountTzs]) => amountTzs));
    expect(sw.sections.map(({ points }) => points.length)).toEqual(en.sections.map(({ points }) => points.length));
    // Quiet hours are said in the hours of either language.
    const points = (text: typeof sw) =>
      text.sections.flatMap((section) => section.points).filter((point) => !/utulivu|quiet/.test(point));
    expect(points(sw).map(figures)).toEqual(points(en).map(figures));
    expect(points(en).join()).toContain("71 hours");
    expect(points(en).join()).toContain("44 days");
  });

  test("name the days that the database goes by", async () => {
    const source = async (name: string) =>
      (await sql<{ text: string }>("select pg_get_functiondef($1::regproc) as text", [name]))[0]!.text;
    expect(await source("dispute_open")).toContain(`interval '${DISPUTE_DAYS} days'`);
    expect(await source("accounts_erase")).toContain(`interval '${ERASE_DAYS} days'`);
    const [quiet] = await sql<{ from: number; to: number }>(
      `select max(case attname when 'quiet_from_minute' then pg_get_expr(adbin, adrelid) end)::int as from,
         max(case attname when 'quiet_to_minute' then pg_get_expr(adbin, adrelid) end)::int as to
       from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum where adrelid = 'users'::regclass`,
    );
    expect(quiet).toEqual({ from: 22 * 60, to: 6 * 60 });
  });
});
