import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern } from "../lib/ids.ts";
import { plainText } from "../lib/plain-text.ts";
import type { TariffRecord } from "./record.ts";
import { TariffTerms } from "./tariff.ts";

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
  .meta({ description: "The same name again is its next version", example: "default" });

export const TariffsQuery = z.strictObject({
  cursor: z.string().regex(idPattern("trf")).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const PublishTariff = z
  .strictObject({
    name,
    terms: TariffTerms.strict(),
    reason: plainText(500).meta({ description: "For the audit log" }),
  })
  .meta({ id: "PublishTariff" });

export const TariffView = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.int(),
    currency: z.literal("TZS"),
    terms: z.object(TariffTerms.shape),
    stations: z.int().meta({ description: "How many have it now" }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Tariff" });
export const TariffPage = z
  .object({ items: z.array(TariffView), nextCursor: z.string().nullable() })
  .meta({ id: "TariffPage" });

export const tariffView = ({ createdAtMs, ...tariff }: TariffRecord): z.infer<typeof TariffView> => ({
  ...tariff,
  currency: "TZS",
  createdAt: isoTime(createdAtMs),
});
