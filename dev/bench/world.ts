// Fills a migrated database with rentals by the hundred thousand, as if they had happened. Bulk inserts, but into the real
// tables with their constraints and triggers.
import type { Client } from "pg";
import { defaultTariff } from "../../src/pricing/tariff.ts";

/** As many as share the rentals: a station of eight slots never sees more than eight returns at once. */
export const STATIONS = 1_000;
const TARIFF = "trf_bench";
/** The one by whose names the hot statements are written. */
export const STATION = { id: "stn_bench1", code: "10001" };
export const STAFF_ID = "usr_staff";

/** Of the n-th row. */
export const station = `'stn_bench' || n % ${STATIONS}`;

/** Stations and tariff that the rentals of the bench belong to, with four banks in each, and one who works there. */
export const fillFrame = async (client: Client): Promise<void> => {
  await client.query(
    "insert into tariffs (id, name, version, terms, created_at) values ($1, 'bench', 1, $2, now()) on conflict do nothing",
    [TARIFF, JSON.stringify(defaultTariff)],
  );
  await client.query(
    `insert into stations (id, code, name, address, latitude, longitude, tariff_id, slot_count, created_at)
     select 'stn_bench' || n, (10000 + n)::text, 'Bench ' || n, 'Bench', -6.8 - n % 100 * 0.002, 39.2 + n / 100 * 0.002, $1, 8, now()
     from generate_series(0, ${STATIONS - 1}) n on conflict do nothing`,
    [TARIFF],
  );
  await client.query(
    `insert into station_projections (station_id, version, free_banks, free_slots, is_online, seen_at)
     select 'stn_bench' || n, 1, 4, 4, n % 50 > 0, now() - interval '1 hour' from generate_series(0, ${STATIONS - 1}) n on conflict do nothing`,
  );
  await client.query(
    `insert into power_banks (id, place, station_id, slot, updated_at)
     select 'pb_' || n, case when n < 4000 then 'slot' else 'depot' end, case when n < 4000 then ${station} end, case when n < 4000 then n / ${STATIONS} + 2 end, now()
     from generate_series(0, 4999) n on conflict do nothing`,
  );
  await client.query(
    `insert into users (id, phone_hash, phone_sealed, name, locale, state, role, created_at, updated_at, activated_at)
     values ('${STAFF_ID}', 'staff', 'sealed', 'Bench', 'sw', 'active', 'admin', now(), now(), now()) on conflict do nothing`,
  );
};

const users = `insert into users (id, phone_hash, phone_sealed, name, locale, state, created_at, updated_at, activated_at)
  select 'usr_' || $1 || lpad(n::text, 12, '0'), 'hash' || $1 || n, 'sealed', 'Bench', 'sw', 'active', now(), now(), now() from generate_series(1, $2::int) n`;

const post = (kind: string, reference: string, lines: [code: string, amountTzs: number][]): string[] => [
  `insert into journal_entries (kind, reference, input_hash, occurred_at, recorded_at)
   select '${kind}', ${reference}, 'bench', now(), now() from generate_series(1, $2::int) n where $1 <> ''`,
  `insert into postings (entry_id, account_id, amount_tzs)
   select e.id, a.id, line.amount from generate_series(1, $2::int) n
   join journal_entries e on e.reference = ${reference}
   cross join lateral (values ${lines.map(([code, amount]) => `(${code}, ${amount}::bigint)`).join(", ")}) as line (code, amount)
   join accounts a on a.code = line.code where $1 <> ''`,
];

export const user = "'usr_' || $1 || lpad(n::text, 12, '0')";
export const rental = "'rnt_' || $1 || lpad(n::text, 12, '0')";

/** An entry and its postings commit together: the books take nothing else. */
const runTogether = async (client: Client, texts: string[], params: unknown[]): Promise<void> => {
  await client.query("begin");
  for (const text of texts) await client.query(text, params);
  await client.query("commit");
};

/** `count` renters, each with an active rental since five hours, deposit held. `tag` keeps batches apart. */
export const fillActive = async (client: Client, tag: string, count: number): Promise<void> => {
  const run = (text: string) => client.query(text, [tag, count]);
  await run(users);
  await run(
    `insert into accounts (code, kind, normal_side, balance_tzs) select 'user_wallet:' || ${user}, 'user_wallet', 'credit', 0 from generate_series(1, $2::int) n`,
  );
  await run(
    `insert into accounts (code, kind, normal_side, balance_tzs) select 'user_hold:' || ${rental}, 'user_hold', 'credit', 5000 from generate_series(1, $2::int) n`,
  );
  await run(`insert into rentals (id, user_id, station_id, status, reason, version, tariff_id, tariff, deposit_tzs, opened_at, last_action_at, lease_expires_at,
      power_bank_id, slot, return_code, started_at, due_at, next_notice_at, changed_at)
    select ${rental}, ${user}, ${station}, 'active', 'bank_out', 2, '${TARIFF}', (select terms from tariffs where id = '${TARIFF}'), 5000,
      now() - interval '5 hours', now() - interval '5 hours', now(), 'pb_' || $1 || n, 1,
      lpad((coalesce((select max(return_code::int) from rentals where status = 'active'), 0) + n)::text, 6, '0'), now() - interval '5 hours', now() - interval '1 hour', now(), now() from generate_series(1, $2::int) n`);
  await runTogether(
    client,
    post("rental_opened", `'rental:' || ${rental} || ':hold'`, [
      ["'azampay_clearing'", 5_000],
      [`'user_hold:' || ${rental}`, -5_000],
    ]),
    [tag, count],
  );
  await run(
    `insert into power_banks (id, place, updated_at) select 'pb_' || $1 || n, 'rented', now() from generate_series(1, $2::int) n`,
  );
  await run(`insert into custody (event_key, power_bank_id, station_id, slot, direction, boot_id, seq, evidence, at, outcome, rental_id, recorded_at)
    select 'bench:active:' || $1 || n, 'pb_' || $1 || n, ${station}, 1, 'out', 'boot1', n, 'event', now() - interval '5 hours', 'opened', ${rental}, now()
      from generate_series(1, $2::int) n`);
};

/** One rental whose bank is about to come out, of the first renter of the batch's own. */
export const fillWaiting = async (client: Client, tag: string): Promise<void> => {
  const id = `rnt_waits${tag}`;
  const userId = `usr_waits${tag}`;
  await client.query(
    `insert into users (id, phone_hash, phone_sealed, name, locale, state, created_at, updated_at, activated_at)
     values ($1, 'waits' || $1, 'sealed', 'Bench', 'sw', 'active', now(), now(), now())`,
    [userId],
  );
  await client.query(
    "insert into accounts (code, kind, normal_side, balance_tzs) values ('user_hold:' || $1, 'user_hold', 'credit', 0)",
    [id],
  );
  await client.query(
    `insert into rentals (id, user_id, station_id, status, reason, version, tariff_id, tariff, deposit_tzs, opened_at, last_action_at, changed_at)
     values ($1, $2, '${STATION.id}', 'dispensing', 'funded', 1, '${TARIFF}', (select terms from tariffs where id = '${TARIFF}'), 5000, now(), now(), now())`,
    [id, userId],
  );
};

/** Of a batch's receipts, whose numbers begin at 1: no year of anybody's. */
export const fiscalYear = "2200 + abs(hashtext($1)) % 20000";

/** But for the last of the first batch, which the minute's round has to number. */
const isNumbered = "($1 <> 'h' or n <= $2::int - 20)";

const lines = `'[{"kind":"base","quantity":1,"grossTzs":1000,"netTzs":847,"vatTzs":153}]'::jsonb`;

/** `count` finished rentals with everything they leave behind, twenty to a renter; no open one. */
export const fillHistory = async (client: Client, tag: string, count: number): Promise<void> => {
  const renters = Math.max(1, Math.ceil(count / 20));
  await client.query(users, [tag, renters]);
  const owner = `'usr_' || $1 || lpad((n % ${renters} + 1)::text, 12, '0')`;
  const run = (text: string) => client.query(text, [tag, count]);
  await client.query(
    `insert into accounts (code, kind, normal_side, balance_tzs) select 'user_wallet:' || ${user}, 'user_wallet', 'credit', 0 from generate_series(1, $2::int) n`,
    [tag, renters],
  );
  await run(
    `insert into accounts (code, kind, normal_side, balance_tzs) select 'user_hold:' || ${rental}, 'user_hold', 'credit', 0 from generate_series(1, $2::int) n`,
  );
  await run(`insert into rentals (id, user_id, station_id, status, reason, version, tariff_id, tariff, deposit_tzs, opened_at, last_action_at, power_bank_id, slot, return_code, started_at, due_at,
      ended_at, return_station_id, return_slot, return_event_key, lines, total_tzs, vat_tzs, net_tzs, closed_at, changed_at)
    select ${rental}, ${owner}, ${station}, 'completed', 'returned', 3, '${TARIFF}', (select terms from tariffs where id = '${TARIFF}'), 5000, now() - interval '2 days', now() - interval '2 days', 'pb_' || (n % 5000), 1,
      lpad((n * 7919::bigint % 1000000)::text, 6, '0'), now() - interval '2 days', now() - interval '44 hours', now() - interval '46 hours', ${station}, 1, 'bench:' || $1 || n, ${lines}, 1000, 153, 847, now(), now() from generate_series(1, $2::int) n`);
  await runTogether(
    client,
    post("rental_opened", `'rental:' || ${rental} || ':hold'`, [
      ["'azampay_clearing'", 5_000],
      [`'user_hold:' || ${rental}`, -5_000],
    ]),
    [tag, count],
  );
  await runTogether(
    client,
    post("rental_settled", `'rental:' || ${rental} || ':settle'`, [
      [`'user_hold:' || ${rental}`, 5_000],
      ["'bank'", -4_000],
      ["'revenue_rental'", -847],
      ["'vat_output'", -153],
    ]),
    [tag, count],
  );
  for (const direction of ["out", "in"]) {
    await run(`insert into custody (event_key, power_bank_id, station_id, slot, direction, boot_id, seq, evidence, at, outcome, rental_id, recorded_at)
      select 'bench:${direction}:' || $1 || n, 'pb_' || (n % 5000), ${station}, 1, '${direction}', 'boot' || n / 10000, n, 'event', now() - interval '${direction === "out" ? 48 : 46} hours' + n * interval '1 second',
        '${direction === "out" ? "opened" : "closes"}', ${rental}, now() from generate_series(1, $2::int) n`);
  }
  await run(`insert into receipts (id, rental_id, user_id, token, fiscal_year, number, lines, total_tzs, vat_tzs, net_tzs, vat_percent, issued_at, numbered_at)
    select 'rcp_' || $1 || lpad(n::text, 12, '0'), ${rental}, ${owner}, 'bench' || $1 || n, case when ${isNumbered} then ${fiscalYear} else 2100 end,
      case when ${isNumbered} then n end, ${lines}, 1000, 153, 847, 18, now(),
      case when ${isNumbered} then now() end from generate_series(1, $2::int) n`);
  await run(`insert into messages (id, user_id, template, params, dedupe_key, state, not_before, created_at, claimed_at, sent_at, provider, provider_reference, delivery)
    select 'msg_' || $1 || lpad(n::text, 12, '0'), ${owner}, 'rental_receipt', '{}', 'bench:' || $1 || n, 'sent', now(), now(), now(), now(), 'beem', 'sms' || $1 || n,
      case when n % 200 = 0 then 'failed' else 'delivered' end from generate_series(1, $2::int) n`);
  await run(
    `insert into audit_log (at, actor, action, subject, detail) select now(), 'system:bench', 'rental_settled', ${rental}, '{}' from generate_series(1, $2::int) n`,
  );
  await run(`insert into payments (id, user_id, purpose, amount_tzs, provider, msisdn_sealed, external_id, provider_reference, state, rental_id, created_at, settled_at, expires_at)
    select 'pay_' || $1 || lpad(n::text, 12, '0'), ${owner}, 'deposit', 5000, 'mpesa', 'sealed', 'bench' || $1 || n, 'ref' || $1 || n, 'succeeded', ${rental}, now(), now(), now() from generate_series(1, $2::int) n`);
};

/** The input of `rental_settle` for the n-th active rental of a batch, as the Worker builds it. */
export const settleInput = `jsonb_build_object('rentalId', 'rnt_' || $1 || lpad(n::text, 12, '0'), 'version', 2, 'eventKey', 'bench:settle:' || $1 || n, 'at', now(),
  'stationId', ${station}, 'slot', 1, 'lines', '[{"kind":"base","quantity":1,"grossTzs":1000,"netTzs":847,"vatTzs":153},{"kind":"late","quantity":1,"grossTzs":500,"netTzs":424,"vatTzs":76}]'::jsonb,
  'totalTzs', 1500, 'vatTzs', 229, 'netTzs', 1271, 'vatPercent', 18, 'isFreeReturn', false, 'receiptId', 'rcp_s' || $1 || n, 'receiptToken', 'settle' || $1 || n,
  'messageId', 'msg_s' || $1 || n, 'actor', 'station:bench', 'now', now(), 'requestId', 'req_bench')`;
