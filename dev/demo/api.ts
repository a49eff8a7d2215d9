// How an app talks to the API for its renter.
import { TokensView } from "../../src/auth/schemas.ts";
import type { Answer } from "./outside.ts";
import { type Renter, type Scene, take } from "./scene.ts";

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** With the renter's token and language; what moves money or metal under a key of its own. */
export const calls =
  ({ outside }: Scene, renter: Pick<Renter, "token" | "locale">) =>
  (method: Method, path: string, body?: unknown): Promise<Answer> =>
    outside.call(method, `/api/v1${path}`, {
      token: renter.token,
      locale: renter.locale,
      ...(body === undefined ? {} : { body }),
      ...(method === "POST" ? { idempotencyKey: crypto.randomUUID() } : {}),
    });

/** What a person reads of a refusal. */
export const detailOf = ({ body }: Answer): string => (body as { detail?: string } | null)?.detail ?? "";
export const codeOf = ({ body }: Answer): string => (body as { code?: string } | null)?.code ?? "";

/** The access token has run out meanwhile. */
export const renew = async ({ outside, say }: Scene, renter: Renter): Promise<void> => {
  const body = { refreshToken: renter.refreshToken };
  const answer = await outside.call("POST", "/api/v1/auth/refresh", { locale: renter.locale, body });
  const tokens = take(say, answer, 200, TokensView, "the session goes on with new tokens");
  renter.token = tokens.accessToken;
  renter.refreshToken = tokens.refreshToken;
};
