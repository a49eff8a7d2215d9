// What public pages have in common: one answer, no script, one style that the policy allows by its hash, two languages.
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { toBase64, utf8 } from "../lib/bytes.ts";
import type { Locale } from "../lib/i18n.ts";
import { STYLE } from "./page-style.ts";

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

let policy: Promise<string> | undefined;
/** Nothing but the page itself and the one style that it carries. */
export const pagePolicy = (): Promise<string> =>
  (policy ??= crypto.subtle
    .digest("SHA-256", utf8(STYLE))
    .then(
      (digest) =>
        `default-src 'none'; style-src 'sha256-${toBase64(new Uint8Array(digest))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    ));

const mark = html`<svg viewBox="0 0 10.4 17.4" aria-hidden="true">
  <rect y="2" width="10.4" height="15.4" rx="2.2" fill="#ffc93c" />
  <rect x="3.1" width="4.2" height="2.6" rx=".9" fill="#ffc93c" />
  <path d="M6.1 4.6 2.4 10.6h2.5L4.3 15l3.8-6.1H5.5z" fill="#0b6e4f" />
</svg>`;

export interface Framed {
  locale: Locale;
  title: string;
  head: Markup;
  content: Markup;
  /** The other language, and where the same page is in it. */
  other: string;
  otherUrl: string;
}

export const framePage = ({ locale, title, head, content, other, otherUrl }: Framed): Markup =>
  html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="theme-color" content="#0b6e4f" />
        <title>${title} · ChajiPoa</title>
        ${raw(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <header>
          <div class="bar">
            <span class="brand">${mark} ChajiPoa</span>
            <a href="${otherUrl}" hreflang="${locale === "sw" ? "en" : "sw"}">${other}</a>
          </div>
          ${head}
        </header>
        <main>${content}</main>
      </body>
    </html>`;
