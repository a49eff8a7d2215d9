import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import { listSessions, revokeSessions, type SessionRow } from "./repository.ts";

type SignedIn = Extract<Actor, { kind: "user" }>;

export interface SessionPage {
  items: (SessionRow & { isCurrent: boolean })[];
  nextCursor: Id<"ses"> | null;
}

/** Where the person is signed in, newest first, by keyset. */
export const readSessions = async (
  deps: Dependencies,
  { userId, sessionId }: SignedIn,
  { cursor, limit }: { cursor: Id<"ses"> | null; limit: number },
): Promise<SessionPage> => {
  const rows = await listSessions(deps.db, { userId, before: cursor, limit: limit + 1, nowMs: deps.clock.now() });
  const items = rows.slice(0, limit).map((row) => ({ ...row, isCurrent: row.id === sessionId }));
  return { items, nextCursor: rows.length > limit ? items.at(-1)!.id : null };
};

/** Ends one of the person's own sessions; its access token runs out by itself. Throws `session_unknown`. */
export const endSession = async (deps: Dependencies, { userId }: SignedIn, sessionId: Id<"ses">): Promise<void> => {
  const ended = await revokeSessions(deps.db, { userId, sessionId, isEvery: false, nowMs: deps.clock.now() });
  if (ended === "session_unknown") throw new AppError(ended);
};
