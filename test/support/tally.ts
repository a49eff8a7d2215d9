// Counts what a run of vitest came to, for dev/test.ts and for people who run vitest alone. A file that cannot be loaded,
// an error outside every test, and a run without tests count as failed.
import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** What a run came to. */
export interface Report extends Tally {
  /** One line for each thing that failed: where it stands, what it is called, and the first line of what it said. */
  failures: string[];
}

/** The part of vitest's module that is counted. */
export interface CountedModule {
  state(): string;
  children: { allTests(): Iterable<{ result(): { state: string } }> };
}

interface Said {
  message?: string;
}

/** The part of vitest's module that is told of. */
export interface ToldModule {
  relativeModuleId: string;
  state(): string;
  errors(): readonly Said[];
  children: {
    allSuites(): Iterable<{ errors(): readonly Said[] }>;
    allTests(): Iterable<{ fullName: string; result(): { state: string; errors?: readonly Said[] | undefined } }>;
  };
}

export const countTests = (modules: readonly CountedModule[], unhandled: readonly unknown[]): Tally => {
  const tally = { passed: 0, failed: unhandled.length, skipped: 0 };
  for (const module of modules) {
    const states = Array.from(module.children.allTests(), (test) => test.result().state);
    const count = (state: string): number => states.filter((other) => other === state).length;
    tally.passed += count("passed");
    tally.failed += count("failed");
    tally.skipped += states.length - count("passed") - count("failed");
    if (module.state() === "failed" && count("failed") === 0) tally.failed++;
  }
  return tally.passed + tally.failed === 0 ? { ...tally, failed: 1 } : tally;
};

const firstLine = (errors: readonly Said[] | undefined): string => errors?.[0]?.message?.split("\n", 1)[0] ?? "no word";

export const listFailures = (modules: readonly ToldModule[], unhandled: readonly Said[]): string[] => [
  ...modules.flatMap((module) => {
    const tests = Array.from(module.children.allTests()).filter((test) => test.result().state === "failed");
    // A file that cannot be loaded, and a hook that threw, fail the file and none of its tests.
    const errors = [module, ...module.children.allSuites()].flatMap((part) => part.errors());
    const isFailedAsWhole = errors.length > 0 || (module.state() === "failed" && tests.length === 0);
    return [
      ...(isFailedAsWhole ? [`${module.relativeModuleId}: ${firstLine(errors)}`] : []),
      ...tests.map((test) => `${module.relativeModuleId} > ${test.fullName}: ${firstLine(test.result().errors)}`),
    ];
  }),
  ...unhandled.map((error) => `outside every test: ${firstLine([error])}`),
];

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Said[]): void {
    const report: Report = { ...countTests(modules, unhandled), failures: listFailures(modules, unhandled) };
    const { passed, failed, skipped } = report;
    const file = process.env["CHAJIPOA_TALLY_FILE"];
    if (file) writeFileSync(file, JSON.stringify(report));
    // After every log of the teardown, so that it is the last line.
    process.once("exit", () => {
      if (!file) console.log(`${skipped > 0 ? `${skipped} skipped\n` : ""}${passed} passed, ${failed} failed`);
      if (failed > 0) process.exitCode ||= 1;
    });
  }
}
