// pgbench as a driver: found where Debian puts it or on PATH, its per-transaction log read for percentiles.
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";

export interface Run {
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

const LOCAL = resolve(import.meta.dirname, "../../.local");

export const createScratch = async (): Promise<string> => {
  await mkdir(LOCAL, { recursive: true });
  return mkdtemp(join(LOCAL, "bench-"));
};

/** Its path, null when it is not installed (Debian: postgresql, postgresql-contrib). */
export const findPgbench = (): string | null => {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).toSorted().toReversed() : [];
  const found = versions.map((version) => join(debian, version, "bin/pgbench")).find((path) => existsSync(path));
  return found ?? Bun.which("pgbench");
};

/** Runs it with its transaction log in `scratch`, which is removed. Throws what it printed when it fails. */
export const runPgbench = async (url: string, args: string[], scratch: string): Promise<Run> => {
  const child = Bun.spawn([findPgbench()!, ...args, "-l", "--log-prefix", join(scratch, "log"), url], {
    cwd: scratch,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, problems, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`pgbench: ${problems}`);
  const perSecond = Number(/tps = ([\d.]+)/.exec(out)?.[1]);
  const latencies: number[] = [];
  for (const file of (await readdir(scratch)).filter((name) => name.startsWith("log"))) {
    for (const line of (await readFile(join(scratch, file), "utf8")).split("\n"))
      if (line) latencies.push(Number(line.split(" ")[2]) / 1_000);
  }
  await rm(scratch, { recursive: true });
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return { perSecond, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
};

/** TPC-B of pgbench's own, at a scale above the number of clients. */
export const runTpcB = async (url: string, clients: number, transactions: number): Promise<Run> => {
  const setup = Bun.spawn([findPgbench()!, "-i", "-q", "-s", "64", url], { stdout: "ignore", stderr: "pipe" });
  if ((await setup.exited) !== 0) throw new Error(`pgbench -i: ${await new Response(setup.stderr).text()}`);
  return runPgbench(
    url,
    [
      "-n",
      "-b",
      "tpcb-like",
      "-M",
      "prepared",
      "-c",
      String(clients),
      "-j",
      "1",
      "-t",
      String(Math.floor(transactions / clients)),
    ],
    await createScratch(),
  );
};
