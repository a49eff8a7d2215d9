import { describe, expect, it } from "bun:test";
import { findForbiddenWords } from "../../dev/words.ts";

// Put together here, so that this file does not contain what it looks for.
const home = ["", "home", "amina", "chajipoa"].join("/");
const root = ["", "root", "work"].join("/");
const mirror = ["https:/", "packages.example.com", "zod", "-", "zod.tgz"].join("/");
const setting = ["registry", "https://packages.example.com/"];

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

  it("finds a host that calls itself a registry", () => {
    expect(findForbiddenWords(`see ${["https:/", "npm.registry.example.com"].join("/")}`)).toMatchObject([
      { what: "a package registry", word: expect.stringContaining("example.com") },
    ]);
  });

  it("finds the mirror that a setting names", () => {
    for (const line of [setting.join("="), setting.join(' = "'), `"${setting.join('": "')}"`])
      expect(findForbiddenWords(line)).toMatchObject([{ what: "a package registry" }]);
  });

  it("leaves routes, addresses and prose alone", () => {
    const text =
      "GET /api/v1/users/profile\nhttps://example.com/home/page\nregister the root of trust at /health\nsrc/home/x";
    expect(findForbiddenWords(text)).toEqual([]);
  });
});
