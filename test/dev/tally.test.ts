import { expect, test } from "bun:test";
import { parseJunit, parseScript, settle } from "../../dev/test.ts";
import { countTests, listFailures } from "../support/tally.ts";

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

test("what failed is told by file, name and first word", () => {
  const told = {
    relativeModuleId: "test/a.test.ts",
    state: () => "failed",
    errors: () => [],
    children: {
      allSuites: () => [{ errors: () => [{ message: "the hook threw\nat line 1" }] }],
      allTests: () => [
        { fullName: "money > adds up", result: () => ({ state: "failed", errors: [{ message: "1 is not 2\n at" }] }) },
        { fullName: "money > is there", result: () => ({ state: "passed" }) },
      ],
    },
  };
  expect(listFailures([told], [new Error("nobody waited for it")])).toEqual([
    "test/a.test.ts: the hook threw",
    "test/a.test.ts > money > adds up: 1 is not 2",
    "outside every test: nobody waited for it",
  ]);
});

test("Bun's report is counted by its head, and what failed is named", () => {
  const xml = `<?xml version="1.0"?>
<testsuites name="bun test" tests="7" assertions="9" failures="2" skipped="1" time="0.1">
<testsuite tests="3" failures="2">
  <testcase name="holds" classname="" time="0.1" file="test/dev/a.test.ts" line="3" assertions="1" />
  <testcase name="a &lt; b" classname="" time="0.1" file="test/dev/a.test.ts" line="4" assertions="1">
    <failure type="AssertionError" />
  </testcase>
  <testcase name="c" classname="" time="0.1" file="test/dev/b.test.ts" line="5" assertions="1">
    <failure type="AssertionError" />
  </testcase>
</testsuite></testsuites>`;
  const failures = ["test/dev/a.test.ts > a < b", "test/dev/b.test.ts > c"];
  expect(parseJunit(xml)).toEqual({ passed: 4, failed: 2, skipped: 1, failures });
  expect(parseJunit("")).toEqual({ passed: 0, failed: 0, skipped: 0, failures: [] });
});

test("a script is counted by its last line, and what failed is named", () => {
  const output = "ok    one (3 ms)\nFAIL  two: is not so\n      more of it\nthings: 1 passed, 1 failed\n";
  const failures = ["dev/things.ts > two: is not so"];
  expect(parseScript(output, "dev/things.ts")).toEqual({ passed: 1, failed: 1, skipped: 0, failures });
  expect(parseScript("", "dev/things.ts")).toEqual({ passed: 0, failed: 0, skipped: 0, failures: [] });
});

test("a runner that ends badly without a failed test counts one, and is named", () => {
  const came = (passed: number, failed: number) => ({ passed, failed, skipped: 0, failures: [] });
  expect(settle(came(3, 0), 1, "bun")).toEqual({
    ...came(3, 1),
    failures: ["bun: ended with 1 although no test failed"],
  });
  expect(settle(came(0, 0), 0, "bun")).toEqual({ ...came(0, 1), failures: ["bun: ran no test"] });
  const named = { ...came(3, 2), failures: ["a > b", "a > c"] };
  expect(settle(named, 1, "bun")).toEqual(named);
  expect(settle({ ...named, failures: ["a > b"] }, 1, "bun").failures).toEqual(["a > b", "bun: 1 more, shown above"]);
  expect(settle(came(3, 0), 0, "bun")).toEqual(came(3, 0));
});

test("a run of a file that is not there ends with the tally and exit code 1", async () => {
  const run = Bun.spawn([process.execPath, "dev/test.ts", "test/dev/not-there.test.ts"], {
    stdout: "pipe",
    stderr: "ignore",
  });
  const output = await new Response(run.stdout).text();
  expect(output.trimEnd().split("\n").slice(-2)).toEqual(["failed: bun: ran no test", "0 passed, 1 failed"]);
  expect(await run.exited).toBe(1);
});
