// Plays one seed on a ground: a database and a runtime of its own, so that nothing of another run is left.
import { join } from "node:path";
import { z } from "zod";
import { createHeadKeys } from "../../src/audit/head-keys.ts";
import { testEnv } from "../../test/support/test-env.ts";
import { verifyAudit } from "../audit/verify.ts";
import { withClient } from "../postgres.ts";
import { bundleSimulation, type ChangedModule, type Ground, startRuntime } from "./ground.ts";

const Report = z.object({
  steps: z.int(),
  events: z.int(),
  digest: z.string(),
  breaks: z.array(z.string()),
  tail: z.array(z.string()),
  trace: z.array(z.string()),
  counts: z.record(z.string(), z.int()),
  nowMs: z.int(),
});
export type Report = z.infer<typeof Report>;

export interface PlayOptions {
  seed: number;
  steps: number;
  /** Statements run as the owner before the town is made: planted bugs. */
  plant?: readonly string[];
  /** Read in the place of one of the product's modules: a bug planted in the Worker. */
  module?: ChangedModule;
  /** Is told the whole journal. */
  onTrace?(lines: string[]): void;
}

let runs = 0;
/** Steps asked for at once: a request is no place to spend minutes in. */
const CHUNK = 250;

/** Stops at the first break. Throws what the ground throws. */
export const playSeed = async (ground: Ground, options: PlayOptions): Promise<Report> => {
  const { seed, steps, plant = [], module, onTrace } = options;
  const { databases, postgres, vars } = ground;
  const database = await databases.create();
  for (const statement of plant) await databases.query(database, statement, [], "owner");
  const name = `${seed}-${++runs}`;
  const bundle = module ? await bundleSimulation(join(ground.folder, `bundle-${name}`), module) : ground.bundle;
  const runtime = await startRuntime(ground, name, bundle);
  try {
    await runtime.call("/open", {
      seed,
      applicationUrl: postgres.url("application", database),
      ownerUrl: postgres.url("owner", database),
      vars,
      isTraced: onTrace !== undefined,
    });
    let report: Report | null = null;
    for (let played = 0; played < steps; played += CHUNK) {
      report = Report.parse(await runtime.call("/steps", { steps: Math.min(CHUNK, steps - played) }));
      onTrace?.(report.trace);
      if (report.breaks.length > 0) return report;
    }
    const settled = Report.parse(await runtime.call("/settle", {}));
    onTrace?.(settled.trace);
    if (settled.breaks.length > 0) return settled;
    return { ...settled, breaks: await auditBreaks(postgres.url("owner", database), settled.nowMs) };
  } finally {
    await runtime.stop();
  }
};

/** The chain of the audit log, verified by somebody who trusts no function of the database. */
const auditBreaks = (ownerUrl: string, nowMs: number): Promise<string[]> =>
  withClient(ownerUrl, async (client) => {
    const { breaks } = await verifyAudit(client, { keys: createHeadKeys(testEnv.AUDIT_KEYS), nowMs });
    return breaks.map(({ kind, where }) => `12: ${kind} ${where}`);
  });
