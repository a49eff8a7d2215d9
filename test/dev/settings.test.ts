// The README's settings table, the shape that config.ts checks, and what wrangler.toml declares say the same.
import { describe, expect, it } from "bun:test";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Config } from "../../src/config.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const readme = await readFile(join(ROOT, "README.md"), "utf8");
const declared = Bun.TOML.parse(await readFile(join(ROOT, "wrangler.toml"), "utf8")) as {
  vars: Record<string, string>;
  secrets: { required: string[] };
};

const rows = [...readme.matchAll(/^\| `([A-Z][A-Z0-9_]+)` *\| *(yes)? *\| *(.+?) *\|$/gm)];
const documented = rows.map(([, name, secret]) => ({ name: name!, isSecret: secret === "yes" }));

describe("the settings table of the README", () => {
  it("has each setting of config.ts once", () => {
    expect(documented.map(({ name }) => name).toSorted()).toEqual(Object.keys(Config.shape).toSorted());
  });

  it("calls secret what wrangler.toml requires as a secret, and nothing else", () => {
    const secrets = documented.filter(({ isSecret }) => isSecret).map(({ name }) => name);
    expect(secrets.toSorted()).toEqual(declared.secrets.required.toSorted());
    expect(
      documented
        .filter(({ isSecret }) => !isSecret)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(Object.keys(declared.vars).toSorted());
  });

  it("names each setting that an operator has to make in docs/operations.md", async () => {
    const operations = await readFile(join(ROOT, "docs/operations.md"), "utf8");
    expect(declared.secrets.required.filter((name) => !operations.includes(`\`${name}\``))).toEqual([]);
  });
});
