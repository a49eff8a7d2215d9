// What crosses here: secrets of the configuration and the text they protect. What never does: a bare key in an
// error or a log. Keys rotate: a sealed value names the key that made it.
import { fromBase64, fromBase64Url, toBase64Url, toHex, utf8 } from "./bytes.ts";

export interface Cipher {
  /** AES-256-GCM under the current key. `context` is authenticated: a value moved to another column does not open. */
  seal(plain: string, context: string): Promise<string>;
  /** Throws when the key is unknown, the context differs, or the value was changed. */
  open(sealed: string, context: string): Promise<string>;
}

/** `keys` is `id:base64(32 bytes)`, comma separated, the current one first. */
export const createCipher = (keys: string): Cipher => {
  const ring = parseKeyRing(keys);
  const imported = new Map<string, Promise<CryptoKey>>();
  const keyOf = (id: string): Promise<CryptoKey> => {
    const raw = ring.find((entry) => entry.id === id)?.bytes;
    if (!raw) throw new Error("sealed value names a key that is not configured");
    let key = imported.get(id);
    if (!key) imported.set(id, (key = crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"])));
    return key;
  };
  return {
    async seal(plain, context) {
      const id = ring[0]!.id;
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const algorithm = { name: "AES-GCM", iv, additionalData: utf8(context) };
      const sealed = await crypto.subtle.encrypt(algorithm, await keyOf(id), utf8(plain));
      return `${id}.${toBase64Url(iv)}.${toBase64Url(new Uint8Array(sealed))}`;
    },
    async open(sealed, context) {
      const [id, iv, body] = sealed.split(".");
      if (!id || !iv || !body) throw new Error("sealed value is malformed");
      const algorithm = { name: "AES-GCM", iv: fromBase64Url(iv), additionalData: utf8(context) };
      return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, await keyOf(id), fromBase64Url(body)));
    },
  };
};

export interface KeyedHash {
  /** HMAC-SHA-256, as bytes. */
  bytes(value: string): Promise<Uint8Array<ArrayBuffer>>;
  /** HMAC-SHA-256, 64 lower-case hex characters. */
  hex(value: string): Promise<string>;
}

/** `key` is base64 of at least 32 bytes. */
export const createKeyedHash = (key: string): KeyedHash => {
  const raw = fromBase64(key);
  if (raw.length < 32) throw new Error("a hash key needs 32 bytes");
  const imported = crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const bytes = async (value: string) => new Uint8Array(await crypto.subtle.sign("HMAC", await imported, utf8(value)));
  return { bytes, hex: async (value) => toHex(await bytes(value)) };
};

/** `id:base64` pairs, comma separated, the current one first; throws unless each has 32 bytes and the ids differ. */
export const parseKeyRing = (keys: string): { id: string; bytes: Uint8Array<ArrayBuffer> }[] => {
  const ring = keys.split(",").map((entry) => {
    const [id, encoded] = entry.trim().split(":");
    const bytes = encoded ? fromBase64(encoded) : new Uint8Array();
    if (!id || !/^[a-z0-9]{1,8}$/.test(id) || bytes.length !== 32)
      throw new Error("a key ring entry is id:base64(32 bytes)");
    return { id, bytes };
  });
  if (new Set(ring.map((entry) => entry.id)).size !== ring.length) throw new Error("key ids repeat");
  return ring;
};

export const sha256Hex = async (data: string | Uint8Array<ArrayBuffer>): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", typeof data === "string" ? utf8(data) : data)));
