// Scripts with Upstash's own first line, `#!lua flags=allow-key-locking`, which Redis refuses. It is taken off before Redis
// sees the script, but then the script's digest is another one, so this side keeps what each digest stands for.
import { createHash } from "node:crypto";
import type { Reply } from "./redis-replies.ts";

export interface Scripts {
  /** What needs no Redis: SCRIPT, and EVALSHA of a script nobody sent yet. Null for everything else. */
  answer(command: readonly string[]): Reply | null;
  /** EVAL and EVALSHA as an EVAL that Redis takes; everything else unchanged. */
  rewrite(command: readonly string[]): string[];
}

export const createScripts = (): Scripts => {
  const bodies = new Map<string, string>();
  const remember = (script: string): string => {
    const digest = createHash("sha1").update(script).digest("hex");
    bodies.set(digest, script.replace(/^#![^\n]*(\n|$)/, ""));
    return digest;
  };
  const answerScript = (word: string, args: readonly string[]): Reply | null => {
    if (word === "LOAD" && args.length === 1) return { result: remember(args[0]!) };
    if (word === "EXISTS" && args.length > 0)
      return { result: args.map((digest) => (bodies.has(digest.toLowerCase()) ? 1 : 0)) };
    if (word === "FLUSH") {
      bodies.clear();
      return { result: "OK" };
    }
    return { error: `ERR unknown subcommand or wrong number of arguments for '${word}'. Try SCRIPT HELP.` };
  };
  return {
    answer([name = "", first = "", ...rest]) {
      const upper = name.toUpperCase();
      if (upper === "SCRIPT") return answerScript(first.toUpperCase(), rest);
      const isMissing = (upper === "EVALSHA" || upper === "EVALSHA_RO") && !bodies.has(first.toLowerCase());
      return isMissing ? { error: "NOSCRIPT No matching script. Please use EVAL." } : null;
    },
    rewrite(command) {
      const [name = "", first, ...rest] = command;
      const upper = name.toUpperCase();
      const suffix = upper.endsWith("_RO") ? "_RO" : "";
      if (first === undefined) return [...command];
      if (upper === "EVAL" || upper === "EVAL_RO") return [`EVAL${suffix}`, bodies.get(remember(first))!, ...rest];
      const body = upper === "EVALSHA" || upper === "EVALSHA_RO" ? bodies.get(first.toLowerCase()) : undefined;
      return body === undefined ? [...command] : [`EVAL${suffix}`, body, ...rest];
    },
  };
};
