// `bun run check`: everything about the tree that can be known without starting it, in seconds. Every step runs, so that one
// call tells all there is to mend; the answer is the exit code.
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { isGenerated, openApiDocument, OPENAPI_FILE } from "./generate.ts";
import { ROOT, runCommand, runTool, type ToolResult } from "./tool.ts";
import { longestTexts, textBreaks } from "./texts.ts";
import { findForbiddenWords } from "./words.ts";

interface Step {
  name: string;
  /** What to do when it fails. */
  remedy: string;
  run(): Promise<ToolResult>;
}

const steps: Step[] = [
  { name: "format", remedy: "bun run format", run: () => runTool("oxfmt", ["--check"]) },
  { name: "lint", remedy: "mend what it names", run: () => runTool("oxlint", ["--type-aware", "--deny-warnings"]) },
  { name: "types of the Worker", remedy: "mend what it names", run: () => runTool("tsc", ["-p", "tsconfig.json"]) },
  { name: "types of dev", remedy: "mend what it names", run: () => runTool("tsc", ["-p", "dev/tsconfig.json"]) },
  {
    name: "types of the simulation",
    remedy: "mend what it names",
    run: () => runTool("tsc", ["-p", "dev/simulation/tsconfig.json"]),
  },
  { name: "generated: worker types", remedy: "bun run generate", run: () => runTool("wrangler", ["types", "--check"]) },
  { name: "generated: migrations", remedy: "bun run generate <effect-of-the-migration>", run: checkMigrations },
  { name: "generated: OpenAPI document", remedy: "bun run generate", run: checkOpenApi },
  {
    name: "text messages",
    remedy: "shorten the text, or let it have two parts; letters of GSM-7 alone",
    run: async () => {
      const breaks = textBreaks(longestTexts());
      return { isSuccess: breaks.length === 0, output: breaks.join("\n") };
    },
  },
  {
    name: "words",
    remedy: "take them out; a lock file is healed by installing from the default registry",
    run: checkWords,
  },
];

/** The schema in TypeScript and the migrations say the same when the generator has nothing to add to a copy of them. */
async function checkMigrations(): Promise<ToolResult> {
  await mkdir(join(ROOT, ".local"), { recursive: true });
  const copy = await mkdtemp(join(ROOT, ".local/drizzle-"));
  try {
    await cp(join(ROOT, "drizzle"), copy, { recursive: true });
    const before = await readdir(copy);
    const out = relative(ROOT, copy);
    const result = await runTool("drizzle-kit", [
      "generate",
      "--dialect=postgresql",
      "--schema=./src/db/schema",
      `--out=${out}`,
    ]);
    const added = (await readdir(copy)).filter((name) => !before.includes(name));
    if (!result.isSuccess || added.length === 0) return result;
    const statements = await Promise.all(added.map((name) => readFile(join(copy, name), "utf8")));
    return { isSuccess: false, output: `the schema says more than the migrations:\n${statements.join("\n")}` };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function checkOpenApi(): Promise<ToolResult> {
  if (!(await isGenerated("openapi"))) return { isSuccess: true, output: "" };
  const current = await openApiDocument();
  if (!current.isSuccess) return current;
  const stored = await readFile(join(ROOT, OPENAPI_FILE), "utf8").catch(() => "");
  return { isSuccess: stored === current.output, output: `${OPENAPI_FILE} is not what the routes say` };
}

async function checkWords(): Promise<ToolResult> {
  const listed = await runCommand("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  if (!listed.isSuccess) return { isSuccess: false, output: `git cannot list the files of the tree: ${listed.output}` };
  const paths = listed.output.split("\0").filter(Boolean);
  const found = await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(join(ROOT, path), "utf8").catch(() => ""); // listed, but deleted in this checkout
      return text.includes("\0")
        ? []
        : findForbiddenWords(text).map(({ line, what, word }) => `${path}:${line}: ${what}: ${word}`);
    }),
  );
  const lines = found.flat();
  return { isSuccess: lines.length === 0, output: lines.join("\n") };
}

const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;

const startedMs = performance.now();
const outcomes = await Promise.all(
  steps.map(async (step) => {
    const stepStartedMs = performance.now();
    const result = await step.run();
    console.log(`${result.isSuccess ? "ok  " : "FAIL"} ${step.name.padEnd(28)} ${seconds(stepStartedMs).padStart(6)}`);
    return { step, result };
  }),
);
const failures = outcomes.filter(({ result }) => !result.isSuccess);
for (const { step, result } of failures) {
  console.log(`\n-- ${step.name} --\n${result.output.trim()}\n-> ${step.remedy}`);
}
console.log(
  failures.length === 0
    ? `\nall well in ${seconds(startedMs)}`
    : `\n${failures.length} of ${steps.length} failed in ${seconds(startedMs)}`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
