import { expect, test } from "bun:test";
import { parseJunit, settle } from "../../dev/test.ts";
import { countTests } from "../support/tally.ts";

const module = (state: string, ...states: string[]) => ({
  state: () => state,
  children: { allTests: () => states.map((each) => ({ result: () => ({ state: each }) })) },
});

test("passed, failed and other tests are counted", () => {
  const modules = [module("failed", "passed", "failed", "skipped"), module("passed", "passed", "pending")];
  expect(countTests(modules, [])).toEqual({ passed: 2, failed: 1, skipped: 2 });
});

test("a file that cannot be loaded counts as failed, also beside tests that passed", () => {
  expect(countTests([module("failed"), module("passed", "passed")], [])).toEqual({ passed: 1, failed: 1, skipped: 0 });
  expect(countTests([module("failed", "passed")], [])).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test("an error outside every test counts as failed", () => {
  expect(countTests([module("passed", "passed")], [new Error("outside")])).toEqual({
    passed: 1,
    failed: 1,
    skipped: 0,
  });
});

test("a run without tests is a failure", () => {
  expect(countTests([], [])).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(countTests([module("passed", "skipped")], [])).toEqual({ passed: 0, failed: 1, skipped: 1 });
});

test("Bun's report is counted by its head", () => {
  const xml = `<?xml version="1.0"?>\n<testsuites name="bun test" tests="7" assertions="9" failures="2" skipped="1" time="0.1">\n<testsuite tests="3" failures="1"/></testsuites>`;
  expect(parseJunit(xml)).toEqual({ passed: 4, failed: 2, skipped: 1 });
  expect(parseJunit("")).toEqual({ passed: 0, failed: 0, skipped: 0 });
});

test("a runner that ends badly without a failed test counts one", () => {
  expect(settle({ passed: 3, failed: 0, skipped: 0 }, 1).failed).toBe(1);
  expect(settle({ passed: 0, failed: 0, skipped: 2 }, 0).failed).toBe(1);
  expect(settle({ passed: 3, failed: 2, skipped: 0 }, 1).failed).toBe(2);
  expect(settle({ passed: 3, failed: 0, skipped: 0 }, 0).failed).toBe(0);
});

test("a run of a file that is not there ends with the tally and exit code 1", async () => {
  const run = Bun.spawn([process.execPath, "dev/test.ts", "test/dev/not-there.test.ts"], {
    stdout: "pipe",
    stderr: "ignore",
  });
  const output = await new Response(run.stdout).text();
  expect(output.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed");
  expect(await run.exited).toBe(1);
});
