// `bun run deploy [--env staging|production|production-tanzania]`: looks whether everything is there, migrates as the
// database's owner, then deploys. A migration keeps the version that is running alive, so it goes first.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { deployArguments, environments, type Plan, planDeployment, WranglerFile } from "./deployments.ts";
import { migrateDatabase } from "./migrate.ts";
import { StackError } from "./process.ts";
import { ROOT, runTool } from "./tool.ts";

const USAGE = `bun run deploy [--env ${environments.join("|")}] [--secrets-file <file>] [--dry-run]

  --env           where to (staging)
  --secrets-file  secrets to set with this deployment, as JSON or NAME=value lines; those set earlier stay
  --dry-run       checks and bundles; migrates and deploys nothing

  DATABASE_OWNER_URL    the database's owner, who migrates
  DATABASE_APP_PASSWORD sets the password of the application's role; without it that stays as it is
  PUBLIC_BASE_URL       the https address of the deployment
  CLOUDFLARE_API_TOKEN  or a login by \`wrangler login\``;

const say = (line: string): void => console.log(`deploy: ${line}`);

class Refusal extends Error {}

const readArguments = () => {
  try {
    const { values } = parseArgs({
      options: {
        env: { type: "string", default: "staging" },
        "secrets-file": { type: "string" },
        "dry-run": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return null;
    const environment = environments.find((known) => known === values.env);
    if (!environment) throw new Error(`there is no environment "${values.env}"`);
    const secretsFile = values["secrets-file"];
    if (secretsFile !== undefined && !existsSync(secretsFile)) throw new Error(`there is no file ${secretsFile}`);
    return { environment, isDryRun: values["dry-run"], secretsFile: secretsFile && resolve(secretsFile) };
  } catch (error) {
    throw new Refusal(`deploy: ${error instanceof Error ? error.message : String(error)}.\n\n${USAGE}`);
  }
};

const wrangler = async (args: string[], whatFails: string): Promise<string> => {
  const { isSuccess, output } = await runTool("wrangler", args);
  if (!isSuccess) throw new Refusal(`deploy: ${whatFails}:\n${output.trim()}`);
  return output;
};

/** Names that are neither at Cloudflare nor in the secrets file. */
const missingSecrets = async (
  { workerName }: Plan,
  required: string[],
  secretsFile: string | undefined,
): Promise<string[]> => {
  const listed = await runTool("wrangler", ["secret", "list", "--name", workerName, "--format", "json"]);
  if (
    /not authenticated|not logged in|CLOUDFLARE_API_TOKEN|Authentication error/i.test(listed.output) &&
    !listed.isSuccess
  )
    throw new Refusal(
      "deploy: nobody is logged in at Cloudflare. Set CLOUDFLARE_API_TOKEN, or run `bun x wrangler login`.",
    );
  const isFirst = !listed.isSuccess && /10007|does not exist|not found/i.test(listed.output);
  if (!listed.isSuccess && !isFirst)
    throw new Refusal(`deploy: Cloudflare does not say which secrets are set:\n${listed.output.trim()}`);
  const given = secretsFile === undefined ? "" : await readFile(secretsFile, "utf8");
  const isThere = (name: string): boolean =>
    (!isFirst && listed.output.includes(`"${name}"`)) || new RegExp(`^\\s*"?${name}"?\\s*[:=]`, "m").test(given);
  return required.filter((name) => !isThere(name));
};

const main = async (): Promise<void> => {
  const options = readArguments();
  if (!options) return console.log(USAGE);
  const { environment, isDryRun, secretsFile } = options;
  const file = WranglerFile.parse(Bun.TOML.parse(await readFile(resolve(ROOT, "wrangler.toml"), "utf8")));
  const planned = await planDeployment({ environment, shell: process.env, file });
  if ("missing" in planned)
    throw new Refusal(
      `deploy: ${environment} cannot be deployed yet. Missing or wrong:\n${planned.missing.map((line) => `  - ${line}`).join("\n")}`,
    );
  const { plan } = planned;
  const args = deployArguments(plan, secretsFile);
  await wrangler([...args, "--dry-run"], "the Worker cannot be bundled, so nothing was changed");
  say(`${plan.workerName} is bundled, for ${plan.settings["PUBLIC_BASE_URL"]}`);
  if (isDryRun) return say("dry run: nothing was migrated or deployed");
  const missing = await missingSecrets(plan, file.secrets.required, secretsFile);
  if (missing.length > 0) {
    throw new Refusal(
      `deploy: these secrets of ${plan.workerName} are not set: ${missing.join(", ")}.\nSet each with \`bun x wrangler secret put <NAME> --name ${plan.workerName}\`, or all at once with --secrets-file. docs/operations.md says how to make them.`,
    );
  }
  const password = process.env["DATABASE_APP_PASSWORD"];
  await migrateDatabase(plan.ownerUrl, password === undefined ? {} : { applicationPassword: password });
  say("the database is up to date");
  console.log(
    (
      await wrangler(args, "the database is migrated, but the Worker was not deployed; the version before goes on")
    ).trim(),
  );
  say(`${environment} is deployed`);
};

try {
  await main();
} catch (error) {
  console.error(error instanceof Refusal || error instanceof StackError ? error.message : error);
  process.exit(1);
}
