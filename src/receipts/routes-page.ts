// Receipts and credit notes as pages: opened from the text message on a cheap phone, printed on paper, without a script.
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Locale } from "../lib/i18n.ts";
import { renderQr } from "../lib/qr.ts";
import { words } from "./routes-page-words.ts";
import { creditNoteView, receiptView } from "./schemas.ts";
import type { CreditNoteRecord, ReceiptDetails } from "./service.ts";

type Page = HtmlEscapedString | Promise<HtmlEscapedString>;

/** For the page alone: no script, no picture from elsewhere, styles of its own. */
export const RECEIPT_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const amount = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/** Day and time on the wall in Dar es Salaam. */
const localTime = (atMs: number): string => new Date(atMs + 3 * 3_600_000).toISOString().slice(0, 16).replace("T", " ");

const pairs = (rows: [string, string][]) =>
  rows.map(
    ([name, value]) => html`
      <dt>${name}</dt>
      <dd>${value}</dd>
    `,
  );

const frame = (locale: Locale, title: string, content: Page): Page =>
  html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>ChajiPoa · ${title}</title>
        <style>
          body {
            margin: 0;
            background: #f3f1ea;
            color: #1d2420;
            font:
              16px/1.45 system-ui,
              sans-serif;
          }
          main {
            max-width: 24rem;
            margin: 1rem auto;
            padding: 1.25rem;
            background: #fff;
            border-radius: 0.75rem;
          }
          h1 {
            margin: 0 0 0.25rem;
            font-size: 1.4rem;
            color: #0b6e4f;
          }
          dl {
            display: grid;
            grid-template-columns: auto 1fr;
            gap: 0.2rem 0.9rem;
            margin: 1rem 0;
          }
          dt {
            color: #5c665f;
          }
          dd {
            margin: 0;
            text-align: right;
            overflow-wrap: anywhere;
          }
          table {
            width: 100%;
            border-collapse: collapse;
          }
          td {
            padding: 0.35rem 0;
            border-top: 1px solid #e4e1d6;
          }
          td:last-child {
            text-align: right;
            white-space: nowrap;
          }
          tr.total td {
            border-top: 2px solid #1d2420;
            font-weight: 700;
            font-size: 1.15rem;
          }
          .qr {
            width: 9rem;
            margin: 1rem auto 0.5rem;
          }
          .qr svg {
            display: block;
            width: 100%;
          }
          p {
            text-align: center;
            color: #5c665f;
          }
          @media print {
            body {
              background: #fff;
            }
            main {
              margin: 0;
              padding: 0;
            }
          }
        </style>
      </head>
      <body>
        <main>
          <h1>ChajiPoa</h1>
          ${title} ${content}
          <p>${words[locale].thanks}</p>
        </main>
      </body>
    </html>`;

interface Sums {
  totalTzs: number;
  netTzs: number;
  vatTzs: number;
  vatPercent: number;
}

const sums = (locale: Locale, { totalTzs, netTzs, vatTzs, vatPercent }: Sums): Page =>
  html`<tr class="total">
      <td>${words[locale].total}</td>
      <td>TZS ${amount(totalTzs)}</td>
    </tr>
    <tr>
      <td>${words[locale].net}</td>
      <td>${amount(netTzs)}</td>
    </tr>
    <tr>
      <td>VAT ${vatPercent} %</td>
      <td>${amount(vatTzs)}</td>
    </tr>`;

export const receiptPage = (receipt: ReceiptDetails, locale: Locale, link: string): Page => {
  const view = receiptView(receipt);
  const text = words[locale];
  const { fiscal } = view;
  const content = html`<dl>
      ${pairs([
        ...(fiscal
          ? ([
              ["", fiscal.taxpayer],
              ["TIN", fiscal.tin],
              ["VRN", fiscal.vrn],
              ["UIN", fiscal.uin],
              [text.taxOffice, fiscal.taxOffice],
            ] satisfies [string, string][])
          : []),
        [text.number, view.number ?? text.pending],
        ...(fiscal
          ? ([
              [text.device, fiscal.deviceSerial],
              [text.zNumber, `${fiscal.dailyCounter}/${fiscal.zNumber}`],
            ] satisfies [string, string][])
          : []),
        // The device's own time: the authority's page asks for it.
        [text.issued, fiscal ? localSeconds(Date.parse(fiscal.issuedAt)) : localTime(Date.parse(view.issuedAt))],
        [text.from, `${receipt.stationName}, ${localTime(receipt.startedAtMs)}`],
        [text.to, `${receipt.returnStationName ?? text.lost}, ${localTime(receipt.endedAtMs)}`],
      ])}
    </dl>
    <table>
      ${view.lines.map(
        (line) =>
          html`<tr>
            <td>${text[line.kind]}${line.quantity > 1 ? ` × ${line.quantity}` : ""}</td>
            <td>${amount(line.grossTzs)}</td>
          </tr>`,
      )}
      ${sums(locale, view)}
      ${view.creditNotes.map(
        (note) =>
          html`<tr>
            <td>${text.credited} ${note.number ?? ""}</td>
            <td>${amount(note.totalTzs)}</td>
          </tr>`,
      )}
    </table>
    ${view.totalTzs === 0 ? html`<p>${text.free}</p>` : ""}
    <div class="qr">${raw(renderQr(fiscal?.verifyUrl ?? link))}</div>
    ${
      fiscal
        ? html`<p>${text.verification}<br /><a href="${fiscal.verifyUrl}">${fiscal.verificationCode}</a></p>
            <p>${text.scan}</p>`
        : ""
    }`;
  return frame(locale, text.title, content);
};

const localSeconds = (atMs: number): string =>
  new Date(atMs + 3 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");

export const creditNotePage = (note: CreditNoteRecord, locale: Locale, link: string): Page => {
  const view = creditNoteView(note);
  const text = words[locale];
  const content = html`<dl>
      ${pairs([
        [text.creditNumber, view.number ?? text.pending],
        [text.issued, localTime(note.issuedAtMs)],
        [text.ofReceipt, `${view.receiptNumber ?? text.pending}, ${localTime(note.receipt.issuedAtMs)}`],
      ])}
    </dl>
    <table>
      ${view.lines.map(
        (line) =>
          html`<tr>
            <td>${text[line.kind]}</td>
            <td>${amount(line.grossTzs)}</td>
          </tr>`,
      )}
      ${sums(locale, view)}
    </table>
    <p>${text.toWallet}</p>
    <div class="qr">${raw(renderQr(link))}</div>`;
  return frame(locale, text.credit, content);
};
