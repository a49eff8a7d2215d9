import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../tool.ts";

export interface UpOptions {
  /** Everything the stack keeps is below it. */
  folder: string;
  workerPort: number;
  consolePort: number;
  isReset: boolean;
  /** Receipts get their numbers from a fiscal device. */
  isFiscal: boolean;
}

export const USUAL_WORKER_PORT = 8787;
export const USUAL_CONSOLE_PORT = 8788;
export const DEFAULT_FOLDER = resolve(ROOT, ".local");

export const USAGE = `bun run up [--port <port>] [--console-port <port>] [--data <folder>] [--fiscal] [--reset]

  --port          where the Worker listens (${USUAL_WORKER_PORT})
  --console-port  where the console page listens (one above the Worker's port)
  --data          where everything is kept (.local)
  --fiscal        receipts under a fiscal device, told to the simulated tax authority; without it nobody tells it anything
  --reset         throws away what earlier runs kept, then starts

  DATABASE_URL    a PostgreSQL to use instead of the embedded one; its user has to be the owner, who migrates
  REDIS_URL       a Redis to use instead of a server of the stack's own`;

export class UsageError extends Error {}

/** Throws UsageError with a sentence. */
export const readOptions = (args: string[]): UpOptions | "help" => {
  const { values } = parse(args);
  if (values.help) return "help";
  const workerPort = portOf("--port", values.port) ?? USUAL_WORKER_PORT;
  return {
    folder: values.data === undefined ? DEFAULT_FOLDER : resolve(values.data),
    workerPort,
    consolePort: portOf("--console-port", values["console-port"]) ?? workerPort + 1,
    isReset: values.reset ?? false,
    isFiscal: values.fiscal ?? false,
  };
};

const parse = (args: string[]) => {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args,
      options: {
        port: text,
        "console-port": text,
        data: text,
        fiscal: flag,
        reset: flag,
        help: { ...flag, short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
};

const portOf = (name: string, value: string | undefined): number | undefined => {
  if (value === undefined) return undefined;
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UsageError(`${name} wants a port between 1 and 65535, not "${value}"`);
  return port;
};
