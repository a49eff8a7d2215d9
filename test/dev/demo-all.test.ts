// Every story from outside, against a stack of its own.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_TITLES } from "../../dev/demo/all.ts";
import { LANGUAGES } from "../../dev/demo/cast.ts";
import { STORIES } from "../../dev/demo/stories.ts";
import { removePostgresData } from "../../dev/postgres-home.ts";
import { freePair, runProgram, type Run } from "./up/stack-process.ts";

const START_MS = 90_000;
const STORIES_MS = 240_000;

let folder: string;
let stack: Run;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chajipoa-demo-"));
  stack = runProgram("dev/up.ts", ["--data", folder, "--port", String(await freePair())]);
  await stack.hears(/ChajiPoa is up/);
}, START_MS);

afterAll(async () => {
  stack.child.kill("SIGTERM");
  await stack.exited;
  await removePostgresData(join(folder, "postgres"));
  await rm(folder, { recursive: true, force: true });
}, START_MS);

test(
  "every story goes as it should, in both languages",
  async () => {
    const demo = runProgram("dev/demo.ts", ["--all", "--data", folder, "--wait", "0"]);
    const code = await demo.exited;
    const said = demo.said();
    const failures = said.split("\n").filter((line) => line.includes("FAIL "));
    expect({ code, failures }).toEqual({ code: 0, failures: [] });
    for (const title of [...STORIES.map((story) => story.title), ...Object.values(DAY_TITLES)])
      for (const { title: language } of LANGUAGES) expect(said).toContain(`== ${title}, ${language} ==`);
  },
  STORIES_MS,
);
