// Ed25519 tokens. What crosses here: ids, a role, a status. What never does: a phone number, a name. A token is checked
// without any I/O, so it outlives a log-out by at most its 15 minutes; what must not is asked of the database.
import { errors, importJWK, jwtVerify, SignJWT, type CryptoKey, type JWTHeaderParameters, type JWTPayload } from "jose";
import { z } from "zod";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import type { Role } from "../lib/actor.ts";
import type { Clock } from "../lib/clock.ts";
import { createIds, idPattern, type Id } from "../lib/ids.ts";
import { createRefreshTokens, type RefreshTokens } from "./refresh-tokens.ts";

export const ACCESS_TOKEN_SECONDS = 15 * 60;
export const TICKET_SECONDS = 60;
const ALGORITHM = "EdDSA";
const ACCESS_AUDIENCE = "chajipoa:api";
const TICKET_AUDIENCE = "chajipoa:live";
/** The QR of a renter who hands a bank over a counter. */
const RETURN_SECONDS = 10 * 60;
const RETURN_AUDIENCE = "chajipoa:return";

const idText = <P extends "usr" | "ses" | "rnt" | "stn" | "tkt">(prefix: P) =>
  z
    .string()
    .regex(idPattern(prefix))
    .transform((text) => text as Id<P>);

const AccessClaims = z.object({
  sub: idText("usr"),
  sid: idText("ses"),
  role: z.enum(["renter", "agent", "support", "finance", "admin"]),
});
const TicketClaims = z.object({
  jti: idText("tkt"),
  sub: idText("rnt"),
  stn: idText("stn"),
  status: z.string().min(1).max(32),
  exp: z.int(),
});
const ReturnClaims = z.object({ sub: idText("rnt") });

export interface Access {
  userId: Id<"usr">;
  sessionId: Id<"ses">;
  role: Role;
}

/** Lets one listener hear of one rental; `status` is what it was when the ticket was made. */
export interface Ticket {
  rentalId: Id<"rnt">;
  stationId: Id<"stn">;
  status: string;
}

export interface Tokens {
  /** An access token for 15 minutes. */
  sign(access: Access): Promise<string>;
  /** Throws `token_expired` when only the time is wrong, else `unauthenticated`. */
  verify(token: string): Promise<Access>;
  /** A ticket for 60 s; whoever serves it takes each `ticketId` once. */
  signTicket(ticket: Ticket): Promise<{ ticket: string; ticketId: Id<"tkt">; expiresAtMs: number }>;
  /** Throws `ticket_invalid`. */
  verifyTicket(token: string): Promise<Ticket & { ticketId: Id<"tkt">; expiresAtMs: number }>;
  /** A proof for ten minutes that its renter stands at the counter. */
  signReturn(rentalId: Id<"rnt">): Promise<{ token: string; expiresAtMs: number }>;
  /** Throws `return_proof_invalid`. */
  verifyReturn(token: string): Promise<Id<"rnt">>;
  /** The public halves of all keys, as /.well-known/jwks.json answers them. */
  jwks(): { keys: Record<string, string>[] };
  refresh: RefreshTokens;
}

const Key = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  kid: z.string().min(1).max(64),
  x: z.string().length(43),
  /** Absent on a key that only checks: one that is on its way out. */
  d: z.string().length(43).optional(),
});
const KeyRing = z.array(Key).min(1);

const parseKeys = (text: string): z.infer<typeof KeyRing> => {
  let ring: z.infer<typeof KeyRing>;
  try {
    ring = KeyRing.parse(JSON.parse(text));
  } catch {
    // Without the cause: a parser may quote what it could not read, and this is a secret.
    throw new Error("TOKEN_KEYS is not a JSON array of Ed25519 JWKs with kid");
  }
  if (!ring[0]?.d) throw new Error("the first of TOKEN_KEYS has no private half");
  if (new Set(ring.map((key) => key.kid)).size !== ring.length) throw new Error("a kid of TOKEN_KEYS repeats");
  return ring;
};

/** The first key signs; a token under any key of the ring is taken. Throws on keys that cannot be read. */
export const createTokens = (config: Config, clock: Clock): Tokens => {
  const ring = parseKeys(config.TOKEN_KEYS);
  const ids = createIds(clock);
  const issuer = config.PUBLIC_BASE_URL;
  const current = ring[0]!;
  const imported = new Map<string, Promise<CryptoKey | Uint8Array>>();
  const once = (name: string, jwk: Record<string, string>) => {
    let key = imported.get(name);
    if (!key) imported.set(name, (key = importJWK(jwk, ALGORITHM)));
    return key;
  };
  const publicHalf = ({ kty, crv, kid, x }: z.infer<typeof Key>) => ({ kty, crv, kid, x, alg: ALGORITHM, use: "sig" });
  const keyFor = async ({ kid }: JWTHeaderParameters) => {
    const key = ring.find((entry) => entry.kid === kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return once(key.kid, publicHalf(key));
  };
  const sign = async (payload: JWTPayload, typ: string, audience: string, seconds: number) => {
    const now = Math.floor(clock.now() / 1000);
    return new SignJWT(payload)
      .setProtectedHeader({ alg: ALGORITHM, kid: current.kid, typ })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(await once("sign", { kty: current.kty, crv: current.crv, x: current.x, d: current.d! }));
  };
  const check = async (token: string, typ: string, audience: string) =>
    (
      await jwtVerify(token, keyFor, {
        algorithms: [ALGORITHM],
        typ,
        issuer,
        audience,
        requiredClaims: ["exp", "iat"],
        currentDate: new Date(clock.now()),
      })
    ).payload;
  return {
    sign: ({ userId, sessionId, role }) =>
      sign({ sub: userId, sid: sessionId, role }, "at+jwt", ACCESS_AUDIENCE, ACCESS_TOKEN_SECONDS),
    async verify(token) {
      try {
        const { sub, sid, role } = AccessClaims.parse(await check(token, "at+jwt", ACCESS_AUDIENCE));
        return { userId: sub, sessionId: sid, role };
      } catch (error) {
        throw new AppError(error instanceof errors.JWTExpired ? "token_expired" : "unauthenticated");
      }
    },
    async signTicket({ rentalId, stationId, status }) {
      const ticketId = ids.next("tkt");
      const payload = { jti: ticketId, sub: rentalId, stn: stationId, status };
      const expiresAtMs = (Math.floor(clock.now() / 1000) + TICKET_SECONDS) * 1000;
      return { ticket: await sign(payload, "ticket+jwt", TICKET_AUDIENCE, TICKET_SECONDS), ticketId, expiresAtMs };
    },
    async verifyTicket(token) {
      try {
        const claims = TicketClaims.parse(await check(token, "ticket+jwt", TICKET_AUDIENCE));
        const { jti, sub, stn, status, exp } = claims;
        return { ticketId: jti, rentalId: sub, stationId: stn, status, expiresAtMs: exp * 1000 };
      } catch {
        throw new AppError("ticket_invalid");
      }
    },
    async signReturn(rentalId) {
      const expiresAtMs = (Math.floor(clock.now() / 1000) + RETURN_SECONDS) * 1000;
      return { token: await sign({ sub: rentalId }, "return+jwt", RETURN_AUDIENCE, RETURN_SECONDS), expiresAtMs };
    },
    async verifyReturn(token) {
      try {
        return ReturnClaims.parse(await check(token, "return+jwt", RETURN_AUDIENCE)).sub;
      } catch {
        throw new AppError("return_proof_invalid");
      }
    },
    jwks: () => ({ keys: ring.map(publicHalf) }),
    refresh: createRefreshTokens(config.REFRESH_KEYS),
  };
};
