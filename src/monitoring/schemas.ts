import { z } from "zod";

export const HealthView = z.object({ status: z.literal("ok") }).meta({ id: "Health" });

const Part = z.object({
  isUp: z.boolean(),
  /** True: nothing works without it. */
  isRequired: z.boolean(),
  latencyMs: z.int(),
});
export const ReadinessView = z
  .object({
    /** `degraded`: something is away that the rest does without. */
    status: z.enum(["ready", "degraded", "unavailable"]),
    parts: z.object({ postgres: Part, redis: Part, payments: Part }),
  })
  .meta({ id: "Readiness" });
export type ReadinessView = z.infer<typeof ReadinessView>;
