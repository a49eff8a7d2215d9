// Runs the command-line tools of node_modules on the Node that is pinned there. Neither a tool nor Node is taken from PATH:
// a machine may have another version, or none.
import { spawn } from "node:child_process";
import { delimiter, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..");

const ENTRIES = {
  "drizzle-kit": "drizzle-kit/bin.cjs",
  oxfmt: "oxfmt/bin/oxfmt",
  oxlint: "oxlint/bin/oxlint",
  tsc: "typescript/bin/tsc",
  wrangler: "wrangler/wrangler-dist/cli.js",
} as const;
export type Tool = keyof typeof ENTRIES;

export interface ToolResult {
  isSuccess: boolean;
  /** What it said on both outputs, in order. */
  output: string;
}

/** Never throws because of what the tool says; its output is kept, not shown. Ends after ten minutes: on a busy machine types take several. */
export const runTool = (tool: Tool, args: readonly string[]): Promise<ToolResult> =>
  runCommand(resolve(ROOT, "node_modules/.bin/node"), [
    "--no-warnings",
    resolve(ROOT, "node_modules", ENTRIES[tool]),
    ...args,
  ]);

/** The same for any command. */
export const runCommand = (command: string, args: readonly string[]): Promise<ToolResult> =>
  new Promise((settle) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      // A tool that asks a question gets no answer and ends.
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 600_000,
      env: {
        ...process.env,
        PATH: `${resolve(ROOT, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}`,
        // Only wrangler.toml decides what the generated types say.
        CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: "false",
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_HIDE_BANNER: "true",
        WRANGLER_LOG_PATH: resolve(ROOT, ".local/wrangler-logs"),
        NO_COLOR: "1",
      },
    });
    let output = "";
    const keep = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => settle({ isSuccess: false, output: `${command}: ${error.message}` }));
    child.once("close", (code) => settle({ isSuccess: code === 0, output }));
  });
