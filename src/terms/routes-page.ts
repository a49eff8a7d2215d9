import { html } from "hono/html";
import { framePage, type Markup } from "../http/page.ts";
import type { Locale } from "../lib/i18n.ts";
import { amountText } from "../lib/wording.ts";
import { english } from "./english.ts";
import type { Terms } from "./service.ts";
import { swahili } from "./swahili.ts";

export const termsPage = (terms: Terms, locale: Locale, otherUrl: string): Markup => {
  const text = locale === "sw" ? swahili(terms) : english(terms);
  const { prices } = text;
  const head = html`<h1>${text.title}</h1>
    <p>${text.version}</p>`;
  const content = html`<section class="card now">${text.intro}</section>
    <section class="card">
      <h2>${prices.title}</h2>
      <dl class="wide">
        ${prices.rows.map(
          ([name, amountTzs]) => html`
            <dt>${name}</dt>
            <dd>${amountText(amountTzs, locale)}</dd>
          `,
        )}
      </dl>
      <p class="hint">${prices.hint}</p>
    </section>
    ${text.sections.map(
      ({ title, points }) =>
        html`<section class="card">
          <h2>${title}</h2>
          <ul class="prose">
            ${points.map((point) => html`<li>${point}</li>`)}
          </ul>
        </section>`,
    )}`;
  return framePage({ locale, title: text.title, head, content, other: text.other, otherUrl });
};
