// The shape in which the database answers about a tariff: tariff_json of drizzle/functions.
import { z } from "zod";
import type { Id } from "../lib/ids.ts";
import { TariffTerms } from "./tariff.ts";

export const TariffRecord = z.object({
  id: z.string().transform((text) => text as Id<"trf">),
  name: z.string(),
  version: z.int(),
  terms: TariffTerms,
  /** That have it now. */
  stations: z.int(),
  createdAtMs: z.int(),
});
export type TariffRecord = z.infer<typeof TariffRecord>;
