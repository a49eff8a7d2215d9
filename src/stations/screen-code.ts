// The code on a station's screen: the address of its public page with a proof that the screen was looked at just now. The
// station makes it without a network, from its own Ed25519 key, and draws a new one every half minute. It opens nothing by
// itself: it only says that whoever sends it stood there.
//
//   https://…/s/1001?c=1.<seconds>.<signature>.<keyId>
//
// `seconds` since the epoch in base 36, of the server's clock as the last welcome told it; `signature` in base64url over
// SIGNED below; `keyId` is the `kid` of the station's tokens. About 150 characters: a QR code of 53 modules at level M.
import { fromBase64Url, toBase64Url, utf8 } from "../lib/bytes.ts";
import { SECOND_MS } from "../lib/clock.ts";

const VERSION = "1";
/** How long a code is good. The screen draws one every half minute, which leaves as long again for the way. */
export const SCREEN_CODE_SECONDS = 60;
/** By how much the station's clock may be ahead. One that is behind makes its codes end sooner. */
const AHEAD_SECONDS = 10;

const SHAPE = /^1\.([0-9a-z]{1,8})\.([A-Za-z0-9_-]{86})\.([\x21-\x7e]{1,64})$/;

const signedText = (stationId: string, keyId: string, seconds: string) =>
  utf8(["chajipoa screen code", VERSION, stationId, keyId, seconds].join("\n"));

const jwk = (x: string, d?: string): JsonWebKey => ({
  kty: "OKP",
  crv: "Ed25519",
  x,
  ...(d === undefined ? {} : { d }),
});

export interface ScreenKey {
  keyId: string;
  /** Ed25519 public key, JWK `x`. */
  x: string;
}

/** The station's side: the value of `c` at `nowMs` of the server's clock. */
export const makeScreenCode = async (
  stationId: string,
  key: ScreenKey & { d: string },
  nowMs: number,
): Promise<string> => {
  const seconds = Math.floor(nowMs / SECOND_MS).toString(36);
  const signing = await crypto.subtle.importKey("jwk", jwk(key.x, key.d), { name: "Ed25519" }, false, ["sign"]);
  const signature = await crypto.subtle.sign("Ed25519", signing, signedText(stationId, key.keyId, seconds));
  return [VERSION, seconds, toBase64Url(new Uint8Array(signature)), key.keyId].join(".");
};

/** What the screen shows. */
export const screenAddress = (pageAddress: string, code: string): string =>
  `${pageAddress}?c=${encodeURIComponent(code)}`;

export type ScreenVerdict = "proven" | "expired" | "invalid";

/** `keys` are those of the station that are not retired. A right signature at the wrong time is `expired`. */
export const checkScreenCode = async (
  code: string,
  stationId: string,
  keys: readonly ScreenKey[],
  nowMs: number,
): Promise<ScreenVerdict> => {
  const [, seconds, signature, keyId] = SHAPE.exec(code) ?? [];
  const key = keys.find((one) => one.keyId === keyId);
  if (!key || seconds === undefined || signature === undefined) return "invalid";
  const imported = await crypto.subtle.importKey("jwk", jwk(key.x), { name: "Ed25519" }, false, ["verify"]);
  const signed = signedText(stationId, key.keyId, seconds);
  if (!(await crypto.subtle.verify("Ed25519", imported, fromBase64Url(signature), signed))) return "invalid";
  const ageMs = nowMs - Number.parseInt(seconds, 36) * SECOND_MS;
  return ageMs >= -AHEAD_SECONDS * SECOND_MS && ageMs <= SCREEN_CODE_SECONDS * SECOND_MS ? "proven" : "expired";
};
