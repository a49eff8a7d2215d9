// `bun run up`: the whole platform on this machine, outside parties simulated, until Ctrl-C.
import { StackError } from "./process.ts";
import { createStackLog } from "./up/log.ts";
import { readOptions, USAGE, UsageError, type UpOptions } from "./up/options.ts";
import { watchParents } from "./up/parents.ts";
import { Interrupted, startStack, type Stack } from "./up/stack.ts";
import type { Addresses } from "./up/running.ts";

const log = createStackLog(
  (text) => process.stdout.write(text),
  process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
);

const readArguments = (): UpOptions => {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options !== "help") return options;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`up: ${error.message}\n\n${USAGE}`);
    process.exit(1);
  }
};

const welcome = ({ worker, console: consolePage, tra }: Addresses, isFiscal: boolean, seconds: string): string => `
  ChajiPoa is up, after ${seconds} s.

    console page   ${consolePage}   stations, handset, SMS and events; rent a power bank by clicking
    the API        ${worker}/api/v1   for curl: the README walks through a rental
    health         ${worker}/health/ready
    tax authority  ${tra}/control/documents   ${isFiscal ? "every receipt is told to it" : "nobody tells it anything; --fiscal does"}

  Next: open the console page, or run \`bun run demo\` in another terminal. Ctrl-C stops everything; what was done is kept.
`;

const main = async (): Promise<number> => {
  const startedMs = performance.now();
  const options = readArguments();
  const interruption = new AbortController();
  let exitCode = 0;
  const end = (reason: string, code = 0): void => {
    if (interruption.signal.aborted) return;
    log("up", reason);
    exitCode = code;
    interruption.abort();
  };
  const over = new Promise<void>((done) => interruption.signal.addEventListener("abort", () => done(), { once: true }));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => end("stopping"));
  // Nobody reads any more: the lines are lost, the order of the stop is not.
  process.stdout.on("error", () => end("stopping"));
  const parents = watchParents(() => end("the process that started this has gone: stopping"));
  let stack: Stack;
  try {
    stack = await startStack({
      ...options,
      log,
      databaseUrl: process.env["DATABASE_URL"] || undefined,
      redisUrl: process.env["REDIS_URL"] || undefined,
      signal: interruption.signal,
      onLost: (sentence) => end(sentence, 1),
    });
  } catch (error) {
    if (error instanceof Interrupted) return exitCode;
    console.error(error instanceof StackError ? error.message : error);
    return 1;
  }
  console.log(welcome(stack.addresses, options.isFiscal, ((performance.now() - startedMs) / 1_000).toFixed(1)));
  await over;
  const stoppingMs = performance.now();
  await stack.stop();
  parents.stop();
  log("up", `stopped after ${((performance.now() - stoppingMs) / 1_000).toFixed(1)} s`);
  return exitCode;
};

process.exit(await main());
