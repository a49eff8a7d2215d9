import { describe, expect, it } from "bun:test";
import { findForbiddenWords } from "../../dev/words.ts";

// Put together here, so that this file does not contain what it looks for.
const home = ["", "home", "amina", "chajipoa"].join("/");
const root = ["", "root", "work"].join("/");
const mirror = ["https:/", "npm.registry.example.com", "zod", "-", "zod.tgz"].join("/");

describe("findForbiddenWords", () => {
  it("finds the path of a machine and says where", () => {
    expect(findForbiddenWords(`one\nsee ${home}/src\n`)).toEqual([
      { line: 2, what: "a path of one machine", word: ["", "home", "amina"].join("/") },
    ]);
    expect(findForbiddenWords(`cwd: "${root}"`)).toHaveLength(1);
  });

  it("finds the mirror that a lock file was installed from", () => {
    expect(findForbiddenWords(`  "zod": ["zod@4.6.7", "${mirror}", {}],`)).toMatchObject([
      { what: "a package registry" },
    ]);
  });

  it("leaves routes, addresses and prose alone", () => {
    const text =
      "GET /api/v1/users/profile\nhttps://example.com/home/page\nregister the root of trust at /health\nsrc/home/x";
    expect(findForbiddenWords(text)).toEqual([]);
  });
});
