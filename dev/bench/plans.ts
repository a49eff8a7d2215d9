// What each hot statement reads as the tables grow: sequential scans and buffers, from the server's own explanation of every
// statement inside the functions (auto_explain).
import type { Client } from "pg";
import { settleInput } from "./world.ts";

/** Tables that grow with rentals; a sequential scan on one of them is a fault. */
const GROWING = new Set([
  "rentals",
  "accounts",
  "journal_entries",
  "postings",
  "custody",
  "receipts",
  "messages",
  "audit_log",
  "payments",
  "payment_callbacks",
  "users",
  "sessions",
  "idempotency_keys",
  "suspense_items",
]);

export interface Plan {
  name: string;
  /** Pages touched by all statements of the call. */
  buffers: number;
  scans: string[];
}

interface Node {
  "Node Type": string;
  "Relation Name"?: string;
  "Shared Hit Blocks"?: number;
  "Shared Read Blocks"?: number;
  Plans?: Node[];
}

const scansOf = (node: Node): string[] => [
  ...(node["Node Type"] === "Seq Scan" && GROWING.has(node["Relation Name"] ?? "") ? [node["Relation Name"]!] : []),
  ...(node.Plans ?? []).flatMap(scansOf),
];

const explain = async (client: Client, name: string, text: string, params: unknown[]): Promise<Plan> => {
  const said: string[] = [];
  const listen = (notice: { message?: string | undefined }) => said.push(notice.message ?? "");
  client.on("notice", listen);
  await client.query("begin");
  await client.query("set local client_min_messages = log");
  await client.query(text, params);
  await client.query("rollback");
  client.off("notice", listen);
  const plans = said
    .map((message) => /plan:\s*(\{[\s\S]*\})\s*$/.exec(message)?.[1])
    .filter((json) => json !== undefined)
    .map((json) => (JSON.parse(json) as { Plan: Node }).Plan);
  if (plans.length === 0) throw new Error(`no plan of ${name} was explained`);
  // A statement that calls a function counts the pages of the statements inside it as well: the largest is the call.
  const pages = (plan: Node) => (plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0);
  return { name, buffers: Math.max(...plans.map(pages)), scans: [...new Set(plans.flatMap(scansOf))] };
};

/** Explains every hot statement against what is in the database; `tag` names a batch of active rentals to settle. */
export const explainHot = async (client: Client, tag: string): Promise<Plan[]> => {
  await client.query("load 'auto_explain'");
  for (const setting of [
    "log_min_duration = 0",
    "log_nested_statements = on",
    "log_analyze = on",
    "log_buffers = on",
    "log_timing = off",
    "log_format = json",
  ])
    await client.query(`set auto_explain.${setting}`);
  const { rows } = await client.query<{ user_id: string; id: string }>(
    "select user_id, id from rentals where id like $1 order by id limit 1",
    [`rnt_${tag}%`],
  );
  const { user_id: userId, id: rentalId } = rows[0]!;
  const now = new Date().toISOString();
  const newcomer = (
    await client.query<{ id: string }>("select u.id from users u where u.id like 'usr_h%' order by id limit 1")
  ).rows[0]!.id;
  await client
    .query("select ledger_post($1, 'bench', now(), now(), array['bank', $2], array[5000::bigint, -5000])", [
      `bench:${tag}`,
      `user_wallet:${newcomer}`,
    ])
    .catch(() => undefined);
  const projection = { version: Date.now(), freeBanks: 4, freeSlots: 4, isOnline: true, seenAtMs: Date.now() };
  const key = { route: "POST /start", key: tag, bodyHash: "h" };
  const record = "rental_json(r)";
  const calls: [string, string, unknown[]][] = [
    [
      "rental_open",
      "select rental_open($1::jsonb)",
      [
        JSON.stringify({
          rentalId: `rnt_x${tag}`,
          userId: newcomer,
          stationCode: "9999",
          key,
          leaseSeconds: 180,
          now,
          payment: null,
        }),
      ],
    ],
    [
      "custody_return",
      "select custody_return($1::jsonb)",
      [
        JSON.stringify({
          stationId: "stn_bench",
          powerBankId: "pb_77",
          slot: 1,
          at: now,
          eventKey: `x:${tag}`,
          bootId: "boot2",
          seq: 1,
          evidence: "event",
          projection,
          now,
        }),
      ],
    ],
    ["rental_settle", `select rental_settle(${settleInput}) from (select 1 as n) one`, [tag]],
    [
      "payment_settle",
      "select payment_settle($1::jsonb)",
      [
        JSON.stringify({
          provider: "azampay",
          bodyHash: `x${tag}`,
          bodySealed: "s",
          signature: "valid",
          externalId: "benchh7",
          providerReference: "refh7",
          result: "succeeded",
          amountTzs: 5000,
          receivedAt: now,
          messageId: `msg_x${tag}`,
          now,
        }),
      ],
    ],
    ["sweep_list", "select sweep_list($1::jsonb)", [JSON.stringify({ now, limit: 200 })]],
    ["receipts_number", "select receipts_number($1::jsonb)", [JSON.stringify({ now, limit: 200 })]],
    ["messages_claim", "select messages_claim($1::jsonb)", [JSON.stringify({ now, limit: 20 })]],
    ["read a rental", `select ${record} from rentals r where id = $1 and user_id = $2`, [rentalId, userId]],
    ["a page of history", `select ${record} from rentals r where user_id = $1 order by id desc limit 21`, [newcomer]],
    [
      "wallet",
      "select kind, balance_tzs from accounts where code = any(array(select 'user_hold:' || id from rentals where user_id = $1 and status in ('awaiting_payment', 'dispensing', 'active')) || array[$2]::text[])",
      [userId, `user_wallet:${userId}`],
    ],
    [
      "wallet entries",
      "select e.id from accounts a join postings p on p.account_id = a.id join journal_entries e on e.id = p.entry_id where a.code = $1 order by p.entry_id desc limit 31",
      [`user_wallet:${newcomer}`],
    ],
  ];
  const plans: Plan[] = [];
  for (const [name, text, params] of calls) {
    // The first call of a session reads the catalogue; the second shows the statement.
    await explain(client, name, text, params);
    plans.push(await explain(client, name, text, params));
  }
  return plans;
};
