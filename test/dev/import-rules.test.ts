// Plants a violation of each rule in a copy of the layout and sees the linter refuse it, and a legal neighbour accepted.
import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { FORBIDDEN, LEGAL } from "./planted-imports.ts";

const ROOT = resolve(import.meta.dirname, "../..");

interface Diagnostic {
  filename: string;
  code: string;
}

/** Many plants share a tree, so that few runs of the linter read them all: a number makes their paths differ. */
const ownPath = (path: string, index: number): string =>
  path
    .replace("src/rentals/", `src/rentals${index}/`)
    .replace(/^(src\/(?:db|http|lib|providers)|durable-objects)\/((?!request-context).+)\.ts$/, `$1/$2-${index}.ts`);

const trees: Map<string, string>[] = [];
const places = [...LEGAL, ...FORBIDDEN].map(([, path, code], index) => {
  const own = ownPath(path, index);
  let tree = trees.findIndex((one) => !one.has(own));
  if (tree === -1) tree = trees.push(new Map()) - 1;
  trees[tree]!.set(own, code);
  return `${tree}/${own}`;
});

let folder = "";
const found = new Map<string, string[]>();

const lint = async (tree: number): Promise<void> => {
  const cwd = join(folder, String(tree));
  for (const [path, code] of trees[tree]!) await Bun.write(join(cwd, path), `${code}\n`);
  await cp(join(ROOT, ".oxlintrc.json"), join(cwd, ".oxlintrc.json"));
  await cp(join(ROOT, "dev/lint"), join(cwd, "dev/lint"), { recursive: true });
  const command = [join(ROOT, "node_modules/.bin/node"), join(ROOT, "node_modules/oxlint/bin/oxlint"), "-f", "json"];
  const child = Bun.spawn(command, { cwd, stdout: "pipe", stderr: "inherit" });
  const report = JSON.parse(await new Response(child.stdout).text()) as { diagnostics: Diagnostic[] };
  for (const { filename, code } of report.diagnostics) {
    const place = `${tree}/${filename}`;
    found.set(place, [...(found.get(place) ?? []), code]);
  }
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chajipoa-lint-"));
  await Promise.all(trees.map((_, tree) => lint(tree)));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the import rules accept", () => {
  it.each(LEGAL.map(([title], index) => [title, index] as const))("%s", (_title, index) => {
    expect(found.get(places[index]!) ?? []).toEqual([]);
  });
});

describe("the rules refuse", () => {
  it.each(FORBIDDEN.map(([title, , , rule], index) => [title, index, rule ?? "house(layers)"] as const))(
    "%s",
    (_title, index, rule) => {
      expect(found.get(places[LEGAL.length + index]!) ?? []).toContain(rule);
    },
  );
});
