// Signing in. What leaves never tells whether a number is known: every number gets a challenge, the same statements run,
// and the SMS goes after the answer. A code passes from here to the SMS sender and nowhere else: no outbox, no log.
import type { Dependencies } from "../deps.ts";
import { AppError, type LimitState } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../lib/clock.ts";
import type { Id } from "../lib/ids.ts";
import { sendNow } from "../messages/service.ts";
import { normalisePhone, sealPhone, type Msisdn } from "../users/service.ts";
import { checkOtp, drawCode, OTP_TTL_MS, storeOtp } from "./otp.ts";
import {
  findRecipient,
  openSession,
  registerUser,
  revokeSessions,
  rotateSession,
  type Recipient,
} from "./repository.ts";
import type {
  ChallengeView,
  Login,
  Refresh,
  Register,
  ResendOtp,
  SessionView,
  TokensView,
  VerifyPhone,
} from "./schemas.ts";
import { ACCESS_TOKEN_SECONDS } from "./tokens.ts";

export const REFRESH_TOKEN_MS = 7 * DAY_MS;
/** For so long the direct predecessor is given the same successor again. */
export const REFRESH_GRACE_SECONDS = 60;

/** Somebody who has not signed in. */
export interface Visitor {
  /** Network address, null where the platform does not say. */
  address: string | null;
}

type SignedIn = Extract<Actor, { kind: "user" }>;
type Opened = { challenge: ChallengeView; limit: LimitState };

const requireMsisdn = (phone: string): Msisdn => {
  const msisdn = normalisePhone(phone);
  if (!msisdn) throw new AppError("phone_invalid", { errors: [{ path: "phone", code: "phone_invalid" }] });
  return msisdn;
};

/** 202 for everybody. Throws `phone_invalid`, `otp_wait`, `rate_limited`, `unavailable`. */
export const register = async (deps: Dependencies, visitor: Visitor, input: Register): Promise<Opened> => {
  const msisdn = requireMsisdn(input.phone);
  const challengeId = deps.ids.next("chl");
  return openChallenge(deps, visitor, { msisdn, challengeId, isResend: false }, async (phoneHash) => {
    const userId = deps.ids.next("usr");
    const phoneSealed = await sealPhone(deps.cipher, userId, msisdn);
    const { name, locale } = input;
    return registerUser(deps.db, { userId, phoneHash, phoneSealed, name, locale, nowMs: deps.clock.now() });
  });
};

/** 202 for everybody; an unknown number has a challenge that no code will ever meet. Throws as `register`. */
export const login = (deps: Dependencies, visitor: Visitor, input: Login): Promise<Opened> =>
  openChallenge(
    deps,
    visitor,
    { msisdn: requireMsisdn(input.phone), challengeId: deps.ids.next("chl"), isResend: false },
    (phoneHash) => findRecipient(deps.db, phoneHash),
  );

/** Replaces the code of an open challenge. Throws as `register`; `otp_invalid` or `otp_ended` when there is none. */
export const resendOtp = (deps: Dependencies, visitor: Visitor, input: ResendOtp): Promise<Opened> =>
  openChallenge(
    deps,
    visitor,
    { msisdn: requireMsisdn(input.phone), challengeId: input.challengeId, isResend: true },
    (phoneHash) => findRecipient(deps.db, phoneHash),
  );

const openChallenge = async (
  deps: Dependencies,
  visitor: Visitor,
  { msisdn, challengeId, isResend }: { msisdn: Msisdn; challengeId: Id<"chl">; isResend: boolean },
  recipientOf: (phoneHash: string) => Promise<Recipient | null>,
): Promise<Opened> => {
  const phoneHash = await deps.phoneHash.hex(msisdn);
  const code = drawCode();
  const stored = await storeOtp(
    { redis: deps.redis, hash: deps.otpHash },
    { challengeId, phoneHash, purpose: "sign_in" },
    { requestId: deps.ids.next("req"), nowMs: deps.clock.now(), address: visitor.address, code, isResend },
  );
  switch (stored.status) {
    case "wait":
      throw new AppError("otp_wait", { retryAfterSeconds: stored.limit.resetSeconds, limit: stored.limit });
    case "address_limited":
      throw new AppError("rate_limited", { retryAfterSeconds: stored.limit.resetSeconds, limit: stored.limit });
    case "none":
      throw new AppError("otp_invalid");
    case "ended":
      throw new AppError("otp_ended");
    case "stored": {
      const recipient = await recipientOf(phoneHash);
      if (recipient && recipient.state !== "closed") {
        // The answer has gone. A lost SMS is repeated by the renter's resend, not by us.
        const { locale } = recipient;
        deps.defer(sendNow(deps, { msisdn, locale }, "otp", { code, minutes: OTP_TTL_MS / MINUTE_MS }));
      }
      const { resendInSeconds, limit } = stored;
      return { challenge: { challengeId, resendInSeconds, expiresInSeconds: OTP_TTL_MS / SECOND_MS }, limit };
    }
  }
};

/** Opens a session. Throws `phone_invalid`, `otp_invalid`, `otp_ended`, `rate_limited`, `account_closed`, `unavailable`. */
export const verifyPhone = async (
  deps: Dependencies,
  visitor: Visitor & { device: string | null },
  input: VerifyPhone,
): Promise<SessionView> => {
  const msisdn = requireMsisdn(input.phone);
  const phoneHash = await deps.phoneHash.hex(msisdn);
  const nowMs = deps.clock.now();
  const checked = await checkOtp(
    { redis: deps.redis, hash: deps.otpHash },
    { challengeId: input.challengeId, phoneHash, purpose: "sign_in" },
    { requestId: deps.ids.next("req"), nowMs, address: visitor.address, code: input.otp },
  );
  if (checked.status === "address_limited") {
    throw new AppError("rate_limited", { retryAfterSeconds: checked.limit.resetSeconds, limit: checked.limit });
  }
  if (checked.status === "ended") throw new AppError("otp_ended");
  if (checked.status !== "right") throw new AppError("otp_invalid");
  const sessionId = deps.ids.next("ses");
  const user = await openSession(deps.db, {
    phoneHash,
    sessionId,
    device: visitor.device,
    nowMs,
    expiresAtMs: nowMs + REFRESH_TOKEN_MS,
  });
  if (user.status !== "signed_in") throw new AppError(user.status === "unknown" ? "otp_invalid" : user.status);
  const { userId, name, locale, state, role } = user;
  const tokens = await issueTokens(deps, { userId, sessionId, role, generation: 1 });
  return { ...tokens, user: { id: userId, phone: `+${msisdn}`, name, locale, state, role } };
};

/** Rotates. Throws `refresh_invalid` (also for a reused token, whose family ends), `account_closed`, `unavailable`. */
export const refresh = async (deps: Dependencies, input: Refresh): Promise<TokensView> => {
  const claim = await deps.tokens.refresh.read(input.refreshToken);
  if (!claim) throw new AppError("refresh_invalid");
  const nowMs = deps.clock.now();
  const expiresAtMs = nowMs + REFRESH_TOKEN_MS;
  const rotated = await rotateSession(deps.db, { ...claim, nowMs, expiresAtMs, graceSeconds: REFRESH_GRACE_SECONDS });
  switch (rotated.status) {
    case "refreshed":
      return issueTokens(deps, { ...rotated, sessionId: claim.sessionId });
    case "reused":
      deps.log.write("warn", "alert", {
        alert: "refresh_token_reused",
        userId: rotated.userId,
        sessionId: claim.sessionId,
      });
      throw new AppError("refresh_invalid");
    case "refresh_invalid":
    case "account_closed":
      throw new AppError(rotated.status);
  }
};

const issueTokens = async (
  { tokens }: Pick<Dependencies, "tokens">,
  { userId, sessionId, role, generation }: Omit<SignedIn, "kind"> & { generation: number },
): Promise<TokensView> => {
  const [accessToken, refreshToken] = await Promise.all([
    tokens.sign({ userId, sessionId, role }),
    tokens.refresh.issue({ sessionId, generation }),
  ]);
  return { accessToken, expiresInSeconds: ACCESS_TOKEN_SECONDS, refreshToken };
};

/** Ends the session of the token. Its access token runs out by itself, in 15 minutes at most. */
export const logout = async (deps: Dependencies, { userId, sessionId }: SignedIn): Promise<void> => {
  await revokeSessions(deps.db, { userId, sessionId, isEvery: false, nowMs: deps.clock.now() });
};

/** Ends every session of the account, on every handset. */
export const logoutAll = async (deps: Dependencies, { userId, sessionId }: SignedIn): Promise<void> => {
  await revokeSessions(deps.db, { userId, sessionId, isEvery: true, nowMs: deps.clock.now() });
};
