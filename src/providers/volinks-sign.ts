// The `sign` of a Volinks cabinet's calls over HTTP: MD5 over its parameters without any key. It shows that a call was not
// garbled, and nothing about who made it.
import { equalBytes, toHex, utf8 } from "../lib/bytes.ts";

/** Signed in the order of the alphabet. */
const SIGNED = {
  connect: ["deviceId", "simMobile", "simUUID", "uuid"],
  upload: ["rentboxSN", "signal"],
  return: ["hole", "rentboxSN", "singleSN"],
} as const;

export const signedText = (door: keyof typeof SIGNED, query: Record<string, string>): string =>
  SIGNED[door].map((name) => `${name}=${query[name] ?? ""}`).join("|");

export const signOf = async (door: keyof typeof SIGNED, query: Record<string, string>): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest("MD5", utf8(signedText(door, query)))));

export const isSigned = async (door: keyof typeof SIGNED, query: Record<string, string>): Promise<boolean> =>
  equalBytes(utf8(await signOf(door, query)), utf8((query["sign"] ?? "").toLowerCase()));
