// A request to one of AzamPay's services under its access token. What is sent may be sent twice only after a 401, which says
// that it was not taken; everything else is the caller's to judge.
import type { Config } from "../config.ts";
import type { Log } from "../lib/log.ts";
import { createTokenSource, type TokenSourceOptions } from "./azampay-token.ts";
import { exchange, type Exchange, type Fetch } from "./exchange.ts";

export type Authorized =
  | Exchange
  /** No token, so nothing was sent. */
  | { kind: "not_sent"; reason: "credentials" | "token_unavailable" };

export type SendAuthorized = (url: string, init: RequestInit, timeoutMs: number) => Promise<Authorized>;

export interface AuthorizedOptions extends TokenSourceOptions {
  config: Config;
  fetch: Fetch;
  /** Where refused credentials are reported. */
  log?: Log | undefined;
}

/** Never throws. One for all services: they share the token. */
export const createAuthorized = ({ log, ...options }: AuthorizedOptions): SendAuthorized => {
  const { config, fetch } = options;
  const tokens = createTokenSource(options);

  const send = async (url: string, accessToken: string, init: RequestInit, timeoutMs: number): Promise<Exchange> => {
    const headers: Record<string, string> = { authorization: `Bearer ${accessToken}`, accept: "application/json" };
    if (config.AZAMPAY_API_KEY) headers["x-api-key"] = config.AZAMPAY_API_KEY;
    if (init.body) headers["content-type"] = "application/json";
    return exchange(fetch, url, { ...init, headers }, timeoutMs);
  };

  return async (url, init, timeoutMs) => {
    let token = await tokens.current();
    let answer: Exchange | null = null;
    for (let round = 0; round < 2 && token.status === "granted"; round++) {
      answer = await send(url, token.accessToken, init, timeoutMs);
      const isStale = answer.kind === "answered" && answer.status === 401;
      if (!isStale) return answer;
      if (round === 0) token = await tokens.renew(token.accessToken);
    }
    if (token.status === "unavailable") return { kind: "not_sent", reason: "token_unavailable" };
    log?.write("error", "alert", { alert: "azampay_credentials", step: token.status === "refused" ? "token" : "call" });
    return answer && token.status === "granted" ? answer : { kind: "not_sent", reason: "credentials" };
  };
};
