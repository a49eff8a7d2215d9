import type { LimitState } from "../errors.ts";

/** The IETF rate limit fields: the policy, and where the client stands. */
export const limitHeaders = ({ policy, quota, windowSeconds, remaining, resetSeconds }: LimitState) => ({
  "RateLimit-Policy": `"${policy}";q=${quota};w=${windowSeconds}`,
  RateLimit: `"${policy}";r=${Math.max(0, remaining)};t=${resetSeconds}`,
});
