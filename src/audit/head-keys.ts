// The keys of the audit chain's daily heads. What crosses here: the text of a head and its signature. What never does: the
// private half, in an error or a log. The database has neither half, so whoever can rewrite all of it still cannot sign.
import { z } from "zod";
import { fromBase64Url, toBase64Url, utf8 } from "../lib/bytes.ts";

const Key = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  kid: z.string().min(1).max(64),
  x: z.string().length(43),
  /** Absent on a key that only verifies. */
  d: z.string().length(43).optional(),
});
const KeyRing = z.array(Key).min(1);

/** The end of one shard's chain at the close of a day of Africa/Dar_es_Salaam. */
export interface AuditHead {
  day: string;
  shard: number;
  position: number;
  /** 64 hex characters. */
  hash: string;
}

export interface HeadKeys {
  /** Signs with the first key that has a private half; throws when none has. */
  sign(head: AuditHead, signedAtMs: number): Promise<{ keyId: string; signature: string }>;
  verify(
    head: AuditHead,
    signedAtMs: number,
    keyId: string,
    signature: string,
  ): Promise<"good" | "bad" | "unknown_key">;
}

const headText = ({ day, shard, position, hash }: AuditHead, signedAtMs: number): Uint8Array<ArrayBuffer> =>
  utf8(["chajipoa audit head 1", day, shard, position, hash, signedAtMs].join("\n"));

/** `keys` is AUDIT_KEYS. Throws when it is malformed or names a key twice. */
export const createHeadKeys = (keys: string): HeadKeys => {
  const ring = parseKeys(keys);
  const imported = new Map<string, Promise<CryptoKey>>();
  const keyFor = ({ kid, x, d }: z.infer<typeof Key>, use: "sign" | "verify"): Promise<CryptoKey> => {
    const name = `${use} ${kid}`;
    let key = imported.get(name);
    const half = use === "sign" ? { d: d! } : {};
    if (!key) {
      key = crypto.subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", x, ...half }, "Ed25519", false, [use]);
      imported.set(name, key);
    }
    return key;
  };
  return {
    async sign(head, signedAtMs) {
      const key = ring.find(({ d }) => d !== undefined);
      if (!key) throw new Error("AUDIT_KEYS has no private key");
      const signature = await crypto.subtle.sign("Ed25519", await keyFor(key, "sign"), headText(head, signedAtMs));
      return { keyId: key.kid, signature: toBase64Url(new Uint8Array(signature)) };
    },
    async verify(head, signedAtMs, keyId, signature) {
      const key = ring.find(({ kid }) => kid === keyId);
      if (!key) return "unknown_key";
      try {
        const text = headText(head, signedAtMs);
        const isGood = await crypto.subtle.verify(
          "Ed25519",
          await keyFor(key, "verify"),
          fromBase64Url(signature),
          text,
        );
        return isGood ? "good" : "bad";
      } catch {
        return "bad";
      }
    },
  };
};

const parseKeys = (text: string): z.infer<typeof KeyRing> => {
  let ring: z.infer<typeof KeyRing>;
  try {
    ring = KeyRing.parse(JSON.parse(text));
  } catch {
    // Without the cause: a parser may quote what it could not read, and this is a secret.
    throw new Error("AUDIT_KEYS is not a JSON array of Ed25519 JWKs with kid");
  }
  if (new Set(ring.map(({ kid }) => kid)).size !== ring.length) throw new Error("AUDIT_KEYS names a kid twice");
  return ring;
};
