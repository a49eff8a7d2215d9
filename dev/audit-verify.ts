// `bun run audit:verify`: is the audit log of a database what was written? Reads only. Ends with 1 and the first break when
// it is not, with 2 when it could not look.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { z } from "zod";
import { createHeadKeys, type HeadKeys } from "../src/audit/head-keys.ts";
import { systemClock } from "../src/lib/clock.ts";
import { type AuditReport, Head, verifyAudit } from "./audit/verify.ts";
import { withClient } from "./postgres.ts";
import { StackError } from "./process.ts";
import { readTarget, type Target } from "./target.ts";

const USAGE = `bun run audit:verify [--json] [--kept <file>] [--without-signatures]

  --json                one JSON document; keep it outside the database
  --kept                a document of --json from an earlier day: its heads have to be there still
  --without-signatures  for who has no key: looks at rows and links alone

  DATABASE_URL          the database; unset: the one of bun run up
  AUDIT_KEYS            the keys as the Worker has them; the public halves are enough`;

const SHOWN_BREAKS = 20;

const readArgs = (args: string[]) =>
  parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      kept: { type: "string" },
      "without-signatures": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;

const keysOf = ({ auditKeys }: Target, isWithout: boolean): HeadKeys | null => {
  if (isWithout) return null;
  if (auditKeys === null)
    throw new StackError(
      "part_failed",
      "audit:verify: set AUDIT_KEYS, or leave signatures out with --without-signatures.",
    );
  return createHeadKeys(auditKeys);
};

const keptHeads = async (path: string | undefined): Promise<Head[]> => {
  if (path === undefined) return [];
  return z.object({ heads: z.array(Head) }).parse(JSON.parse(await readFile(path, "utf8"))).heads;
};

const print = ({ sealedRows, waitingRows, heads, breaks }: AuditReport, label: string, hasKeys: boolean): void => {
  console.log(`audit:verify ${label}: ${sealedRows} rows in the chain, ${waitingRows} waiting for the next minute`);
  const newest = heads.at(-1)?.day;
  if (newest === undefined) console.log("no day has a head yet");
  else console.log(`${heads.length} heads verified${hasKeys ? "" : " without their signatures"}; those of ${newest}:`);
  for (const { day, shard, position, hash, keyId } of heads) {
    if (day === newest) console.log(`  shard ${shard}  position ${String(position).padStart(8)}  ${hash}  ${keyId}`);
  }
  if (breaks.length === 0) return console.log("every row is as it was written");
  console.log(`first break: ${breaks[0]!.kind}: ${breaks[0]!.where}`);
  for (const { kind, where } of breaks.slice(1, SHOWN_BREAKS)) console.log(`  then ${kind}: ${where}`);
  if (breaks.length > SHOWN_BREAKS) console.log(`  and ${breaks.length - SHOWN_BREAKS} more`);
};

const main = async (): Promise<number> => {
  const options = readArgs(process.argv.slice(2));
  if (options.help) return (console.log(USAGE), 0);
  const target = await readTarget(process.env);
  const keys = keysOf(target, options["without-signatures"]);
  const kept = await keptHeads(options.kept);
  const report = await withClient(target.url, (client) =>
    verifyAudit(client, { keys, nowMs: systemClock.now(), kept }),
  );
  if (options.json) console.log(JSON.stringify({ database: target.label, ...report }, null, 2));
  else print(report, target.label, keys !== null);
  return report.breaks.length > 0 ? 1 : 0;
};

if (import.meta.main) {
  try {
    process.exit(await main());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}
