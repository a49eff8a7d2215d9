// Simulators of the outside parties for tests, started one by one so that each test file has its own.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Log } from "./process.ts";

export interface RunningSimulator {
  url: string;
  stop(): Promise<void> | void;
}

/** The file below dev/simulators/ and the function in it. */
const KNOWN: Record<string, string> = {
  africastalking: "startAfricasTalkingSimulator",
  azampay: "startAzamPaySimulator",
  beem: "startBeemSimulator",
  tra: "startTraSimulator",
  ussd: "startUssdSimulator",
};

export interface Simulators {
  /** `options` are the simulator's own; answers what it answers but `stop`. Throws for a name nobody knows. */
  start(name: string, options: unknown): Promise<{ url: string }>;
  stop(): Promise<void>;
}

export const createSimulators = (log: Log): Simulators => {
  const running: RunningSimulator[] = [];
  return {
    async start(name, options) {
      const file = resolve(import.meta.dirname, "simulators", `${name}.ts`);
      const exported = KNOWN[name];
      if (!exported || !existsSync(file)) throw new Error(`there is no simulator "${name}"`);
      const module = (await import(file)) as Record<string, (options: unknown) => Promise<RunningSimulator>>;
      const simulator = await module[exported]!({ ...(options as object), log });
      running.push(simulator);
      return { url: simulator.url };
    },
    async stop() {
      for (const simulator of running) await simulator.stop();
    },
  };
};
