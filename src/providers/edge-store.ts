// The platform's cache next to the client, one per data centre. What goes in is public: it is never told who asked.
import { SECOND_MS } from "../lib/clock.ts";
import type { EdgeStore, Kept } from "../lib/recall.ts";

const CLAIM_MS = 10 * SECOND_MS;
/** More keys than this in one isolate are forgotten; a second renewal harms nobody. */
const MOST_CLAIMS = 10_000;

type Store = Pick<Cache, "match" | "put">;

/** `open` may throw or refuse where there is no cache. `origin` keeps one deployment's entries apart from another's. */
export const createEdgeStore = (open: () => Store, origin: string): EdgeStore => {
  const claims = new Map<string, number>();
  const addressOf = (key: string) => `${origin}/.edge/${key}`;
  return {
    async read(key) {
      try {
        const kept = await open().match(addressOf(key));
        return kept ? await kept.json<Kept<unknown>>() : null;
      } catch {
        return null;
      }
    },
    async write(key, kept, seconds) {
      try {
        const headers = { "Content-Type": "application/json", "Cache-Control": `public, max-age=${seconds}` };
        await open().put(addressOf(key), new Response(JSON.stringify(kept), { headers }));
      } catch {
        // Nothing depends on it: the next one loads it again.
      }
    },
    claim(key, nowMs) {
      if ((claims.get(key) ?? 0) > nowMs) return false;
      if (claims.size >= MOST_CLAIMS) claims.clear();
      claims.set(key, nowMs + CLAIM_MS);
      return true;
    },
  };
};
