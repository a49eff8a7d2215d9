import type { Dependencies } from "../deps.ts";
import type { ErrorCode } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import type { Limits } from "./rate-limit.ts";
import type { Trace } from "./trace.ts";

/** What a handler finds in its context. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    deps: Dependencies;
    requestId: Id<"req">;
    trace: Trace;
    limits: Limits;
    /** Set by a guard. Behind `requireRenter` its type is the signed-in user. */
    actor: Actor | undefined;
    /** The code of the problem that is being answered; for the log line. */
    problem: ErrorCode | undefined;
  };
}

/** Builds what verbs are handed. `context` gives `waitUntil`; everything else is best built once per isolate. */
export type MakeDependencies = (env: Env, context: Pick<ExecutionContext, "waitUntil">) => Dependencies;
