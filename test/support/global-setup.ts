// Starts the stack below the tests. It runs in a Bun process of its own: here vite resolves packages for a browser, and
// everything below dev/ runs on Bun.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";
import "./provided.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const child = spawn(process.env["CHAJIPOA_BUN"] ?? "bun", ["dev/stack.ts"], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    child.once("error", reject);
    void exited.then(() => reject(new Error("the stack did not start; what it said is above")));
  });
  const ports = JSON.parse(line) as {
    controlPort: number;
    neonPort: number;
    redisPort: number;
    redisKind: "server" | "embedded";
    embeddedRedisPort: number;
  };
  project.provide("controlPort", ports.controlPort);
  project.provide("neonPort", ports.neonPort);
  project.provide("redisPort", ports.redisPort);
  project.provide("redisKind", ports.redisKind);
  project.provide("embeddedRedisPort", ports.embeddedRedisPort);
  return () => {
    child.stdin.end();
    return exited;
  };
}
