// Tariffs as finance publish them. What a rental costs is quote.ts; it knows nothing of this.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import type { TariffRecord } from "./record.ts";
import { findNewestTariff, listTariffRecords, type PublishInput, publishStoredTariff } from "./repository.ts";

import { defaultTariff, type TariffTerms } from "./tariff.ts";

export type StaffActor = Extract<Actor, { kind: "staff" }>;

/** A new tariff, or the next version of the one of this name. Stations keep theirs until they are given it; rentals keep what they began with. */
export const publishTariff = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Omit<PublishInput, "tariffId" | "staffId" | "nowMs">,
): Promise<{ tariff: TariffRecord; isReplay: boolean }> => {
  const published = await publishStoredTariff(deps.db, {
    ...input,
    tariffId: deps.ids.next("trf"),
    staffId: actor.userId,
    nowMs: deps.clock.now(),
  });
  if (published.status !== "published" && published.status !== "replayed") throw new AppError(published.status);
  return { tariff: published.tariff, isReplay: published.status === "replayed" };
};

export const listTariffs = async (
  deps: Dependencies,
  page: { cursor: string | null; limit: number },
): Promise<{ items: TariffRecord[]; nextCursor: string | null }> => {
  const rows = await listTariffRecords(deps.db, page.cursor, page.limit + 1);
  const items = rows.slice(0, page.limit);
  return { items, nextCursor: rows.length > page.limit ? (items.at(-1)?.id ?? null) : null };
};

/** Whose figures the terms name; stations may have others. */
const STANDARD = "default";

/** The newest version of the standard tariff, or the one that the platform comes with before finance has published one. */
export const readStandardTariff = async (deps: Dependencies): Promise<TariffTerms> =>
  (await findNewestTariff(deps.db, STANDARD))?.terms ?? defaultTariff;
