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
  /** Of these, at most, pages on the way from the root of a B-tree to a leaf: each search and each new entry takes one way. */
  descents: number;
  /** Rows that were wanted of those found by way of an index; in a small table many share a page, in a large one each has its own. */
  rows: number;
  /** How many statements ran inside the call. */
  statements: number;
  scans: string[];
}

interface Node {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Searches"?: number;
  "Actual Rows"?: number;
  "Actual Loops"?: number;
  "Shared Hit Blocks"?: number;
  "Shared Read Blocks"?: number;
  Plans?: Node[];
}

/** Pages from root to leaf, by the name of a B-tree; by that of a table, of all its B-trees together. */
type Depths = ReadonlyMap<string, number>;

const readDepths = async (client: Client): Promise<Depths> => {
  await client.query("create extension if not exists pageinspect");
  const { rows } = await client.query<{ name: string; depth: number }>(
    `with trees as (
       select i.indexrelid::regclass::text as tree, i.indrelid::regclass::text as relation, (bt_metap(i.indexrelid::regclass::text)).level::int + 1 as depth
       from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
       where a.amname = 'btree' and c.relnamespace = 'public'::regnamespace and c.relkind = 'i')
     select tree as name, depth from trees union all select relation, sum(depth)::int from trees group by relation`,
  );
  return new Map(rows.map(({ name, depth }) => [name, depth]));
};

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

const scansOf = (nodes: Node[]): string[] =>
  nodes
    .filter((node) => node["Node Type"] === "Seq Scan" && GROWING.has(node["Relation Name"] ?? ""))
    .map((node) => node["Relation Name"]!);

const rowsOf = (node: Node): number => (node["Actual Rows"] ?? 0) * (node["Actual Loops"] ?? 0);

/** A bitmap of an index may name rows that another one rules out: those that are read count. */
const isReading = (node: Node): boolean => READINGS.has(node["Node Type"]);
const READINGS = new Set(["Index Scan", "Index Only Scan", "Bitmap Heap Scan"]);

const descentsOf = (node: Node, depths: Depths): number => {
  if (node["Index Name"] !== undefined) return (node["Index Searches"] ?? 0) * (depths.get(node["Index Name"]) ?? 1);
  if (node["Node Type"] !== "ModifyTable") return 0;
  const written = (node.Plans ?? []).reduce((sum, source) => sum + rowsOf(source), 0);
  return written * (depths.get(node["Relation Name"] ?? "") ?? 0);
};

const explain = async (client: Client, { name, run }: HotStatement, depths: Depths): Promise<Plan> => {
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
  const nodes = plans.flatMap(nodesOf);
  return {
    name,
    buffers: Math.max(...plans.map(pages)),
    descents: Math.ceil(nodes.reduce((sum, node) => sum + descentsOf(node, depths), 0)),
    rows: Math.ceil(nodes.filter(isReading).reduce((sum, node) => sum + rowsOf(node), 0)),
    statements: plans.length,
    scans: [...new Set(scansOf(nodes))],
  };
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
  const depths = await readDepths(client);
  const plans: Plan[] = [];
  for (const statement of await hotStatements(client, tag)) {
    // The first call of a session reads the catalogue; the second shows the statement.
    await explain(client, statement, depths);
    plans.push(await explain(client, statement, depths));
  }
  return plans;
};
