// RSA signatures of callbacks: RSASSA-PKCS1-v1_5 with SHA-256 over four fields without separators. It covers neither the
// amount nor the number nor the transaction's id: the caller compares those with its own record.
import { DAY_MS, MINUTE_MS, type Clock } from "../lib/clock.ts";
import { fromBase64, toBase64Url, utf8 } from "../lib/bytes.ts";
import { PublicKeyAnswer } from "./azampay-wire.ts";
import { readJson } from "./exchange.ts";
import type { ProviderCallback } from "./ports.ts";
import { singleFlight } from "./single-flight.ts";

export interface SignatureVerifier {
  verify(callback: ProviderCallback & { signature: string }): Promise<"valid" | "wrong" | "key_unavailable">;
}

export interface SignatureVerifierOptions {
  clock: Clock;
  /** A key from the settings: nothing is fetched then. */
  staticKey: string | null;
  /** The answer's body of the key URL, or `null` when it did not come. */
  fetchKey: () => Promise<string | null>;
  patienceMs: number;
}

const KEY_LIFETIME_MS = DAY_MS;
/** A wrong signature makes us ask for the key again; who sends many of them must not make us ask as often. */
const FRUITLESS_FETCHES = 5;
const FRUITLESS_WINDOW_MS = MINUTE_MS;

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;

interface HeldKey {
  text: string;
  key: CryptoKey;
  fetchedAtMs: number;
}

export const createSignatureVerifier = (options: SignatureVerifierOptions): SignatureVerifier => {
  const { clock, staticKey, fetchKey, patienceMs } = options;
  let held: HeldKey | null = null;
  let fruitlessAtMs: number[] = [];

  const load = async (): Promise<HeldKey | null> => {
    const text = staticKey ?? (await fetchKey());
    if (text === null) return null;
    try {
      return (held = { text, key: await importPublicKey(text), fetchedAtMs: clock.now() });
    } catch {
      return null;
    }
  };
  const loadOnce = singleFlight(load, patienceMs);

  const current = async (): Promise<HeldKey | null> => {
    if (held && (staticKey !== null || clock.now() - held.fetchedAtMs < KEY_LIFETIME_MS)) return held;
    // An old key that cannot be renewed is better than none: a signature that it proves is proven.
    return (await loadOnce()) ?? held;
  };

  /** The key that has taken the place of `tried`, or null when there is none. */
  const successor = async (tried: HeldKey): Promise<HeldKey | null> => {
    if (staticKey !== null) return null;
    if (held && held.text !== tried.text) return held;
    fruitlessAtMs = fruitlessAtMs.filter((atMs) => clock.now() - atMs < FRUITLESS_WINDOW_MS);
    if (fruitlessAtMs.length >= FRUITLESS_FETCHES) return null;
    const fetched = await loadOnce();
    if (fetched && fetched.text !== tried.text) return fetched;
    fruitlessAtMs.push(clock.now());
    return null;
  };

  return {
    async verify(callback) {
      const signature = decode(callback.signature);
      if (!signature) return "wrong";
      const tried = await current();
      if (!tried) return "key_unavailable";
      const data = signedData(callback);
      if (await crypto.subtle.verify(ALGORITHM.name, tried.key, signature, data)) return "valid";
      const next = await successor(tried);
      return next && (await crypto.subtle.verify(ALGORITHM.name, next.key, signature, data)) ? "valid" : "wrong";
    },
  };
};

const signedData = ({ externalId, externalReference, statusWord, operator }: ProviderCallback) =>
  utf8(`${externalId}${externalReference ?? ""}${statusWord}${operator ?? ""}`);

const decode = (base64: string): Uint8Array<ArrayBuffer> | null => {
  try {
    return fromBase64(base64);
  } catch {
    return null;
  }
};

/** Reads the documented JSON answers (Pem, Xml) and a bare PEM or XML. Throws on anything else. */
export const importPublicKey = async (text: string): Promise<CryptoKey> => {
  const wrapped = PublicKeyAnswer.safeParse(readJson(text));
  const key = wrapped.success ? wrapped.data.publicKey : text;
  const modulus = /<Modulus>([^<]+)<\/Modulus>/.exec(key)?.[1];
  const exponent = /<Exponent>([^<]+)<\/Exponent>/.exec(key)?.[1];
  if (modulus && exponent) {
    const jwk = { kty: "RSA", n: base64UrlNumber(modulus), e: base64UrlNumber(exponent) };
    return crypto.subtle.importKey("jwk", jwk, ALGORITHM, false, ["verify"]);
  }
  // In a setting of one line the line breaks are written as \n.
  const body = /-----BEGIN PUBLIC KEY-----([^-]+)-----END PUBLIC KEY-----/.exec(key.replaceAll("\\n", "\n"))?.[1];
  if (!body) throw new Error("not a public key in PEM or XML");
  return crypto.subtle.importKey("spki", fromBase64(body.replace(/\s/g, "")), ALGORITHM, false, ["verify"]);
};

/** XML numbers may carry leading zero bytes, which a JWK must not. */
const base64UrlNumber = (base64: string): string => {
  const bytes = fromBase64(base64.replace(/\s/g, ""));
  const first = bytes.findIndex((byte) => byte !== 0);
  return toBase64Url(bytes.subarray(Math.max(first, 0)));
};
