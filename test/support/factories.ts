// People, stations and banks for tests: made where a test needs them, with ids of their own. Written as the owner of the
// tables, because the application has no verb that makes them yet or it is not the one under test.
import { BOOK_BREAKS } from "../../dev/books/invariant.ts";
import type { Id } from "../../src/lib/ids.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { defaultTariff, type TariffTerms } from "../../src/pricing/tariff.ts";
import { sql } from "./control.ts";
import { createOrderedIds } from "./ids.ts";

export const ids = createOrderedIds(systemClock);
const digits = (length: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => byte % 10).join("");

/** A user with `walletTzs` in the wallet; what he "paid" stands against azampay_clearing. */
export const createUser = async (
  options: {
    state?: "active" | "pending" | "suspended";
    walletTzs?: number;
    debtTzs?: number;
    phoneHash?: string;
    phoneSealed?: string;
  } = {},
): Promise<Id<"usr">> => {
  const id = ids.next("usr");
  await sql(
    `insert into users (id, phone_hash, phone_sealed, name, locale, state, created_at, updated_at, activated_at)
     values ($1, $2, $3, 'Asha', 'sw', $4, now(), now(), case when $4 = 'pending' then null else now() end)`,
    [id, options.phoneHash ?? ids.secret(26), options.phoneSealed ?? "sealed", options.state ?? "active"],
  );
  if (options.walletTzs) await fundWallet(id, options.walletTzs);
  if (options.debtTzs) {
    await sql(
      `select ledger_post($1, 'test_debt', now(), now(), array['user_debt:' || $2, 'goodwill'], array[$3::bigint, -$3::bigint])`,
      [`test:${ids.secret(10)}`, id, options.debtTzs],
    );
  }
  return id;
};

/** Closed as a row, without what the verb sees to besides. */
export const closeUser = (userId: Id<"usr">) =>
  sql("update users set state = 'closed', closed_at = now(), phone_hash = null, phone_sealed = null where id = $1", [
    userId,
  ]);

export const fundWallet = (userId: Id<"usr">, amountTzs: number) =>
  sql(
    `select ledger_post($1, 'test_funding', now(), now(), array['azampay_clearing', 'user_wallet:' || $2], array[$3::bigint, -$3::bigint])`,
    [`test:${ids.secret(10)}`, userId, amountTzs],
  );

export const createTariff = async (terms: Partial<TariffTerms> = {}): Promise<Id<"trf">> => {
  const id = ids.next("trf");
  await sql("insert into tariffs (id, name, version, terms, created_at) values ($1, $1, 1, $2, now())", [
    id,
    JSON.stringify({ ...defaultTariff, ...terms }),
  ]);
  return id;
};

export interface TestStation {
  id: Id<"stn">;
  code: string;
}

/** A station as the database knows it; its object is configured by whoever needs one. */
export const createStation = async (
  options: { terms?: Partial<TariffTerms>; slotCount?: number } = {},
): Promise<TestStation> => {
  const station = { id: ids.next("stn"), code: `9${digits(5)}` };
  await sql(
    `insert into stations (id, code, name, address, latitude, longitude, tariff_id, slot_count, created_at)
     values ($1, $2, 'Kariakoo', 'Msimbazi St', -6.82, 39.27, $3, $4, now())`,
    [station.id, station.code, await createTariff(options.terms), options.slotCount ?? 8],
  );
  return station;
};

export const createBank = async (place: "depot" | "retired" = "depot"): Promise<string> => {
  const id = `pb_${ids.secret(26)}`;
  await sql("insert into power_banks (id, place, updated_at) values ($1, $2, now())", [id, place]);
  return id;
};

/** The balance of an account on its normal side; 0 when it was never opened. House accounts are summed. */
export const balanceOf = async (code: string): Promise<number> => {
  const [row] = await sql<{ balance: string }>(
    `select coalesce(sum(p.amount_tzs * case a.normal_side when 'debit' then 1 else -1 end), 0) as balance
     from accounts a join postings p on p.account_id = a.id where a.code = $1`,
    [code],
  );
  return Number(row?.balance ?? 0);
};

/** Invariant 1 over this file's whole database; empty when the books are right. */
export const bookBreaks = () => sql(BOOK_BREAKS);
