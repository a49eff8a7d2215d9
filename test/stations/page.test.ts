// The page behind a station's QR code, as a phone gets it.
import { beforeAll, describe, expect, it } from "vitest";
import { fromBase64 } from "../../src/lib/bytes.ts";
import { startApp, type TestApp } from "../http/harness.ts";
import { neon, redis, sql } from "../support/control.ts";
import { createStation, type TestStation } from "../support/factories.ts";

const settings = {
  USSD_DIAL_CODE: "*149*46#",
  SMS_NUMBER: "15054",
  RENTER_APP_URL: "https://app.chajipoa.test/",
  PUBLIC_BASE_URL: "https://page.chajipoa.test",
};

const seen = (station: TestStation, freeBanks: number, secondsAgo = 20) =>
  sql(
    `insert into station_projections (station_id, version, free_banks, free_slots, is_online, seen_at)
     values ($1, 1, $2, 3, true, now() - $3 * interval '1 second')
     on conflict (station_id) do update set free_banks = excluded.free_banks, seen_at = excluded.seen_at`,
    [station.id, freeBanks, secondsAgo],
  );

let app: TestApp;
let station: TestStation;
const open = async (path: string, headers: Record<string, string> = { Accept: "text/html" }) => {
  const response = await app.request("GET", path, { headers });
  const text = await response.text();
  await app.settle();
  return { status: response.status, headers: response.headers, text };
};

beforeAll(async () => {
  app = startApp({ settings });
  station = await createStation();
  await seen(station, 5);
});

describe("the page of a station", () => {
  it("is in Swahili, whatever the phone asks for, unless the reader chooses English on it", async () => {
    const swahili = await open(`/s/${station.code}`);
    expect([swahili.status, swahili.headers.get("Content-Language")]).toEqual([200, "sw"]);
    expect(swahili.text).toContain('<html lang="sw">');
    expect(swahili.text).toContain("Jinsi ya kukodi");
    expect(swahili.text).toContain('<a href="/terms">Masharti</a>');
    const phone = await open(`/s/${station.code}`, { "Accept-Language": "en-GB,en;q=0.9" });
    expect(phone.headers.get("Content-Language")).toBe("sw");
    const [, choice] = />English</.test(swahili.text) ? /<a href="([^"]+)" hreflang="en"/.exec(swahili.text)! : [];
    const english = await open(choice!.replaceAll("&amp;", "&"));
    expect(english.headers.get("Content-Language")).toBe("en");
    expect(english.text).toContain("How to rent");
    expect(english.text).toContain(">Kiswahili<");
  });

  it("says what is free and since when, and what it costs by the station's own tariff", async () => {
    const dear = await createStation({ terms: { baseFeeTzs: 1_500, replacementTzs: 30_000 } });
    await seen(dear, 4, 130);
    const { text } = await open(`/s/${dear.code}`);
    expect(text).toMatch(/<b>4<\/b><span>Power bank zilizopo/);
    expect(text).toMatch(/<b>3<\/b><span>Nafasi za kurudishia/);
    expect(text).toContain("dakika 2 zilizopita");
    expect(text).toContain("Sh 1,500");
    expect(text).toContain("Sh 30,000");
    expect(text).toContain(`<b>${dear.code}</b>`);
  });

  it("has no script and fetches nothing; its policy allows its one style by its hash", async () => {
    const { text, headers } = await open(`/s/${station.code}`);
    expect(text).not.toMatch(/<script|javascript:|<link|<img|<iframe|@import|url\(|\son\w+=/i);
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(text)!;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style)));
    const policy = headers.get("Content-Security-Policy")!;
    const [, hash] = /style-src 'sha256-([^']+)'/.exec(policy)!;
    expect(fromBase64(hash!)).toEqual(digest);
    expect(policy).toContain("default-src 'none'");
    expect(text).not.toMatch(/\sstyle=/);
  });

  it("is small: under 8 KB, and under 3 KB on the wire", async () => {
    const { text } = await open(`/s/${station.code}`);
    expect(new TextEncoder().encode(text).length).toBeLessThan(8_000);
    const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    expect((await new Response(packed).arrayBuffer()).byteLength).toBeLessThan(3_000);
  });

  it("offers every way in that there is, and takes what the screen proved along", async () => {
    const { text } = await open(`/s/${station.code}?c=1.abc.xyz.k1&utm=x`);
    expect(text).toContain('href="tel:*149*46%23"');
    expect(text).toContain(`href="sms:15054?body=KODI%20${station.code}"`);
    const scanned = encodeURIComponent(`https://page.chajipoa.test/s/${station.code}?c=1.abc.xyz.k1`);
    expect(text).toContain(`href="https://app.chajipoa.test/?qr=${scanned}"`);
    expect(text).toContain(`href="/s/${station.code}?lang=en&amp;c=1.abc.xyz.k1"`);
    const bare = startApp({ settings: { USSD_DIAL_CODE: "", SMS_NUMBER: "", RENTER_APP_URL: "" } });
    expect(await (await bare.request("GET", `/s/${station.code}`)).text()).not.toMatch(/tel:|sms:|class="go"/);
  });

  it("of a station that takes only its screen's code says so, and offers no way from afar", async () => {
    const strict = await createStation();
    await seen(strict, 5);
    await sql("update stations set accepts_static_code = false where id = $1", [strict.id]);
    const { text } = await open(`/s/${strict.code}`);
    expect(text).toContain("QR ya kwenye skrini");
    expect(text).not.toMatch(/tel:|sms:/);
  });

  it("shows a name as text, whatever it holds", async () => {
    await sql(`update stations set name = '<script>alert(1)</script>' where id = $1`, [station.id]);
    const { text } = await open(`/s/${station.code}`);
    await sql(`update stations set name = 'Kariakoo' where id = $1`, [station.id]);
    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toContain("<script");
    expect((await open(`/s/${station.code}?c=%22%3E%3Cscript%3E`)).text).not.toContain("<script");
  });
});

describe("a station where nothing can be rented", () => {
  it.each([
    ["no_banks", "Hakuna power bank kwa sasa", "update station_projections set free_banks = 0 where station_id = $1"],
    [
      "offline",
      "Kituo hakipatikani kwa sasa",
      "update station_projections set is_online = false where station_id = $1",
    ],
    ["out_of_service", "Kituo hakitoi huduma", "update stations set is_in_service = false where id = $1"],
  ])("%s: says why and leads to those nearby that have something", async (readiness, words, statement) => {
    const poor = await createStation();
    await seen(poor, 5);
    await sql(statement, [poor.id]);
    const { text } = await open(`/s/${poor.code}`);
    expect(text).toContain(words);
    expect(text).toContain(`class="state ${readiness}"`);
    expect(text).toContain(`href="/s/${station.code}"`);
    expect(text).not.toContain(`href="/s/${poor.code}"`);
    expect(text).not.toContain('class="go"');
  });
});

it("a number that no station has is a page for a person and a problem for a program", async () => {
  const person = await open("/s/4321");
  expect(person.status).toBe(404);
  expect(person.text).toContain("Kituo hiki hakijulikani");
  const program = await app.call("GET", "/s/4321");
  expect([program.status, program.body["code"]]).toEqual([404, "station_unknown"]);
  expect((await app.call("GET", "/s/12")).status).toBe(400);
});

it("costs one read, nothing of Redis, and may be kept for a quarter of a minute", async () => {
  let inRedis = { requests: -1 };
  const inPostgres = await neon.during(async () => {
    inRedis = await redis.during(() => open(`/s/${station.code}`));
  });
  expect([inPostgres.requests, inRedis.requests]).toEqual([1, 0]);
  const { headers } = await open(`/s/${station.code}`);
  expect(headers.get("Cache-Control")).toBe("public, max-age=15");
  expect(headers.get("Vary") ?? "").not.toContain("Accept-Language");
});
