// The statements that requests, callbacks, returns and the minute's round run, each as the product sends it, on what world.ts has filled.
import type { Client } from "pg";
import { ofLife } from "./hot-life.ts";
import { ofStaff } from "./hot-staff.ts";
import { atStation, call, type Frame, type HotStatement, key, statement } from "./hot-statement.ts";
import { settleInput, STATION } from "./world.ts";

/** `tag` names the batch of active and waiting rentals that was filled last. */
export const hotStatements = async (client: Client, tag: string): Promise<HotStatement[]> => {
  const one = async (text: string, params: unknown[] = []): Promise<Record<string, string>> =>
    (await client.query<Record<string, string>>(text, params)).rows[0]!;
  const running = await one("select user_id, id from rentals where id like $1 order by id limit 1", [`rnt_${tag}%`]);
  const userId = running["user_id"]!;
  const rentalId = running["id"]!;
  const newcomer = (await one("select id from users where id like 'usr_h%' order by id limit 1"))["id"]!;
  const suspenseId = Number((await one("select max(id) as id from suspense_items"))["id"]);
  await client
    .query("select ledger_post($1, 'bench', now(), now(), array['bank', $2], array[5000::bigint, -5000])", [
      `bench:${tag}`,
      `user_wallet:${newcomer}`,
    ])
    .catch(() => undefined);
  const wallet = await one("select balance_tzs from accounts where code = $1", [`user_wallet:${newcomer}`]);
  const walletTzs = Number(wallet["balance_tzs"]);
  const frame: Frame = { tag, now: new Date().toISOString(), userId, rentalId, newcomer, walletTzs, suspenseId };
  return [
    ...ofRentals(frame),
    ...ofLife(frame),
    ...ofMoney(frame),
    ...ofPeople(frame),
    ...ofTheMinute(frame),
    ...ofReaders(frame),
    ...ofStaff(frame),
  ];
};

const ofRentals = ({ tag, now, newcomer }: Frame): HotStatement[] => [
  call("rental_open", {
    rentalId: `rnt_x${tag}`,
    userId: newcomer,
    stationCode: STATION.code,
    key: key(tag),
    leaseSeconds: 180,
    now,
    payment: null,
  }),
  call("rental_activate", {
    ...atStation(tag, 1),
    rentalId: `rnt_waits${tag}`,
    powerBankId: "pb_1",
    commandId: `cmd_${tag}`,
    commandExpiresAt: now,
    at: now,
    now,
    messageId: `msg_a${tag}`,
    requestId: "req_bench",
  }),
  call("custody_return", { ...atStation(tag, 2), powerBankId: `pb_${tag}1`, at: now, now }),
  call(
    "custody_return",
    { ...atStation(tag, 9), powerBankId: "pb_2", at: now, now },
    "custody_return of a bank with a history",
  ),
  statement("rental_settle", `select rental_settle(${settleInput}) from (select 1 as n) one`, [tag]),
];

const ofMoney = ({ tag, now, newcomer, suspenseId }: Frame): HotStatement[] => [
  call("payment_open", {
    paymentId: `pay_x${tag}`,
    userId: newcomer,
    purpose: "top_up",
    amountTzs: 5_000,
    provider: "mpesa",
    msisdnSealed: "s",
    externalId: `x${tag}`,
    expiresAt: now,
    key: key(tag),
    now,
    requestId: "req_bench",
  }),
  call("payment_settle", {
    provider: "azampay",
    bodyHash: `x${tag}`,
    bodySealed: "s",
    signature: "valid",
    externalId: "watchedh1",
    providerReference: "watchedrefh1",
    result: "succeeded",
    amountTzs: 5_000,
    receivedAt: now,
    messageId: `msg_x${tag}`,
    now,
  }),
  call("payment_submitted", { paymentId: "pay_ch000000000002", result: "accepted", providerReference: "r", now }),
  call("withdrawal_quote", { userId: newcomer, now }),
  call("withdrawal_open", {
    withdrawalId: `wdr_x${tag}`,
    userId: newcomer,
    amountTzs: 1_000,
    feeTzs: 0,
    provider: "mpesa",
    msisdnSealed: "s",
    recipientSealed: "s",
    externalId: `xw${tag}`,
    sendToken: "t",
    prices: [],
    limits: { dailyTzs: 1_000_000_000, dailyCount: 1_000_000, approvalAboveTzs: 200_000 },
    isExpired: false,
    key: { ...key(tag), route: "POST /withdrawals" },
    now,
    requestId: "req_bench",
  }),
  call("withdrawal_settle", {
    provider: "azampay",
    bodyHash: `xw${tag}`,
    bodySealed: "s",
    externalId: "goingh1",
    providerReference: "goingrefh1",
    result: "succeeded",
    amountTzs: 1_000,
    receivedAt: now,
    now,
    messageId: `msg_w${tag}`,
    requestId: "req_bench",
  }),
  call("suspense_item_read", { suspenseId }),
];

const ofPeople = ({ now, userId, newcomer, walletTzs }: Frame): HotStatement[] => [
  call("user_vouch", {
    userId: "usr_vouched",
    phoneHash: "hashh1",
    phoneSealed: "s",
    name: "Asha",
    locale: "sw",
    termsVersion: "1",
    gateway: "bench",
    channel: "ussd",
    now,
    requestId: "req_bench",
  }),
  call("user_speak", { userId, locale: "sw", now }),
  call("keypad_bind", { userId, rentalId: "rnt_bound", key: key("bound"), now }),
  call("message_promised", { id: "msg_promised", userId, dedupeKey: "returned:bench", text: "-", now }),
  call("user_update", { userId, changes: { name: "Asha", locale: "sw" }, now }),
  call("session_revoke", { userId, sessionId: "ses_h000000000001", isEvery: true, now }),
  call("user_close", {
    userId: newcomer,
    giveUpTzs: walletTzs,
    leastTzs: walletTzs + 1,
    now,
    requestId: "req_bench",
  }),
  statement(
    "a page of sessions",
    "select id from sessions where user_id = $1 and revoked_at is null and expires_at > now() order by id desc limit 21",
    [newcomer],
  ),
  statement(
    "a page of receipts",
    "select receipt_json(r) from receipts r where user_id = $1 order by id desc limit 21",
    [newcomer],
  ),
];

const ofTheMinute = ({ now }: Frame): HotStatement[] => [
  call("sweep_list", { now, limit: 200 }),
  call("prompts_due", { now, limit: 200 }),
  call("prompt_claim", { paymentId: "pay_ch000000000001", token: "t", now }),
  call("payment_expire", { now, limit: 200 }),
  call("payments_watch", { now, limit: 200, isProbed: true }),
  call("withdrawal_asks_claim", { now, limit: 200 }),
  call("withdrawals_sweep", { now, limit: 200 }),
  call("callbacks_prune", { now, limit: 200 }),
  call("accounts_erase", { now, limit: 200 }),
  call("receipts_number", { now, limit: 200 }),
  call("messages_claim", {
    claimId: "bench",
    now,
    limit: 20,
    notices: ["rental_due"],
    ceilings: [{ templates: ["rental_receipt"], most: 3 }],
  }),
  call("message_reports_prune", { now, limit: 200 }),
  call("stations_offline", { now, limit: 200, requestId: "req_bench" }),
  call("audit_chain_extend", { now, limit: 200 }),
];

const ofReaders = ({ userId, rentalId, newcomer, now }: Frame): HotStatement[] => [
  statement("read a rental", "select rental_json(r) from rentals r where id = $1 and user_id = $2", [rentalId, userId]),
  statement("a page of history", "select rental_json(r) from rentals r where user_id = $1 order by id desc limit 21", [
    newcomer,
  ]),
  statement(
    "wallet",
    "select kind, balance_tzs from accounts where code = any(array(select 'user_hold:' || id from rentals where user_id = $1 and status in ('awaiting_payment', 'dispensing', 'active')) || array[$2]::text[])",
    [userId, `user_wallet:${userId}`],
  ),
  statement(
    "wallet entries",
    "select e.id from accounts a join postings p on p.account_id = a.id join journal_entries e on e.id = p.entry_id where a.code = $1 order by p.entry_id desc limit 31",
    [`user_wallet:${newcomer}`],
  ),
  call("caller_read", { phoneHash: "hashh1", stationCode: STATION.code, returnCode: "007919", now }),
  statement(
    "a page of withdrawals",
    "select withdrawal_json(w) from withdrawals w where user_id = $1 order by id desc limit 21",
    ["usr_ph000000000001"],
  ),
  statement(
    "a page of open suspense",
    "select suspense_item_json(s) from suspense_items s where state = 'open' order by id desc limit 21",
    [],
  ),
  statement(
    "a page of open withdrawals",
    "select withdrawal_json(w) from withdrawals w where state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown') order by id desc limit 21",
    [],
  ),
  call("session_refresh", {
    sessionId: "ses_h000000000001",
    generation: 1,
    now,
    expiresAt: now,
    graceSeconds: 60,
  }),
  call("user_verify", { phoneHash: "hashh1", sessionId: "ses_x", now, expiresAt: now }),
];
