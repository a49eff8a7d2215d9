// Labels: what is glued onto a station, so that a phone finds its page and a phone without a camera finds its number. One
// label is an SVG of 95 by 138 mm; a sheet is a page of A4 with four of them, or with one as large as the paper. No price
// stands on it: that is data and changes, paper does not.
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { renderQr } from "../lib/qr.ts";
import type { LabelFacts } from "./labels.ts";

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

/** No script, nothing from elsewhere; the drawing carries its colours in attributes. */
export const LABEL_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const WIDTH = 95;
const HEIGHT = 138;
const GREEN = "#0b6e4f";
const DARK = "#06392b";
const YELLOW = "#ffc93c";
const PAPER = "#f6f4ec";
const FONT = "Helvetica Neue, Helvetica, Arial, Liberation Sans, Noto Sans, sans-serif";
/** Letters of a bold grotesque are this wide on average, in parts of their size. */
const LETTER = 0.58;

/** The size at which `text` surely fits into `width` mm; not above `size`. */
const sizeFor = (text: string, width: number, size: number): number =>
  Math.min(size, Math.round((width / (Math.max(1, text.length) * LETTER)) * 100) / 100);

/** Two lines of about the same length where one would be too small to read. */
const nameLines = (name: string, width: number, size: number): string[] => {
  if (sizeFor(name, width, size) === size) return [name];
  const middle = name.length / 2;
  const breaks = [...name.matchAll(/ /g)].map(({ index }) => index);
  const at = breaks.toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
  return at === undefined ? [name] : [name.slice(0, at), name.slice(at + 1)];
};

interface Line {
  x?: number;
  y: number;
  size: number;
  width?: number;
  fill?: string;
  weight?: number;
  anchor?: "start" | "middle" | "end";
  spacing?: number;
}

const line = (
  text: string,
  { x = WIDTH / 2, y, size, width, fill = DARK, weight = 400, anchor = "middle", spacing = 0 }: Line,
): Markup =>
  html`<text
    x="${x}"
    y="${y}"
    font-size="${width === undefined ? size : sizeFor(text, width, size)}"
    font-weight="${weight}"
    fill="${fill}"
    text-anchor="${anchor}"
    letter-spacing="${spacing}"
  >
    ${text}
  </text>`;

/** A bank with a bolt in it. */
const mark = html`<g transform="translate(8 6.6)">
  <rect x="0" y="2" width="10.4" height="15.4" rx="2.2" fill="${YELLOW}" />
  <rect x="3.1" y="0" width="4.2" height="2.6" rx="0.9" fill="${YELLOW}" />
  <path d="M6.1 4.6 2.4 10.6h2.5L4.3 15l3.8-6.1H5.5z" fill="${GREEN}" />
</g>`;

const step = (n: number, y: number, swahili: string, english: string): Markup =>
  html`<circle cx="10.6" cy="${y - 1.1}" r="2.9" fill="${GREEN}" />
    ${line(String(n), { x: 10.6, y: y + 0.2, size: 3.7, fill: "#ffffff", weight: 700 })}
    ${line(swahili, { x: 15.4, y, size: 3.5, width: 73, anchor: "start", weight: 700 })}
    ${line(english, { x: 15.4, y: y + 3.3, size: 2.5, width: 73, anchor: "start", fill: "#56645d" })}`;

/** Ways without a camera; as many as there are. */
const otherWays = ({ dialCode, smsNumber, code }: LabelFacts): string[] => [
  ...(dialCode ? [`Simu ndogo? Piga ${dialCode}`] : []),
  ...(smsNumber ? [`SMS: KODI ${code} kwenda ${smsNumber}`] : []),
];

/** One label as an SVG element: in its own size, unless a sheet says another. */
export const labelSvg = (label: LabelFacts): Markup => {
  const ways = otherWays(label);
  // What the digits of the number leave.
  const nameWidth = Math.min(44, 73.4 - label.code.length * 6.6);
  const names = nameLines(label.name, nameWidth, 3.3);
  const isOneLine = names.length === 1;
  const shown = label.address.replace(/^https?:\/\//, "");
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${WIDTH}mm"
    height="${HEIGHT}mm"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    font-family="${FONT}"
    role="img"
    aria-label="ChajiPoa ${label.code}"
  >
    <rect width="${WIDTH}" height="${HEIGHT}" rx="4" fill="${PAPER}" />
    <path d="M4 0h87a4 4 0 0 1 4 4v34H0V4a4 4 0 0 1 4-4z" fill="${GREEN}" />
    ${mark} ${line("ChajiPoa", { x: 22, y: 15.6, size: 9.4, anchor: "start", fill: "#ffffff", weight: 800 })}
    ${line("Kodi power bank hapa", { x: 22.2, y: 21.9, size: 4.4, anchor: "start", fill: YELLOW, weight: 700 })}
    <rect x="17.5" y="26.5" width="60" height="60" rx="3.4" fill="#ffffff" stroke="${DARK}" stroke-width="0.5" />
    <svg x="19.5" y="28.5" width="56" height="56">${raw(renderQr(label.address, { level: "Q", margin: 3 }))}</svg>
    ${line(shown, { y: 90.6, size: 2.7, width: 78, fill: "#56645d" })}
    <rect x="6" y="93" width="83" height="13.4" rx="2.6" fill="${YELLOW}" />
    ${line("NAMBA YA KITUO", { x: 10, y: isOneLine ? 98.7 : 97.6, size: 3.1, anchor: "start", weight: 700, spacing: 0.15 })}
    ${names.map((name, n) => line(name, { x: 10, y: (isOneLine ? 103.3 : 101.4) + n * 3.6, size: 3.3, width: nameWidth, anchor: "start" }))}
    ${line(label.code, { x: 85.4, y: 103.4, size: 11, anchor: "end", weight: 800, spacing: 0.5 })}
    ${step(1, 112, "Skani QR kwa kamera ya simu yako", "Scan the code with your phone’s camera")}
    ${step(2, 119.7, "Lipia kwa simu, chukua power bank", "Pay by mobile money, take a power bank")}
    ${step(3, 127.4, "Irudishe kituo chochote cha ChajiPoa", "Return it to any ChajiPoa station")}
    ${ways.length > 0 ? line(ways.join("  ·  "), { y: 135.1, size: 2.9, width: 86, weight: 700, fill: GREEN }) : ""}
  </svg>`;
};

export type PerSheet = 1 | 4;

/** Pages of A4, ready to print without a change of the browser's settings. */
export const labelSheets = (labels: LabelFacts[], perSheet: PerSheet): Markup => {
  const sheets = Array.from({ length: Math.ceil(labels.length / perSheet) }, (_, n) =>
    labels.slice(n * perSheet, (n + 1) * perSheet),
  );
  return html`<!doctype html>
    <html lang="sw">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>ChajiPoa · ${labels.length === 1 ? labels[0]!.code : `${labels.length} lebo`}</title>
        <style>
          @page {
            size: A4 portrait;
            margin: 0;
          }
          * {
            box-sizing: border-box;
          }
          body {
            margin: 0;
            background: #cfd3cf;
            -webkit-print-color-adjust: exact;
            print-color-adjust: exact;
          }
          section {
            width: 210mm;
            height: 297mm;
            margin: 8mm auto;
            padding: 9.3mm 9mm 0;
            background: #fff;
            display: grid;
            /* The last sheet is cut like the others. */
            align-content: start;
            justify-content: center;
            break-after: page;
            break-inside: avoid;
            overflow: hidden;
          }
          section:last-child {
            break-after: auto;
          }
          .four {
            grid-template-columns: 96mm 96mm;
            grid-auto-rows: 139mm;
          }
          .one {
            grid-template-columns: 192mm;
            grid-auto-rows: 279mm;
          }
          /* Where to cut. */
          div {
            display: grid;
            place-items: center;
            outline: 0.2mm dashed #9aa39d;
          }
          .four div > svg {
            width: 92mm;
            height: 133.6mm;
          }
          .one div > svg {
            width: 188mm;
            height: 273mm;
          }
          @media print {
            body {
              background: #fff;
            }
            section {
              margin: 0;
            }
          }
        </style>
      </head>
      <body>
        ${sheets.map(
          (sheet) =>
            html`<section class="${perSheet === 4 ? "four" : "one"}">
              ${sheet.map((label) => html`<div>${labelSvg(label)}</div>`)}
            </section>`,
        )}
      </body>
    </html>`;
};
