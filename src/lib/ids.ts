import type { Clock } from "./clock.ts";

// Crockford's alphabet in lower case: no i, l, o, u, so an id survives being read aloud.
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Encodes 16 bytes as 26 characters, most significant first, so that text order is byte order. */
const encode128 = (bytes: Uint8Array): string => {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = "";
  for (let i = 0; i < 26; i++) {
    text = ALPHABET[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return text;
};

const uuidV7 = (nowMs: number): Uint8Array => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = BigInt(nowMs);
  for (let i = 5; i >= 0; i--) {
    bytes[i] = Number(time & 255n);
    time >>= 8n;
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
};

export type IdPrefix =
  | "usr"
  | "ses"
  | "chl"
  | "stn"
  | "pb"
  | "trf"
  | "rnt"
  | "cmd"
  | "pay"
  | "cbk"
  | "rcp"
  | "crn"
  | "msg"
  | "req"
  | "tkt"
  | "wdr"
  | "adj"
  | "stm"
  | "mnt"
  | "mov"
  | "dsp";

/** A prefixed id with a UUIDv7 inside: `rnt_` + 26 characters, sortable by the time of its making. */
export type Id<P extends IdPrefix = IdPrefix> = `${P}_${string}`;

export interface Ids {
  next<P extends IdPrefix>(prefix: P): Id<P>;
  /** `length` random characters, 5 bits each: external references, link tokens. */
  secret(length: number): string;
}

export const createIds = (clock: Clock): Ids => ({
  next: (prefix) => `${prefix}_${encode128(uuidV7(clock.now()))}`,
  secret: (length) =>
    Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => ALPHABET[byte & 31]).join(""),
});

export const idPattern = (prefix: IdPrefix): RegExp => new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`);
