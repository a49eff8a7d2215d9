import type { BookBreak, BooksReport, TrialBalance } from "../../src/books/service.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/lib/clock.ts";

/** Columns as wide as their widest cell; those named in `right` end at the same place. */
export const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string => {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)]
    .map((text) => `  ${text}`)
    .join("\n");
};

export const shillings = (amountTzs: number | null): string =>
  amountTzs === null
    ? ""
    : String(Math.abs(amountTzs))
        .replace(/\B(?=(\d{3})+$)/g, ",")
        .replace(/^/, amountTzs < 0 ? "-" : "");

export const ageOf = (sinceMs: number | null, nowMs: number): string => {
  if (sinceMs === null) return "";
  const ms = Math.max(0, nowMs - sinceMs);
  if (ms >= 2 * DAY_MS) return `${Math.floor(ms / DAY_MS)} days`;
  if (ms >= 2 * HOUR_MS) return `${Math.floor(ms / HOUR_MS)} hours`;
  return `${Math.floor(ms / MINUTE_MS)} min`;
};

export const trialTable = ({ accounts }: TrialBalance): string => {
  const rows = accounts.map(({ account, debitTzs, creditTzs }) => {
    const balance = debitTzs - creditTzs;
    return [
      account,
      shillings(debitTzs),
      shillings(creditTzs),
      balance > 0 ? shillings(balance) : "",
      balance < 0 ? shillings(-balance) : "",
    ];
  });
  const sum = (of: (one: TrialBalance["accounts"][number]) => number): string =>
    shillings(accounts.reduce((total, one) => total + of(one), 0));
  rows.push([
    "total",
    sum(({ debitTzs }) => debitTzs),
    sum(({ creditTzs }) => creditTzs),
    sum(({ debitTzs, creditTzs }) => Math.max(0, debitTzs - creditTzs)),
    sum(({ debitTzs, creditTzs }) => Math.max(0, creditTzs - debitTzs)),
  ]);
  return table(["account", "debits", "credits", "debit balance", "credit balance"], rows, [1, 2, 3, 4]);
};

const breakRow = (one: BookBreak, nowMs: number): string[] => [
  one.kind,
  one.subject,
  ageOf(one.sinceMs, nowMs),
  shillings(one.amountTzs),
  shillings(one.expectedTzs),
  one.detail ?? "",
];

/** The breaks, then what to do about each kind. */
export const breaksTable = ({ breaks }: BooksReport, nowMs: number): string => {
  const actions = new Map(breaks.map(({ kind, action }) => [kind, action]));
  return [
    table(
      ["break", "what", "age", "TZS", "expected", "detail"],
      breaks.map((one) => breakRow(one, nowMs)),
      [3, 4],
    ),
    "",
    ...[...actions].map(([kind, action]) => `  ${kind}: ${action}`),
  ].join("\n");
};
