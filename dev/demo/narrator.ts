// Tells what happens and keeps count of what was expected of it.

export interface Narrator {
  /** A story begins. */
  chapter(title: string): void;
  step(title: string): void;
  /** What follows happens at this hour. */
  hour(time: string): void;
  /** Something the renter sees. */
  sees(text: string): void;
  sms(text: string): void;
  /** A screen of a phone with keys. */
  screen(text: string): void;
  /** Prints and counts; answers whether it holds. */
  expect(isTrue: boolean, fact: string, found?: unknown): boolean;
  /** Without this the rest makes no sense. Throws DemoOver when it does not hold. */
  need<T>(value: T | null | undefined | false, fact: string, found?: unknown): T;
  readonly passed: number;
  readonly failed: number;
  /** What another one has told, as part of this. */
  append(lines: string[], other: Pick<Narrator, "passed" | "failed">): void;
}

/** The demo cannot go on; what was wrong has been printed. */
export class DemoOver extends Error {}

export const createNarrator = (write: (line: string) => void, hasColours: boolean): Narrator => {
  const paint = (code: number, text: string): string => (hasColours ? `\u001b[${code}m${text}\u001b[0m` : text);
  let steps = 0;
  let passed = 0;
  let failed = 0;
  const expect = (isTrue: boolean, fact: string, found?: unknown): boolean => {
    if (isTrue) passed++;
    else failed++;
    const detail = isTrue || found === undefined ? "" : `\n        found: ${JSON.stringify(found)}`;
    write(`      ${isTrue ? paint(32, "ok  ") : paint(31, "FAIL")} ${fact}${detail}`);
    return isTrue;
  };
  return {
    chapter: (title) => write(`\n${paint(1, `== ${title} ==`)}`),
    hour: (time) => write(`\n${paint(1, `-- ${time} --`)}`),
    screen: (text) => text.split("\n").forEach((line) => write(`      ${paint(35, `|  ${line}`)}`)),
    step: (title) => write(`\n${paint(1, `${String(++steps).padStart(3)}  ${title}`)}`),
    sees: (text) => write(`      ${paint(36, text)}`),
    sms: (text) => write(`      ${paint(33, `SMS  ${text}`)}`),
    expect,
    need(value, fact, found) {
      if (!expect(Boolean(value), fact, found)) throw new DemoOver(fact);
      return value as Exclude<typeof value, null | undefined | false>;
    },
    append(lines, other) {
      lines.forEach(write);
      passed += other.passed;
      failed += other.failed;
    },
    get passed() {
      return passed;
    },
    get failed() {
      return failed;
    },
  };
};
