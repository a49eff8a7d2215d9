// The page that a station's QR code opens: for any phone and a slow network, in one answer, without a script.
import { html } from "hono/html";
import { framePage, type Markup } from "../http/page.ts";
import { clockText, amountText } from "../lib/wording.ts";
import { HOUR_MS, MINUTE_MS } from "../lib/clock.ts";
import type { Locale } from "../lib/i18n.ts";
import type { OpeningHours } from "./opening-hours.ts";
import type { StationPage } from "./page.ts";
import { minutesSince, weekOf } from "./place.ts";
import { words, type Words } from "./routes-page-words.ts";

/** How to reach us, and this very address as the renter's phone read it. */
export interface PageDoors {
  dialCode: string | null;
  smsNumber: string | null;
  /** Of the renter's app, with what was scanned; null where there is none. */
  appUrl: string | null;
  /** The same page in the other language. */
  otherLanguageUrl: string;
}

const freshness = (text: Words, { station, nowMs }: StationPage): string => {
  const minutes = minutesSince(station.seenAt, nowMs);
  if (minutes === null) return text.never;
  const age =
    minutes < 1
      ? text.now
      : minutes < 60
        ? text.minutesAgo(minutes)
        : minutes < 48 * 60
          ? text.hoursAgo(Math.floor(minutes / 60))
          : text.longAgo;
  return `${text.fresh} ${age}`;
};

const span = (text: Words, minutes: number): string =>
  minutes % 60 === 0 ? text.hours(minutes / 60) : text.minutes(minutes);

const prices = (locale: Locale, { station, price }: StationPage): Markup => {
  const text = words[locale];
  const { tariff } = station;
  const rows: [string, number][] = [
    [text.first(span(text, price.includedMinutes)), tariff.baseFeeTzs],
    ...(tariff.maxExtensions > 0
      ? ([[text.extension(span(text, tariff.extensionMinutes)), tariff.extensionFeeTzs]] as [string, number][])
      : []),
    [text.late(tariff.graceMinutes), tariff.lateFeeTzs],
    [text.capDay, tariff.capPer24hTzs],
    [text.capTotal, tariff.capTotalTzs],
    [text.lost, tariff.replacementTzs],
    [text.worst, price.worstCaseTzs],
    [text.deposit, price.depositTzs],
  ];
  return html`<section class="card">
    <h2>${text.price}</h2>
    <dl>
      ${rows.map(
        ([name, amount]) => html`
          <dt>${name}</dt>
          <dd>${amountText(amount, locale)}</dd>
        `,
      )}
    </dl>
    <p class="hint">
      ${tariff.freeReturnMinutes > 0 && tariff.freeReturnsPerDay > 0 ? text.free(tariff.freeReturnMinutes) : ""}
      ${text.vat}
    </p>
  </section>`;
};

/** `08:00` as people read it in this language. */
const clock = (time: string, locale: Locale): string =>
  clockText(Number(time.slice(0, 2)) * HOUR_MS + Number(time.slice(3)) * MINUTE_MS - 3 * HOUR_MS, locale);

const opening = (locale: Locale, hours: OpeningHours): Markup => {
  const text = words[locale];
  const days = ({ from, to }: { from: number; to: number }) =>
    from === 1 && to === 7
      ? text.everyDay
      : from === to
        ? text.days[from - 1]!
        : `${text.days[from - 1]!} – ${text.days[to - 1]!}`;
  return html`<section class="card">
    <h2>${text.opening}</h2>
    ${
      hours === null
        ? text.always
        : html`<dl class="hours">
            ${weekOf(hours).map(
              (week) => html`
                <dt>${days(week)}</dt>
                <dd class="times">
                  ${week.times.map(({ opens, closes }) => `${clock(opens, locale)} – ${clock(closes, locale)}`).join(", ")}
                </dd>
              `,
            )}
          </dl>`
    }
    <p class="hint">${text.returns}</p>
  </section>`;
};

const renting = (locale: Locale, { station, readiness }: StationPage, doors: PageDoors): Markup => {
  const text = words[locale];
  const { dialCode, smsNumber, appUrl } = doors;
  const { code } = station;
  // A station that takes only its screen's code cannot be rented at from afar, by whatever keypad.
  const isOpenToAll = station.acceptsStaticCode;
  return html`<section class="card">
    <h2>${text.rent}</h2>
    ${appUrl && readiness === "ready" ? html`<a class="go" href="${appUrl}">${text.openApp}</a>` : ""}
    <ul class="ways">
      <li>${text.byApp} ${isOpenToAll ? "" : html`<b>${text.screenOnly}</b>`}</li>
      ${
        dialCode && isOpenToAll
          ? html`<li>
              ${text.byDial(dialCode, code)} <a href="tel:${encodeURIComponent(dialCode)}">${text.dial} ${dialCode}</a>
            </li>`
          : ""
      }
      ${
        smsNumber && isOpenToAll
          ? html`<li>
              ${text.bySms(smsNumber, code)}
              <a href="sms:${encodeURIComponent(smsNumber)}?body=${encodeURIComponent(`KODI ${code}`)}"
                >${text.sendSms}</a
              >
            </li>`
          : ""
      }
      <li>${text.payWith}</li>
    </ul>
    <p class="number">${text.station} <b>${code}</b></p>
  </section>`;
};

export const stationPage = (page: StationPage, locale: Locale, doors: PageDoors): Markup => {
  const text = words[locale];
  const { station, readiness, alternatives } = page;
  const count = (name: string, value: number | null) =>
    html`<div class="${value ? "some" : "none"}"><b>${value ?? "–"}</b><span>${name}</span></div>`;
  const head = html`<h1>${station.name}</h1>
    <p>${station.address}</p>`;
  const content = html`<section class="card now">
      <p class="state ${readiness}">${text[readiness]}</p>
      ${readiness === "closed" || readiness === "no_banks" ? html`<p class="hint">${text.returnAnyway}</p>` : ""}
      <div class="counts">${count(text.banks, station.freeBanks)} ${count(text.slots, station.freeSlots)}</div>
      <small>${freshness(text, page)}</small>
    </section>
    ${
      alternatives.length > 0
        ? html`<section class="card near">
            <h2>${text.near}</h2>
            <ul>
              ${alternatives.map(
                (one) =>
                  html`<li>
                    <a href="/s/${one.code}${locale === "en" ? "?lang=en" : ""}"
                      ><span
                        >${one.name} ·
                        ${one.distanceMeters < 950 ? `${Math.ceil(one.distanceMeters / 50) * 50} m` : `${(one.distanceMeters / 1_000).toFixed(1)} km`}</span
                      >
                      <b>${one.freeBanks}</b></a
                    >
                  </li>`,
              )}
            </ul>
          </section>`
        : ""
    }
    ${renting(locale, page, doors)} ${prices(locale, page)} ${opening(locale, station.openingHours)}
    <footer><a href="/terms${locale === "en" ? "?lang=en" : ""}">${text.terms}</a></footer>`;
  return framePage({ locale, title: station.name, head, content, other: text.other, otherUrl: doors.otherLanguageUrl });
};

/** For whoever typed or scanned a number that no station has. */
export const unknownStationPage = (locale: Locale, otherLanguageUrl: string): Markup => {
  const text = words[locale];
  return framePage({
    locale,
    title: text.unknown,
    head: html`<h1>${text.unknown}</h1>`,
    content: html`<section class="card now">${text.unknownHint}</section>`,
    other: text.other,
    otherUrl: otherLanguageUrl,
  });
};
