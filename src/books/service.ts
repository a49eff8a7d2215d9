// The close of a day, the checks of the books, and the provider's statements. The job and `bun run books` call the same verbs.
import { type Actor, actorName } from "../lib/actor.ts";
import type { Clock } from "../lib/clock.ts";
import { sha256Hex } from "../lib/crypto.ts";
import type { Ids } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import { breakActions } from "./breaks.ts";
import {
  closeDay,
  type Database,
  findBreaks,
  type Imported,
  importLines,
  noteChecked,
  readTrialBalance,
} from "./repository.ts";
import type { BookBreak, TrialBalance } from "./schemas.ts";
import { parseStatement, type StatementProblem } from "./statement.ts";
import { statementFormats, type StatementProvider } from "./statement-formats.ts";

export { breakActions } from "./breaks.ts";
export type { Imported } from "./repository.ts";
export type { BookBreak, TrialBalance } from "./schemas.ts";
export type { StatementProblem } from "./statement.ts";

/** What of Dependencies they need; a command on another runtime has no more. */
export interface BooksParts {
  db: Database;
  clock: Clock;
  log: Log;
  ids: Ids;
}
type Closing = Pick<BooksParts, "db" | "clock" | "log">;

/** Days that one round catches up at most. */
const DAYS = 60;

/**
 * Closes every day that is over, five minutes after its midnight in Dar es Salaam, and checks the books once for what was
 * closed. Safe at any time and twice at once. Answers how many days, and how many breaks when it checked.
 */
export const closeBooks = async (deps: Closing): Promise<{ days: number; breaks: number | null }> => {
  let days = 0;
  for (; days < DAYS; days++) {
    const closed = await closeDay(deps.db, deps.clock.now());
    if (closed.status === "closed") continue;
    if (closed.status === "current" && closed.uncheckedDay !== null) return { days, breaks: await checkDay(deps) };
    if (closed.status === "waiting") deps.log.write("warn", "books_waiting", {});
    break;
  }
  return { days, breaks: null };
};

const checkDay = async ({ db, clock, log }: Closing): Promise<number> => {
  const breaks = await findBreaks(db, clock.now());
  for (const [kind, all] of Object.entries(Object.groupBy(breaks, (one) => one.kind))) {
    log.write("error", "alert", { alert: "books_break", kind, count: all.length, subject: all[0]!.subject });
  }
  const { day } = await readTrialBalance(db, null);
  if (day !== null) await noteChecked(db, day, breaks.length, clock.now());
  return breaks.length;
};

export interface BooksReport {
  /** As the books stand now. */
  trial: TrialBalance;
  breaks: (BookBreak & { action: string })[];
}

/** Everything that is wrong, the oldest first within a kind, each with what to do. Reads only. */
export const checkBooks = async ({ db, clock }: Pick<BooksParts, "db" | "clock">): Promise<BooksReport> => {
  const breaks = await findBreaks(db, clock.now());
  return {
    trial: await readTrialBalance(db, null),
    breaks: breaks.map((one) => ({ ...one, action: breakActions[one.kind] })),
  };
};

const PART = 2_000;

export type ImportResult =
  | ({ status: "imported"; ignored: number } & Imported)
  | { status: "refused"; problems: StatementProblem[] };

/** Takes a provider's statement as CSV. The same file, or an overlapping one, adds nothing twice. */
export const importStatement = async (
  { db, clock, ids }: Pick<BooksParts, "db" | "clock" | "ids">,
  actor: Actor,
  { provider, text, requestId }: { provider: StatementProvider; text: string; requestId: string },
): Promise<ImportResult> => {
  const parsed = parseStatement(text, statementFormats[provider]);
  if (parsed.status === "refused") return parsed;
  const { lines, ignored } = parsed;
  const times = lines.map(({ occurredAtMs }) => occurredAtMs).toSorted((a, b) => a - b);
  const file = {
    id: ids.next("stm"),
    provider,
    fileHash: await sha256Hex(text),
    fromAtMs: times[0]!,
    toAtMs: times.at(-1)!,
    lineCount: lines.length,
    actor: actorName(actor),
    requestId,
  };
  let total: Imported = { statementId: file.id, added: 0, changed: 0, known: 0, conflicting: 0 };
  for (let from = 0; from < lines.length; from += PART) {
    const part = await importLines(db, { ...file, lines: lines.slice(from, from + PART) }, clock.now());
    total = {
      statementId: part.statementId,
      added: total.added + part.added,
      changed: total.changed + part.changed,
      known: total.known + part.known,
      conflicting: total.conflicting + part.conflicting,
    };
  }
  return { status: "imported", ignored, ...total };
};
