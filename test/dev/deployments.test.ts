import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { deployArguments, environments, planDeployment, WranglerFile } from "../../dev/deployments.ts";

const text = await readFile(resolve(import.meta.dirname, "../../wrangler.toml"), "utf8");
const file = WranglerFile.parse(Bun.TOML.parse(text));
const shell = {
  DATABASE_OWNER_URL: "postgresql://owner:secret@db.example/chajipoa",
  PUBLIC_BASE_URL: "https://api.example.org",
};

test("names everything that is missing at once", async () => {
  const planned = await planDeployment({ environment: "staging", shell: {}, file });
  const missing = "missing" in planned ? planned.missing : [];
  expect(missing.map((line) => line.split(":")[0])).toEqual(["DATABASE_OWNER_URL", "PUBLIC_BASE_URL"]);
});

test.each(["http://api.example.org", "https://api.example.org/v1", "api.example.org"])(
  "refuses %s as a public address",
  async (address) => {
    const planned = await planDeployment({
      environment: "staging",
      shell: { ...shell, PUBLIC_BASE_URL: address },
      file,
    });
    expect(planned).toHaveProperty("missing");
  },
);

test("refuses an address with which a text message would need a second part, and says which", async () => {
  const long = { ...shell, PUBLIC_BASE_URL: `https://${"power-banks-of-".repeat(3)}tanzania.example.org` };
  const planned = await planDeployment({ environment: "production", shell: long, file });
  expect("missing" in planned && planned.missing).toContainEqual(expect.stringContaining("2 parts, 1 allowed"));
});

test("refuses a host with which a screen of the menu would not be shown whole, and says which", async () => {
  const long = { ...shell, PUBLIC_BASE_URL: "https://power-banks.chajipoa-tanzania.co.tz" };
  const planned = await planDeployment({ environment: "production", shell: long, file });
  const missing = "missing" in planned ? planned.missing : [];
  expect(missing).toContainEqual(expect.stringMatching(/^screen rent_pay sw: 16\d letters, 160 allowed: /));
});

test("refuses a setting that the Worker would refuse", async () => {
  const broken = { ...file, vars: { ...file.vars, RATE_LIMIT_REQUESTS: "many" } };
  const planned = await planDeployment({ environment: "production", shell, file: broken });
  expect(planned).toMatchObject({ missing: [expect.stringContaining("RATE_LIMIT_REQUESTS")] });
});

test("each environment has a Worker of its own and knows its name", async () => {
  const plans = await Promise.all(environments.map((environment) => planDeployment({ environment, shell, file })));
  const found = plans.map((planned) => ("plan" in planned ? planned.plan : null));
  expect(found.map((plan) => plan?.settings["ENVIRONMENT"])).toEqual([...environments]);
  expect(new Set(found.map((plan) => plan?.workerName)).size).toBe(environments.length);
});

test("production speaks to no sandbox, and no secret is among its variables", async () => {
  for (const environment of ["production", "production-tanzania"] as const) {
    const planned = await planDeployment({ environment, shell, file });
    const args = "plan" in planned ? deployArguments(planned.plan, undefined) : [];
    expect(args.join(" ")).not.toContain("sandbox");
    expect(args.join(" ")).not.toContain("127.0.0.1");
    expect(args.join(" ")).not.toContain("owner:secret");
    for (const name of file.secrets.required) expect(args.some((word) => word.startsWith(`${name}:`))).toBe(false);
  }
});
