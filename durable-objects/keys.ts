// Who may speak for this station. Tokens are made by the station's own Ed25519 key and verified with the pushed copy of
// its public half; each is used once. What never crosses here: a token in a log.
import { decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { MINUTE_MS, SECOND_MS } from "../src/lib/clock.ts";
import type { StationKey } from "../src/stations/port.ts";
import type { Sql } from "./sql.ts";

const LIFETIME_MS = 5 * MINUTE_MS;
const CLOCK_TOLERANCE_SECONDS = 30;
/** Used-up names are swept once this many have expired. */
const SWEEP_AT = 50;

export interface Bearer {
  keyId: string;
  jti: string;
  expiresAtMs: number;
}

interface KeyRow extends Record<string, SqlStorageValue> {
  key_id: string;
  x: string;
}

export const replaceKeys = (sql: Sql, keys: StationKey[]): void => {
  sql.run("delete from keys");
  for (const key of keys)
    sql.run("insert into keys (key_id, x, is_retired) values (?, ?, ?)", key.keyId, key.x, key.isRetired ? 1 : 0);
};

export const validKeys = (sql: Sql): KeyRow[] => sql.all<KeyRow>("select key_id, x from keys where is_retired = 0");

/** Signature, audience, lifetime; null for anything wrong. The name is claimed separately, in the turn that uses it. */
export const readBearer = async (
  keys: KeyRow[],
  authorization: string | null,
  stationId: string,
  nowMs: number,
): Promise<Bearer | null> => {
  const token = authorization?.match(/^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/)?.[1];
  if (!token) return null;
  try {
    const { kid } = decodeProtectedHeader(token);
    const key = keys.find((row) => row.key_id === kid);
    if (!key) return null;
    const publicKey = await importJWK({ kty: "OKP", crv: "Ed25519", x: key.x }, "EdDSA");
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: ["EdDSA"],
      audience: stationId,
      requiredClaims: ["jti", "iat", "exp"],
      currentDate: new Date(nowMs),
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    const { jti, iat, exp } = payload as { jti: unknown; iat: number; exp: number };
    if (typeof jti !== "string" || jti.length === 0 || jti.length > 64) return null;
    const lifetimeMs = (exp - iat) * SECOND_MS;
    const isFromTheFuture = iat * SECOND_MS > nowMs + CLOCK_TOLERANCE_SECONDS * SECOND_MS;
    if (lifetimeMs <= 0 || lifetimeMs > LIFETIME_MS || isFromTheFuture) return null;
    return { keyId: key.key_id, jti, expiresAtMs: (exp + CLOCK_TOLERANCE_SECONDS) * SECOND_MS };
  } catch {
    return null;
  }
};

/** True for the first use of a token or ticket; remembered until it would have expired anyway. */
export const claimOnce = (sql: Sql, jti: string, expiresAtMs: number, nowMs: number): boolean => {
  if (sql.first("select 1 as it from used_tokens where jti = ?", jti)) return false;
  const { n } = sql.first<{ n: number }>("select count(*) as n from used_tokens where expires_at_ms < ?", nowMs)!;
  if (n >= SWEEP_AT) sql.run("delete from used_tokens where expires_at_ms < ?", nowMs);
  sql.run("insert into used_tokens (jti, expires_at_ms) values (?, ?)", jti, expiresAtMs);
  return true;
};
