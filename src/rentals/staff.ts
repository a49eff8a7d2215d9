// Rentals as staff look them up; their timeline is in the audit log under the rental's id.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Id } from "../lib/ids.ts";
import {
  findAnyRental,
  listAllRentals,
  listMovementsOf,
  type RentalFilter,
  type RentalMovement,
  type RentalRow,
} from "./repository-staff.ts";

export type { RentalRow } from "./repository-staff.ts";

export const listRentalsForStaff = async (
  deps: Dependencies,
  { cursor, limit, ...filter }: RentalFilter & { cursor: string | null; limit: number },
): Promise<{ items: RentalRow[]; nextCursor: string | null }> => {
  const rows = await listAllRentals(deps.db, filter, cursor, limit + 1);
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.record.id ?? null) : null };
};

/** With what the stations proved of it. Throws `rental_unknown`. */
export const readRentalForStaff = async (
  deps: Dependencies,
  rentalId: Id<"rnt">,
): Promise<RentalRow & { movements: RentalMovement[] }> => {
  const [found, movements] = await Promise.all([findAnyRental(deps.db, rentalId), listMovementsOf(deps.db, rentalId)]);
  if (!found) throw new AppError("rental_unknown");
  return { ...found, movements };
};
