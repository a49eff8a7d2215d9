// What each hot statement reads as the tables grow: sequential scans and buffers, from the server's own explanation of every
// statement inside the functions (auto_explain).
import type { Client } from "pg";
import { hotStatements } from "./hot.ts";
import type { HotStatement } from "./hot-statement.ts";

/** Tables that grow with rentals, or with the fleet's banks; a sequential scan on one of them is a fault. Stations are read whole by the feed. */
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
  "withdrawals",
  "withdrawal_callbacks",
  "withdrawal_requests",
  "statement_lines",
  "audit_chain",
  "credit_notes",
  "disputes",
  "message_reports",
  "tickets",
  "ticket_notes",
  "eject_failures",
  "station_alerts",
  "staff_commands",
  "power_banks",
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

const explain = async (client: Client, { name, run }: HotStatement): Promise<Plan> => {
  const said: string[] = [];
  const listen = (notice: { message?: string | undefined }) => said.push(notice.message ?? "");
  client.on("notice", listen);
  await client.query("begin");
  await client.query("set local client_min_messages = log");
  await run(client);
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

/** Explains every hot statement against what is in the database; `tag` names a batch of active rentals. */
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
  const plans: Plan[] = [];
  for (const statement of await hotStatements(client, tag)) {
    // The first call of a session reads the catalogue; the second shows the statement.
    await explain(client, statement);
    plans.push(await explain(client, statement));
  }
  return plans;
};
