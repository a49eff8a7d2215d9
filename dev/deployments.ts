// Where ChajiPoa is deployed to, and what is different there from wrangler.toml. Nothing secret: secrets are at Cloudflare.
// Not [env.*] sections: those inherit neither variables nor bindings, and the generated types would be of all of them.
import { join } from "node:path";
import { z } from "zod";
import { Config } from "../src/config.ts";
import { extremeTexts } from "../src/messages/templates.ts";
import { longestTexts, textBreaks } from "./texts.ts";
import { ROOT, runCommand } from "./tool.ts";

export const environments = ["staging", "production", "production-tanzania"] as const;
export type Environment = (typeof environments)[number];

type Settings = Partial<Record<keyof Config, string>>;

export interface Deployment {
  /** Of the Worker; each environment has its own objects and secrets under it. */
  workerName: string;
  settings: Settings;
}

const azampayLive: Settings = {
  AZAMPAY_AUTH_URL: "https://authenticator.azampay.co.tz",
  AZAMPAY_CHECKOUT_URL: "https://checkout.azampay.co.tz",
  AZAMPAY_DISBURSEMENT_URL: "https://api-disbursement.azampay.co.tz",
};

export const deployments: Record<Environment, Deployment> = {
  staging: { workerName: "chajipoa-staging", settings: { ENVIRONMENT: "staging" } },
  production: { workerName: "chajipoa", settings: { ENVIRONMENT: "production", ...azampayLive } },
  "production-tanzania": {
    workerName: "chajipoa-tanzania",
    settings: { ENVIRONMENT: "production-tanzania", ...azampayLive },
  },
};

/** What wrangler.toml says, as far as a deployment needs it. */
export const WranglerFile = z.object({
  vars: z.record(z.string(), z.string()),
  secrets: z.object({ required: z.array(z.string()) }),
});
export type WranglerFile = z.infer<typeof WranglerFile>;

export interface Given {
  environment: Environment;
  /** The shell's variables. */
  shell: Record<string, string | undefined>;
  file: WranglerFile;
}

export interface Plan {
  workerName: string;
  /** Of the Worker: the variables of wrangler.toml with what is different here. */
  settings: Record<string, string>;
  ownerUrl: string;
  /** The host that the Worker is reached by. */
  domain: string;
}

/** What is to be deployed, or every sentence about what is missing or wrong. */
export const planDeployment = async ({
  environment,
  shell,
  file,
}: Given): Promise<{ plan: Plan } | { missing: string[] }> => {
  const missing: string[] = [];
  const { workerName, settings } = deployments[environment];
  const ownerUrl = shell["DATABASE_OWNER_URL"] ?? "";
  if (ownerUrl === "")
    missing.push(
      `DATABASE_OWNER_URL: the connection string of the database's owner for ${environment}; it migrates, the Worker never sees it.`,
    );
  else if (!/^postgres(ql)?:\/\//.test(ownerUrl)) missing.push("DATABASE_OWNER_URL: not a postgresql:// address.");
  const baseUrl = shell["PUBLIC_BASE_URL"] ?? "";
  const base = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (!base || base.protocol !== "https:" || base.pathname !== "/")
    missing.push(
      "PUBLIC_BASE_URL: the https address under which renters and AzamPay reach this Worker, without a path.",
    );
  // Links of text messages begin with it, and screens of the menu name its host.
  if (base) missing.push(...textBreaks(longestTexts(extremeTexts(base.origin))), ...(await screenBreaks(base.host)));
  const all = { ...file.vars, ...settings, PUBLIC_BASE_URL: base?.origin ?? "" };
  // Without what holds settings against each other: secrets are among them, and nobody has those here.
  const publicShape = z
    .object(Config.shape)
    .omit(Object.fromEntries(file.secrets.required.map((name) => [name, true])) as Record<keyof Config, true>);
  const checked = publicShape.safeParse({ ...all, PUBLIC_BASE_URL: base?.origin ?? "https://example.com" });
  for (const issue of checked.error?.issues ?? []) missing.push(`${issue.path.join(".")}: ${issue.message}`);
  if (missing.length > 0) return { missing };
  return { plan: { workerName, settings: all, ownerUrl, domain: base!.host } };
};

const measured = new Map<string, Promise<string[]>>();
/** Each host is measured once. */
const screenBreaks = (host: string): Promise<string[]> => {
  const breaks = measured.get(host) ?? measureScreens(host);
  measured.set(host, breaks);
  return breaks;
};

const measureScreens = async (host: string): Promise<string[]> => {
  const { isSuccess, output } = await runCommand(process.execPath, [join(ROOT, "dev/screens/measure.ts"), host]);
  if (!isSuccess) throw new Error(`the screens of the menu cannot be measured: ${output}`);
  return z.array(z.string()).parse(JSON.parse(output));
};

/** The arguments of `wrangler deploy`. */
export const deployArguments = ({ workerName, settings, domain }: Plan, secretsFile: string | undefined): string[] => [
  "deploy",
  // The bundle has a ceiling, docs/design/performance.md; names that the code relies on are kept.
  "--minify",
  "--name",
  workerName,
  "--domain",
  domain,
  ...Object.entries(settings).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ...(secretsFile === undefined ? [] : ["--secrets-file", secretsFile]),
];
