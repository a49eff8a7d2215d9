// What a deployment uploads, against the ceiling of docs/design/performance.md.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bundleWorker } from "../../dev/workerd.ts";

const CEILING_BYTES = 400 * 1024;

const folder = await mkdtemp(join(tmpdir(), "chajipoa-bundle-"));
const readBundle = () => readFile(join(folder, "index.js"));

beforeAll(async () => void (await bundleWorker(folder)), 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the Worker's bundle stays below 400 KiB, gzipped", async () => {
  const packed = Bun.gzipSync(await readBundle()).byteLength;
  expect(packed).toBeGreaterThan(100 * 1024);
  expect(packed).toBeLessThanOrEqual(CEILING_BYTES);
});

test("no deployment has a clock that could be put forward: only the local stack starts a Worker that has one", async () => {
  const text = (await readBundle()).toString();
  const local = ["index.ts", "time.ts"].map((name) => readFile(resolve("dev/clocked-worker", name), "utf8"));
  const marks = ["CLOCK_URL", "/dev/clock-moved"];
  for (const mark of marks) {
    expect((await Promise.all(local)).join()).toContain(mark);
    expect(text).not.toContain(mark);
  }
});
