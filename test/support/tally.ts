// Counts what a run of vitest came to, for dev/test.ts and for people who run vitest alone. A file that cannot be loaded,
// an error outside every test, and a run without tests count as failed.
import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of vitest's module that is counted. */
export interface CountedModule {
  state(): string;
  children: { allTests(): Iterable<{ result(): { state: string } }> };
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

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tally = countTests(modules, unhandled);
    const { passed, failed, skipped } = tally;
    const file = process.env["CHAJIPOA_TALLY_FILE"];
    if (file) writeFileSync(file, JSON.stringify(tally));
    // After every log of the teardown, so that it is the last line.
    process.once("exit", () => {
      if (!file) console.log(`${skipped > 0 ? `${skipped} skipped\n` : ""}${passed} passed, ${failed} failed`);
      if (failed > 0) process.exitCode ||= 1;
    });
  }
}
