// Measured figures in docs/design/performance.md: each command has a place of its own there, and disturbs no other.
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ROOT, runTool } from "./tool.ts";

const DOCUMENT = resolve(ROOT, "docs/design/performance.md");

/** Puts the lines between `<!-- <name>: begin -->` and its end. Throws when the document has no such place. */
export const writeFigures = async (name: string, lines: string[]): Promise<void> => {
  const [from, to] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const document = await readFile(DOCUMENT, "utf8");
  const begin = document.indexOf(from);
  const end = document.indexOf(to);
  if (begin < 0 || end < begin) throw new Error(`${DOCUMENT} has no place for the figures: ${from} … ${to}`);
  await writeFile(
    DOCUMENT,
    `${document.slice(0, begin + from.length)}\n\n${lines.join("\n")}\n\n${document.slice(end)}`,
  );
  // Tables are measured, not aligned; `check` wants them as the formatter writes them.
  const formatted = await runTool("oxfmt", [DOCUMENT]);
  if (!formatted.isSuccess) throw new Error(formatted.output);
};
