// `bun run books`: the books of a database as they stand, and everything that is wrong with them. Reads only, except with
// --import. Ends with 1 on a break, with 2 when it could not look or the statement was refused.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { checkBooks, importStatement, type ImportResult } from "../src/books/service.ts";
import { systemClock } from "../src/lib/clock.ts";
import { createIds } from "../src/lib/ids.ts";
import { breaksTable, trialTable } from "./books/table.ts";
import { StackError } from "./process.ts";
import { readTarget, withDatabase } from "./target.ts";

const USAGE = `bun run books [--json] [--import <file.csv>]

  --json     one JSON document instead of tables
  --import   takes a statement of AzamPay first; the same file again adds nothing

  DATABASE_URL   the database; unset: the one of bun run up`;

const readArgs = (args: string[]) =>
  parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      import: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;

/** Throws StackError with every row that was not understood. */
const describeImport = (path: string, result: ImportResult): string => {
  if (result.status === "refused") {
    const problems = result.problems
      .map(({ row, what }) => `\n  ${row === null ? "" : `row ${row}: `}${what}`)
      .join("");
    throw new StackError("part_failed", `books: ${path} was refused, nothing of it was taken:${problems}`);
  }
  const { added, changed, known, conflicting, ignored } = result;
  return `imported ${path}: ${added} new, ${changed} changed, ${known} known before, ${conflicting} with another amount, ${ignored} of no interest`;
};

const main = async (): Promise<number> => {
  const options = readArgs(process.argv.slice(2));
  if (options.help) return (console.log(USAGE), 0);
  const target = await readTarget(process.env);
  return withDatabase(target.url, async (db) => {
    const deps = { db, clock: systemClock, ids: createIds(systemClock) };
    let imported: string | null = null;
    if (options.import !== undefined) {
      const input = {
        provider: "azampay",
        text: await readFile(options.import, "utf8"),
        requestId: deps.ids.next("req"),
      } as const;
      imported = describeImport(options.import, await importStatement(deps, { kind: "system", job: "books" }, input));
    }
    const report = await checkBooks(deps);
    if (options.json) console.log(JSON.stringify({ database: target.label, imported, ...report }, null, 2));
    else {
      console.log(
        `books of ${target.label}, ${report.trial.day === null ? "no day closed yet" : `closed up to ${report.trial.day}`}`,
      );
      if (imported) console.log(imported);
      console.log(`\n${trialTable(report.trial)}\n`);
      console.log(
        report.breaks.length > 0
          ? `${report.breaks.length} breaks\n\n${breaksTable(report, systemClock.now())}`
          : "no breaks",
      );
    }
    return report.breaks.length > 0 ? 1 : 0;
  });
};

if (import.meta.main) {
  try {
    process.exit(await main());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}
