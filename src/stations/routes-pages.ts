import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { publicRead } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { pagePolicy } from "../http/page.ts";
import { validate } from "../http/validate.ts";
import { AppError } from "../errors.ts";
import { chooseLocale, type Locale } from "../lib/i18n.ts";
import { stationPage, unknownStationPage } from "./routes-page.ts";
import { StationParam } from "./schemas.ts";
import { pageAddress, readStationPage } from "./service.ts";

/** Short enough for the counts to be worth something, long enough for a phone that goes back and forth. */
const CACHE = "public, max-age=15";

/** The same address in another language; what the screen proved stays in it. */
const inLanguage = (address: string, locale: Locale): string => {
  const url = new URL(address);
  const query = new URLSearchParams({ lang: locale });
  const code = url.searchParams.get("c");
  if (code !== null) query.set("c", code);
  return `${url.pathname}?${query.toString()}`;
};

/** Mounted at /s: what a QR code opens, on a label and on a screen. Whatever else stands in the query is passed over. */
export const stationPages = new Hono<AppEnv>().get(
  "/:code",
  operation({
    id: "showStation",
    summary: "A station as a page, for whoever scans its code",
    tag: "stations",
    access: "public",
    answers: {
      200: { description: "A page in Swahili, or in the language of `lang`", type: "text/html" },
    },
    problems: ["station_unknown", "invalid_request"],
  }),
  publicRead,
  validate("param", StationParam),
  async (c) => {
    const deps = c.get("deps");
    const { code } = c.req.valid("param");
    // Most phones in the country ask for English, whatever their owners speak: only the link on the page changes the language.
    const locale = chooseLocale(c.req.query("lang"));
    const other = inLanguage(c.req.url, locale === "sw" ? "en" : "sw");
    const headers = {
      "Content-Security-Policy": await pagePolicy(),
      "Cache-Control": CACHE,
      "Content-Language": locale,
    };
    const page = await readStationPage(deps, code);
    if (!page) {
      // A person gets a page to read, a program the problem document.
      if (!c.req.header("Accept")?.includes("text/html")) throw new AppError("station_unknown");
      return c.html(unknownStationPage(locale, other), 404, { ...headers, "Cache-Control": "no-store" });
    }
    const { USSD_DIAL_CODE, SMS_NUMBER, RENTER_APP_URL } = deps.config;
    const scanned = c.req.query("c");
    const address = pageAddress(deps, code) + (scanned === undefined ? "" : `?c=${encodeURIComponent(scanned)}`);
    const doors = {
      dialCode: USSD_DIAL_CODE,
      smsNumber: SMS_NUMBER,
      appUrl: RENTER_APP_URL && `${RENTER_APP_URL}?qr=${encodeURIComponent(address)}`,
      otherLanguageUrl: other,
    };
    return c.html(stationPage(page, locale, doors), 200, headers);
  },
);
