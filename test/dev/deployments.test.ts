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

test("names everything that is missing at once", () => {
  const planned = planDeployment({ environment: "staging", shell: {}, file });
  const missing = "missing" in planned ? planned.missing : [];
  expect(missing.map((line) => line.split(":")[0])).toEqual(["DATABASE_OWNER_URL", "PUBLIC_BASE_URL"]);
});

test.each(["http://api.example.org", "https://api.example.org/v1", "api.example.org"])(
  "refuses %s as a public address",
  (address) => {
    expect(
      planDeployment({ environment: "staging", shell: { ...shell, PUBLIC_BASE_URL: address }, file }),
    ).toHaveProperty("missing");
  },
);

test("refuses an address with which a text message would need a second part, and says which", () => {
  const long = { ...shell, PUBLIC_BASE_URL: `https://${"power-banks-of-".repeat(3)}tanzania.example.org` };
  const planned = planDeployment({ environment: "production", shell: long, file });
  expect("missing" in planned && planned.missing).toContainEqual(expect.stringContaining("2 parts, 1 allowed"));
});

test("refuses a setting that the Worker would refuse", () => {
  const broken = { ...file, vars: { ...file.vars, RATE_LIMIT_REQUESTS: "many" } };
  const planned = planDeployment({ environment: "production", shell, file: broken });
  expect(planned).toMatchObject({ missing: [expect.stringContaining("RATE_LIMIT_REQUESTS")] });
});

test("each environment has a Worker of its own and knows its name", () => {
  const plans = environments.map((environment) => planDeployment({ environment, shell, file }));
  const found = plans.map((planned) => ("plan" in planned ? planned.plan : null));
  expect(found.map((plan) => plan?.settings["ENVIRONMENT"])).toEqual([...environments]);
  expect(new Set(found.map((plan) => plan?.workerName)).size).toBe(environments.length);
});

test("production speaks to no sandbox, and no secret is among its variables", () => {
  for (const environment of ["production", "production-tanzania"] as const) {
    const planned = planDeployment({ environment, shell, file });
    const args = "plan" in planned ? deployArguments(planned.plan, undefined) : [];
    expect(args.join(" ")).not.toContain("sandbox");
    expect(args.join(" ")).not.toContain("127.0.0.1");
    expect(args.join(" ")).not.toContain("owner:secret");
    for (const name of file.secrets.required) expect(args.some((word) => word.startsWith(`${name}:`))).toBe(false);
  }
});
