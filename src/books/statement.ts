// A provider's statement as a file, turned into lines. All or nothing: a file with one row that is not understood is refused
// with that row's number, because half a statement would stop wallets for the other half.
import { parseCsv } from "./csv.ts";
import { StatementLine } from "./schemas.ts";
import { plainName, type StatementField, type StatementFormat } from "./statement-formats.ts";

export interface StatementProblem {
  /** Counted from 1 among the rows that are not empty; null for the file as a whole. */
  row: number | null;
  what: string;
}

export type ParsedStatement =
  | { status: "read"; lines: StatementLine[]; ignored: number }
  | { status: "refused"; problems: StatementProblem[] };

const REQUIRED: readonly StatementField[] = ["providerReference", "amount", "status", "time"];
/** A title, an account, a period may stand above the header. */
const HEADER_ROWS = 20;
const MOST_PROBLEMS = 20;

export const parseStatement = (text: string, format: StatementFormat): ParsedStatement => {
  let rows: string[][];
  try {
    rows = parseCsv(text);
  } catch (error) {
    return { status: "refused", problems: [{ row: null, what: error instanceof Error ? error.message : "not CSV" }] };
  }
  const header = findHeader(rows, format);
  if (!header) {
    const wanted = REQUIRED.map((field) => `${field} (${format.columns[field].join(", ")})`).join("; ");
    return { status: "refused", problems: [{ row: null, what: `no header row with these columns: ${wanted}` }] };
  }
  const problems: StatementProblem[] = [];
  const lines = new Map<string, StatementLine>();
  let ignored = 0;
  for (const [i, row] of rows.entries()) {
    if (i <= header.row) continue;
    const line = readLine(row, header.columns, format);
    if (line === "ignored") ignored++;
    else if ("what" in line) problems.push({ row: i + 1, what: line.what });
    else {
      const key = `${line.direction} ${line.providerReference}`;
      const before = lines.get(key);
      if (before && before.amountTzs !== line.amountTzs)
        problems.push({ row: i + 1, what: `another amount for ${line.providerReference}` });
      // The later row is the later state.
      lines.set(key, line);
    }
  }
  if (problems.length > 0) return { status: "refused", problems: problems.slice(0, MOST_PROBLEMS) };
  if (lines.size === 0) return { status: "refused", problems: [{ row: null, what: "no transaction in it" }] };
  return { status: "read", lines: [...lines.values()], ignored };
};

type Columns = Partial<Record<StatementField, number>>;

const findHeader = (
  rows: readonly string[][],
  { columns }: StatementFormat,
): { row: number; columns: Columns } | null => {
  for (const [row, cells] of rows.slice(0, HEADER_ROWS).entries()) {
    const names = cells.map(plainName);
    const taken = new Set<number>();
    const found: Columns = {};
    for (const field of Object.keys(columns) as StatementField[]) {
      const index = columns[field].map((name) => names.indexOf(name)).find((at) => at >= 0 && !taken.has(at));
      if (index === undefined) continue;
      taken.add(index);
      found[field] = index;
    }
    if (REQUIRED.every((field) => found[field] !== undefined)) return { row, columns: found };
  }
  return null;
};

const readLine = (
  row: readonly string[],
  columns: Columns,
  format: StatementFormat,
): StatementLine | "ignored" | { what: string } => {
  const cell = (field: StatementField): string => {
    const index = columns[field];
    return index === undefined ? "" : (row[index]?.trim() ?? "");
  };
  const amount = readAmount(cell("amount"));
  const direction = readDirection(cell("direction"), amount, columns.direction !== undefined, format);
  if (direction === "ignored") return "ignored";
  if (direction === null) return { what: `direction "${cell("direction")}" is not known` };
  if (amount === null || amount === 0) return { what: "the amount is not a whole number of shillings" };
  const status = readStatus(cell("status"), format);
  if (!status) return { what: `status "${cell("status")}" is not known` };
  const occurredAtMs = readTime(cell("time"), format.zoneMinutes);
  if (occurredAtMs === null) return { what: "the time is not a time" };
  const line = StatementLine.safeParse({
    providerReference: cell("providerReference"),
    ourReference: cell("ourReference") || null,
    direction,
    amountTzs: Math.abs(amount),
    status,
    occurredAtMs,
  });
  return line.success ? line.data : { what: `${line.error.issues[0]!.path.join(".")} is missing or too long` };
};

/** Signed, whole shillings; null for anything else. `TZS 10,000.00` is 10000. */
const readAmount = (text: string): number | null => {
  const match =
    /^(?:TZS|TSh|Tsh)?\s*([+-]?)\s*(\d{1,3}(?:[, ]\d{3})+|\d+)(?:\.0{1,2})?(?:\s*(?:TZS|TSh|Tsh|\/=))?$/i.exec(text);
  if (!match) return null;
  const value = Number(match[2]!.replace(/[, ]/g, ""));
  return match[1] === "-" ? -value : value;
};

const readDirection = (
  word: string,
  amount: number | null,
  hasColumn: boolean,
  { directions }: StatementFormat,
): "in" | "out" | "ignored" | null => {
  // Without a column of its own, the sign says it.
  if (!hasColumn) return amount !== null && amount < 0 ? "out" : "in";
  const plain = plainName(word);
  const known = (["in", "out", "ignored"] as const).find((name) => directions[name].includes(plain));
  return known ?? null;
};

const readStatus = (word: string, { statuses }: StatementFormat): StatementLine["status"] | null => {
  const plain = plainName(word);
  return (["paid", "failed", "pending", "reversed"] as const).find((name) => statuses[name].includes(plain)) ?? null;
};

const TIME =
  /^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}))(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(AM|PM)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** Day before month where both are possible: that is how dates are written in Tanzania. */
const readTime = (text: string, zoneMinutes: number): number | null => {
  const match = TIME.exec(text);
  if (!match) return null;
  const [year, month, day] = match[1] ? [match[1], match[2]!, match[3]!] : [match[6]!, match[5]!, match[4]!];
  const hour = Number(match[7] ?? 0);
  const isHalfDay = match[10] !== undefined;
  const hours = isHalfDay ? (hour % 12) + (match[10]!.toUpperCase() === "PM" ? 12 : 0) : hour;
  const [y, m, d, min, s] = [Number(year), Number(month), Number(day), Number(match[8] ?? 0), Number(match[9] ?? 0)];
  const atMs = Date.UTC(y, m - 1, d, hours, min, s);
  const given = new Date(atMs);
  const isReal = given.getUTCMonth() === m - 1 && given.getUTCDate() === d && hours < 24 && min < 60 && s < 60;
  return isReal ? atMs - zoneOf(match[11], zoneMinutes) * 60_000 : null;
};

const zoneOf = (zone: string | undefined, usualMinutes: number): number => {
  if (zone === undefined) return usualMinutes;
  if (zone.toUpperCase() === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith("-") ? -minutes : minutes;
};
