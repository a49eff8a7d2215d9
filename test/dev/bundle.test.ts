// What a deployment uploads, against the ceiling of docs/design/performance.md.
import { afterAll, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker } from "../../dev/workerd.ts";

const CEILING_BYTES = 400 * 1024;

const folder = await mkdtemp(join(tmpdir(), "chajipoa-bundle-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the Worker's bundle stays below 400 KiB, gzipped", async () => {
  await bundleWorker(folder);
  const packed = Bun.gzipSync(await readFile(join(folder, "index.js"))).byteLength;
  expect(packed).toBeGreaterThan(100 * 1024);
  expect(packed).toBeLessThanOrEqual(CEILING_BYTES);
}, 60_000);
