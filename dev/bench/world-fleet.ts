// What rentals leave behind at the stations and with staff: tickets, alerts, orders, disputes. One row of each per rental, more
// than there will be, as in world-money.ts.
import type { Client } from "pg";
import { fiscalYear, rental, STATION, station, STATIONS } from "./world.ts";

const n = "generate_series(1, $2::int) n";
const padded = "$1 || lpad(n::text, 12, '0')";
const bank = "'pb_' || (n % 5000)";
/** Not of the station's number: each station's rentals are of all its slots. */
const slot = `n / ${STATIONS} % 8 + 1`;
/** Spread over the last hundred days. */
const at = "now() - n % 2400 * interval '1 hour'";

const METAL = [
  `insert into tickets (id, kind, state, title, detail, station_id, slot, power_bank_id, rental_id, opened_by, dedupe_key, created_at, changed_at, closed_at, closed_by)
   select 'mnt_' || ${padded}, case n % 500 when 1 then 'bank_quarantined' when 2 then 'station_offline' else 'bad_bank' end,
     case when n % 100 = 0 then 'open' else 'done' end, 'Bench', '{}', ${station}, ${slot}, ${bank}, ${rental}, 'system:bench', 'bench:' || $1 || n, now(), now(),
     case when n % 100 > 0 then now() end, case when n % 100 > 0 then 'staff:bench' end from ${n}`,
  `insert into ticket_notes (ticket_id, author, body, parts, at) select 'mnt_' || ${padded}, 'staff:bench', 'Bench', '[]', now() from ${n}`,
  `insert into eject_failures (command_id, station_id, slot, power_bank_id, kind, at, recorded_at)
   select 'cmd_' || ${padded}, ${station}, ${slot}, ${bank}, 'not_out', ${at}, now() from ${n}`,
  `insert into station_alerts (event_key, station_id, alert, slot, at, recorded_at)
   select 'bench:alert:' || $1 || n, ${station}, 'overheat', ${slot}, ${at}, now() from ${n}`,
  `insert into staff_commands (id, station_id, kind, slot, is_confirmed, reason, actor, state, created_at, changed_at)
   select 'cmd_o' || ${padded}, ${station}, 'open', ${slot}, false, 'Bench', 'staff:bench', case when n % 500 = 0 then 'sent' else 'done' end, ${at}, now() from ${n}`,
];

const WORDS = [
  `insert into message_reports (provider, provider_reference, message_id, outcome, status_word, received_at)
   select 'beem', 'sms' || $1 || n, 'msg_' || ${padded}, 'delivered', 'DELIVERED', now() - n % 80 * interval '1 day' from ${n}`,
  `insert into credit_notes (id, receipt_id, user_id, token, fiscal_year, number, reason, note, lines, total_tzs, vat_tzs, net_tzs, vat_percent, issued_by, issued_at, numbered_at)
   select 'crn_' || id, id, user_id, 'bench' || token, ${fiscalYear}, n, 'dispute', 'Bench', '[{"line":0,"kind":"base","grossTzs":-100,"netTzs":-85,"vatTzs":-15}]',
     -100, -15, -85, 18, 'staff:bench', now(), now() from ${n} join receipts on id = 'rcp_' || ${padded}`,
  `insert into disputes (id, rental_id, user_id, kind, text_sealed, state, evidence, opened_at, outcome, amount_tzs, decided_by, decided_at)
   select 'dsp_' || ${padded}, r.id, r.user_id, 'charge', 'sealed', case when n % 50 = 0 then 'open' else 'decided' end, '{"claimedStationId": null, "stations": []}', now(),
     case when n % 50 > 0 then 'rejected' end, case when n % 50 > 0 then 0 end, case when n % 50 > 0 then 'staff:bench' end, case when n % 50 > 0 then now() end
   from ${n} join rentals r on r.id = ${rental}`,
];

/** What a batch of fillHistory of this tag leaves with the fleet and with staff. */
export const fillFleet = async (client: Client, tag: string, count: number): Promise<void> => {
  for (const text of [...METAL, ...WORDS]) await client.query(text, [tag, count]);
};

/** Of a batch of fillActive, by number: 2 has money for an extension, 4 began a moment ago, 7 is lost; and a bank that does not come out. */
export const fillLife = async (client: Client, tag: string): Promise<void> => {
  const run = (text: string, ...more: unknown[]) => client.query(text, [tag, ...more]);
  await run(
    "select ledger_post('bench:life:' || $1, 'bench', now(), now(), array['bank', 'user_wallet:usr_' || $1 || '000000000002'], array[5000::bigint, -5000])",
  );
  await run("update rentals set started_at = now() - interval '1 minute' where id = 'rnt_' || $1 || '000000000004'");
  await run(
    `update rentals set status = 'lost', reason = 'reported_lost', lost_at = now(), ended_at = now(), closed_at = now(), total_tzs = 45000, vat_tzs = 6864, net_tzs = 38136,
       lines = '[{"kind":"lost","quantity":1,"grossTzs":45000,"netTzs":38136,"vatTzs":6864}]' where id = 'rnt_' || $1 || '000000000007'`,
  );
  await run(
    `insert into receipts (id, rental_id, user_id, token, fiscal_year, lines, total_tzs, vat_tzs, net_tzs, vat_percent, issued_at)
     select 'rcp_lost' || $1, id, user_id, 'lost' || $1, 2100, lines, total_tzs, vat_tzs, net_tzs, 18, now() from rentals where id = 'rnt_' || $1 || '000000000007'`,
  );
  await run(
    `insert into eject_failures (command_id, station_id, slot, power_bank_id, kind, at, recorded_at)
     select 'cmd_life' || $1 || n, $2, n, 'pb_1', 'not_out', now() - interval '1 hour', now() from generate_series(3, 5) n`,
    STATION.id,
  );
};
