// Tanzania's numbering plan (TCRA, July 2026). What leaves here is a number of 12 digits, 255…, or its masked form; the
// number itself is stored sealed and looked up by keyed hash only.
import type { Cipher } from "../lib/crypto.ts";
import type { Id } from "../lib/ids.ts";
import type { WalletProvider } from "../providers/ports.ts";

/** A mobile number as 255 + 9 digits. Only `normalisePhone` makes one. */
export type Msisdn = string & { readonly brand: "Msisdn" };

const MOBILE = /^(?:\+255|255|0|)([67]\d{8})$/;

/** Takes the ways in which people write a mobile number; null for everything else, landlines included. */
export const normalisePhone = (text: string): Msisdn | null => {
  const match = MOBILE.exec(text.replaceAll(/[\s-]/g, ""));
  return match ? (`255${match[1]}` as Msisdn) : null;
};

const operators: Record<string, WalletProvider> = {
  "61": "halopesa",
  "62": "halopesa",
  "63": "halopesa",
  "65": "tigo",
  "67": "tigo",
  "70": "tigo",
  "71": "tigo",
  "77": "tigo",
  "66": "airtel",
  "68": "airtel",
  "69": "airtel",
  "78": "airtel",
  "72": "mpesa",
  "74": "mpesa",
  "75": "mpesa",
  "76": "mpesa",
  "79": "mpesa",
};

/** The wallet that usually belongs to the prefix. A hint only: numbers are ported between operators. Null: none known. */
export const usualProvider = (msisdn: Msisdn): WalletProvider | null => operators[msisdn.slice(3, 5)] ?? null;

/** `+2557•••••678`: enough to recognise one's own number, too little to call it. */
export const maskPhone = (msisdn: Msisdn): string => `+${msisdn.slice(0, 4)}•••••${msisdn.slice(-3)}`;

const contextOf = (userId: Id<"usr">) => `users.phone:${userId}`;

/** The value of `users.phone_sealed`. Bound to the row: copied to another user it does not open. */
export const sealPhone = (cipher: Cipher, userId: Id<"usr">, msisdn: Msisdn): Promise<string> =>
  cipher.seal(msisdn, contextOf(userId));

/** Throws when the value was not sealed for this user. */
export const openPhone = async (cipher: Cipher, userId: Id<"usr">, sealed: string): Promise<Msisdn> =>
  (await cipher.open(sealed, contextOf(userId))) as Msisdn;
