import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { publicRead } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { pagePolicy } from "../http/page.ts";
import { chooseLocale } from "../lib/i18n.ts";
import { termsPage } from "./routes-page.ts";
import { readTerms } from "./service.ts";

/** A tariff that is published now is read here soon. */
const CACHE = "public, max-age=300";

/** Mounted at /terms: the address that the menu and text messages name. */
export const termsPages = new Hono<AppEnv>().get(
  "/",
  operation({
    id: "showTerms",
    summary: "The terms that renters agree to, as a page",
    tag: "people",
    access: "public",
    answers: { 200: { description: "A page in Swahili, or in the language of `lang`", type: "text/html" } },
  }),
  publicRead,
  async (c) => {
    const locale = chooseLocale(c.req.query("lang"));
    const terms = await readTerms(c.get("deps"));
    return c.html(termsPage(terms, locale, `/terms?lang=${locale === "sw" ? "en" : "sw"}`), 200, {
      "Content-Security-Policy": await pagePolicy(),
      "Cache-Control": CACHE,
      "Content-Language": locale,
    });
  },
);
