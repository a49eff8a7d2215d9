// A rental whose bank is out, for the tests of how it leaves and comes back.
import type { Id } from "../../src/lib/ids.ts";
import { sql } from "../support/control.ts";
import { createBank, createStation, createUser, type TestStation } from "../support/factories.ts";
import { bankOut, type Bench, createBench, start } from "../support/verbs.ts";

export const rentalRow = async (id: string) =>
  (
    await sql<{
      status: string;
      reason: string;
      total_tzs: string | null;
      started_at: string;
      ended_at: string | null;
      is_free_return: boolean;
      return_station_id: string | null;
      counts_toward_limit: boolean;
    }>("select * from rentals where id = $1", [id])
  )[0]!;

export const isoMs = (text: string | null) => (text === null ? null : Date.parse(text));

export interface Out {
  bench: Bench;
  station: TestStation;
  userId: Id<"usr">;
  rentalId: Id<"rnt">;
  powerBankId: string;
}

/** A bank that left its slot just now. */
export const rent = async (
  bench = createBench(),
  seq = 10,
  powerBankId?: string,
  station?: TestStation,
): Promise<Out> => {
  const from = station ?? (await createStation());
  const userId = await createUser({ walletTzs: 5_000 });
  const bank = powerBankId ?? (await createBank());
  const { rental } = await start(bench, userId, from);
  await bankOut(bench, from.id, { rentalId: rental.id, powerBankId: bank, seq });
  return { bench, station: from, userId, rentalId: rental.id, powerBankId: bank };
};
