// The rest of what a million rentals leave behind: people who signed in, callbacks, money that went out or belongs to nothing, the
// provider's statements, keys of requests, the audit chain. A table of a few rows is read from end to end whatever its indexes:
// each gets one row per rental, more than it will have.
import type { Client } from "pg";

const n = "generate_series(1, $2::int) n";
const padded = "$1 || lpad(n::text, 12, '0')";

const PEOPLE = [
  `insert into users (id, phone_hash, phone_sealed, name, locale, state, created_at, updated_at, activated_at)
   select 'usr_p' || ${padded}, 'person' || $1 || n, 'sealed', 'Bench', 'sw', 'active', now(), now(), now() from ${n}`,
  `insert into sessions (id, user_id, generation, rotated_at, expires_at, created_at)
   select 'ses_' || ${padded}, 'usr_p' || ${padded}, 1, now(), now() + interval '7 days', now() from ${n}`,
];

const REQUESTS = [
  `insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
   select 'user:usr_p' || ${padded}, 'POST /rentals/start', 'key' || n, 'h', 'rnt_' || ${padded}, now() from ${n}`,
];

/** Of payments that fillHistory has made. */
const MONEY_IN = [
  `insert into payment_callbacks (provider, body_hash, body_sealed, signature, state, outcome, payment_id, received_at, applied_at)
   select 'azampay', 'bench' || $1 || n, case when n % 4 = 0 then 'sealed' end, 'valid', 'applied', 'credited', 'pay_' || ${padded}, now(), now() from ${n}`,
  `insert into suspense_items (callback_id, payment_id, provider_reference, amount_tzs, reason, state, opened_at, resolution, resolved_by, resolved_at)
   select c.id, c.payment_id, 'twice' || $1 || n, 5000, 'second_payment', case when n % 50 = 0 then 'open' else 'resolved' end, now(),
     case when n % 50 > 0 then 'refunded' end, case when n % 50 > 0 then 'staff:bench' end, case when n % 50 > 0 then now() end
   from ${n} join payment_callbacks c on c.body_hash = 'bench' || $1 || n`,
];

const MONEY_OUT = [
  `insert into withdrawals (id, user_id, kind, amount_tzs, provider, msisdn_sealed, recipient_sealed, external_id, provider_reference, state, settled_by,
     requested_by, sends, created_at, sent_at, submitted_at, settled_at)
   select 'wdr_' || ${padded}, 'usr_p' || ${padded}, 'wallet', 1000, 'mpesa', 'sealed', 'sealed', 'out' || $1 || n, 'outref' || $1 || n, 'succeeded', 'callback',
     'user:usr_p' || ${padded}, 1, now() - interval '2 days', now(), now(), now() from ${n}`,
  `insert into withdrawal_callbacks (provider, body_hash, state, outcome, withdrawal_id, received_at, applied_at)
   select 'azampay', 'benchout' || $1 || n, 'applied', 'succeeded', 'wdr_' || ${padded}, now(), now() from ${n}`,
  `insert into withdrawal_requests (id, user_id, amount_tzs, provider, state, attempts, not_before, created_at)
   select 'ask_' || ${padded}, 'usr_p' || ${padded}, 1000, 'mpesa', 'done', 1, now(), now() from ${n}`,
];

/** Payments that wait for their callback, withdrawals that are on their way, messages that nobody has sent yet. */
const WAITING = [
  `insert into messages (id, user_id, template, params, dedupe_key, state, not_before, created_at)
   select 'msg_q' || ${padded}, 'usr_p' || ${padded}, 'rental_receipt', '{}', 'waits:' || $1 || n, 'queued', now(), now() from ${n}`,
  `insert into payments (id, user_id, purpose, amount_tzs, provider, msisdn_sealed, external_id, provider_reference, state, created_at, submitted_at, expires_at)
   select 'pay_w' || ${padded}, 'usr_p' || ${padded}, 'top_up', 5000, 'mpesa', 'sealed', 'watched' || $1 || n, 'watchedref' || $1 || n, 'submitted',
     now() - interval '2 minutes', now() - interval '2 minutes', now() + (n % 2) * interval '8 hours' from ${n}`,
  `insert into payments (id, user_id, purpose, amount_tzs, provider, msisdn_sealed, external_id, state, created_at, expires_at, prompt_due_at)
   select 'pay_c' || ${padded}, 'usr_p' || ${padded}, 'top_up', 5000, 'mpesa', 'sealed', 'prompt' || $1 || n, 'created', now(), now() + interval '8 hours', now() from ${n}`,
  `insert into withdrawals (id, user_id, kind, amount_tzs, provider, msisdn_sealed, recipient_sealed, external_id, provider_reference, state,
     requested_by, sends, created_at, sent_at, submitted_at, next_query_at)
   select 'wdr_o' || ${padded}, 'usr_p' || ${padded}, 'wallet', 1000, 'mpesa', 'sealed', 'sealed', 'going' || $1 || n, 'goingref' || $1 || n, 'submitted',
     'user:usr_p' || ${padded}, 1, now(), now(), now(), now() from ${n}`,
];

/** Imported a moment ago, so that the minute's round looks at it. */
const STATEMENTS = [
  `insert into statements (id, provider, file_hash, from_at, to_at, line_count, imported_at, imported_by)
   select 'stm_' || $1, 'azampay', $1, now() - interval '1 day', now() - interval '1 hour', $2::int, now(), 'bench'`,
  `insert into statement_lines (provider, provider_reference, direction, our_reference, amount_tzs, status, occurred_at, statement_id, changed_at)
   select 'azampay', 'ref' || $1 || n, 'in', 'bench' || $1 || n, 5000, 'paid', now(), 'stm_' || $1, now() from ${n}`,
];

/** Everything but the last rows of the log: those the minute's round has to chain. */
const CHAIN = `with sealed as (select shard, max(position) as position, max(audit_id) as audit_id from audit_chain group by shard),
  fresh as (select id, id % 8 as shard, row_number() over (partition by id % 8 order by id) as nth from audit_log
    where id > coalesce((select max(audit_id) from sealed), 0) and id <= (select max(id) - 50 from audit_log))
  insert into audit_chain (shard, position, audit_id, previous_hash, hash, sealed_at)
  select f.shard, coalesce(s.position, 0) + f.nth, f.id, sha256(f.id::text::bytea), sha256(f.id::text::bytea), now()
  from fresh f left join sealed s on s.shard = f.shard`;

/** What a batch of fillHistory of this tag leaves beside its rentals. */
export const fillMoney = async (client: Client, tag: string, count: number): Promise<void> => {
  for (const text of [...PEOPLE, ...REQUESTS, ...MONEY_IN, ...MONEY_OUT, ...STATEMENTS])
    await client.query(text, [tag, count]);
  await client.query(CHAIN);
};

/** What the minute's round finds to do, however much there has ever been: `count` of each kind, of people of the same batch. */
export const fillUnanswered = async (client: Client, tag: string, count: number): Promise<void> => {
  for (const text of WAITING) await client.query(text, [tag, count]);
};
