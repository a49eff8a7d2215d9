// What happened, line by line. Two runs of a seed are the same when their digests are.
import { createHash } from "node:crypto";

const TAIL = 400;

export class Journal {
  readonly #hash = createHash("sha256");
  #lines: string[] = [];
  #count = 0;
  readonly #kept: string[] = [];
  readonly #isKept: boolean;

  constructor(isKept: boolean) {
    this.#isKept = isKept;
  }

  write(line: string): void {
    this.#hash.update(`${line}\n`);
    this.#count++;
    if (this.#isKept) this.#kept.push(line);
    this.#lines.push(line);
    if (this.#lines.length > 2 * TAIL) this.#lines = this.#lines.slice(-TAIL);
  }

  /** Everything since the last call. */
  takeAll(): string[] {
    return this.#kept.splice(0);
  }

  get count(): number {
    return this.#count;
  }

  get digest(): string {
    return this.#hash.copy().digest("hex");
  }

  get tail(): string[] {
    return this.#lines.slice(-TAIL);
  }
}
