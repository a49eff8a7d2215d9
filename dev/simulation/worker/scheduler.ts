// Who goes next. Everything that leaves a verb (a statement, a call of a station's object, a request to a provider) and
// everything that reaches one from a station is an operation; one runs at a time, and the seed picks which of those that
// wait. So the interleaving of requests is the seed's, and the same seed interleaves alike.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Random } from "../random.ts";
import { microtasks, nativeTimer } from "./native.ts";
import type { VirtualTime } from "./time.ts";

/** One request, delivery, round or act, from its beginning to the end of what it put off. */
export class Task {
  /** Its isolate is gone: nothing of it goes on, nobody gets its answer. */
  isDead = false;
  open = 0;
  readonly name: string;
  readonly onDeath: () => void;

  constructor(name: string, onDeath: () => void) {
    this.name = name;
    this.onDeath = onDeath;
  }
}

interface Operation {
  label: string;
  task: Task | null;
  start(): Promise<void>;
}

/** Microtasks of a verb between two operations are fewer; more rounds cost nothing. */
const MICROTASK_ROUNDS = 40;
/** Turns of the event loop after which nothing can come by itself any more. */
const IDLE_TURNS = 3;

export interface SchedulerHost {
  random: Random;
  time: VirtualTime;
  /** Resolves when everything that stations have sent is here. */
  arrivals(): Promise<void>;
}

export class Scheduler {
  readonly current = new AsyncLocalStorage<Task>();
  readonly #host: SchedulerHost;
  #pending: Operation[] = [];
  readonly #tasks = new Set<Task>();
  #wake: (() => void) | null = null;

  constructor(host: SchedulerHost) {
    this.#host = host;
  }

  /** Starts a task. Its errors are its own. */
  spawn(name: string, work: () => Promise<unknown>, onDeath: () => void = () => {}): void {
    const task = new Task(name, onDeath);
    this.#tasks.add(task);
    this.current.run(task, () => this.#hold(task, work()));
  }

  /** What a task put off belongs to it. */
  adopt(work: Promise<unknown>): void {
    const task = this.current.getStore();
    if (task) this.#hold(task, work);
  }

  #hold(task: Task, work: Promise<unknown>): void {
    task.open++;
    const done = (): void => {
      if (--task.open === 0) this.#tasks.delete(task);
      this.#signal();
    };
    // oxlint-disable-next-line promise/no-callback-in-promise -- `done` only counts
    work.then(done, done);
  }

  /** Waits for its turn, then runs alone. Never settles when its task has died meanwhile. */
  submit<T>(label: string, work: (kill: () => void) => Promise<T>): Promise<T> {
    const task = this.current.getStore() ?? null;
    if (task?.isDead) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      this.enqueue(label, task, async () => {
        let settle = (): void => {};
        try {
          const run = (): Promise<T> => work(() => task && this.#kill(task));
          // In its task's context: a timer that is set while it runs is the simulation's, not the machine's.
          const value = await (task ? this.current.run(task, run) : run());
          settle = () => resolve(value);
        } catch (error) {
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on as it came
          settle = () => reject(error);
        }
        if (!task?.isDead) settle();
      });
    });
  }

  enqueue(label: string, task: Task | null, start: () => Promise<void>): void {
    this.#pending.push({ label, task, start });
    this.#signal();
  }

  #kill(task: Task): void {
    if (task.isDead) return;
    task.isDead = true;
    this.#tasks.delete(task);
    this.#pending = this.#pending.filter((operation) => operation.task !== task);
    task.onDeath();
  }

  #signal(): void {
    this.#wake?.();
    this.#wake = null;
  }

  /** Until nobody has anything left to do. */
  async run(): Promise<void> {
    for (;;) {
      await microtasks(MICROTASK_ROUNDS);
      await this.#host.arrivals();
      if (this.#pending.length > 0) await this.#runOne();
      else if (this.#tasks.size === 0) break;
      else await this.#wait();
    }
    this.#host.time.forgetTimers();
  }

  async #runOne(): Promise<void> {
    // By name, so that the choice does not hang on who came first where that is not the seed's.
    const waiting = this.#pending.toSorted((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
    const chosen = waiting.length === 1 ? waiting[0]! : this.#host.random.pick(waiting);
    this.#pending.splice(this.#pending.indexOf(chosen), 1);
    await chosen.start();
  }

  /** Bodies are read in turns of the event loop. When those bring nothing, everybody waits for a timer. */
  async #wait(): Promise<void> {
    for (let turn = 0; turn < IDLE_TURNS; turn++) {
      const signalled = new Promise<"signalled">((resolve) => (this.#wake = () => resolve("signalled")));
      if ((await Promise.race([signalled, nativeTimer(0)])) === "signalled") return;
      if (this.#pending.length > 0) return;
    }
    if (this.#host.time.fireNext()) return;
    const names = [...this.#tasks].map(({ name }) => name).join(", ");
    throw new Error(`nothing can happen any more, and these have not ended: ${names}`);
  }
}
