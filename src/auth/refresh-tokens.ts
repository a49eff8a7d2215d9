// A refresh token is a session's id, the number of its generation, and a MAC over both. The database keeps the number
// alone: garbage is refused without asking it, and the same successor can be made again when an answer was lost.
import { equalBytes, fromBase64Url, toBase64, toBase64Url } from "../lib/bytes.ts";
import { createKeyedHash, parseKeyRing } from "../lib/crypto.ts";
import { idPattern, type Id } from "../lib/ids.ts";

export interface RefreshClaim {
  sessionId: Id<"ses">;
  /** 1 for the token that a sign-in gives, one more with each use. */
  generation: number;
}

export interface RefreshTokens {
  /** The same text for the same claim for as long as the current key stays. */
  issue(claim: RefreshClaim): Promise<string>;
  /** Null for anything that was not issued here. Says nothing of expiry or reuse: that is the session's. */
  read(token: string): Promise<RefreshClaim | null>;
}

const SHAPE = /^([a-z0-9]{1,8})\.(ses_[0-9a-z]{26})\.([1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/;
const SESSION = idPattern("ses");

/** `keys` is `id:base64(32 bytes)`, comma separated, the current one first; the others still read. */
export const createRefreshTokens = (keys: string): RefreshTokens => {
  const ring = parseKeyRing(keys).map(({ id, bytes }) => ({ id, hash: createKeyedHash(toBase64(bytes)) }));
  const mac = (hash: (typeof ring)[number]["hash"], { sessionId, generation }: RefreshClaim) =>
    hash.bytes(`refresh\n${sessionId}\n${generation}`);
  return {
    async issue(claim) {
      const { id, hash } = ring[0]!;
      return `${id}.${claim.sessionId}.${claim.generation}.${toBase64Url(await mac(hash, claim))}`;
    },
    async read(token) {
      const [, keyId, sessionId, generation, given] = SHAPE.exec(token) ?? [];
      const key = ring.find(({ id }) => id === keyId);
      if (!key || !sessionId || !SESSION.test(sessionId) || !given) return null;
      const claim = { sessionId: sessionId as Id<"ses">, generation: Number(generation) };
      return equalBytes(await mac(key.hash, claim), fromBase64Url(given)) ? claim : null;
    },
  };
};
