import type { Ids } from "../lib/ids.ts";

/** A station's own key as a JWK, for the station and nobody else. */
export interface PrivateStationKey {
  kty: "OKP";
  crv: "Ed25519";
  kid: string;
  x: string;
  d: string;
}

/** A new Ed25519 key, or the public half of one that the station made itself. The private half is never stored or logged. */
export const drawStationKey = async (
  ids: Ids,
  publicX: string | null,
): Promise<{ keyId: string; x: string; privateKey: PrivateStationKey | null }> => {
  const keyId = `k-${ids.secret(8)}`;
  if (publicX !== null) return { keyId, x: publicX, privateKey: null };
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const { x, d } = (await crypto.subtle.exportKey("jwk", pair.privateKey)) as { x: string; d: string };
  return { keyId, x, privateKey: { kty: "OKP", crv: "Ed25519", kid: keyId, x, d } };
};
