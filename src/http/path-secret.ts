// Proof of a caller that cannot sign: a secret in the path. Two are valid while one replaces the other; only their hashes
// are configured, and they are compared in constant time. A wrong one is answered like a path that does not exist.
import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { equalBytes, utf8 } from "../lib/bytes.ts";
import { sha256Hex } from "../lib/crypto.ts";
import type { AppEnv } from "./app-env.ts";
import { watched } from "./traffic.ts";

interface Door {
  /** The setting that has the hashes. */
  hashes: Extract<keyof Config, `${string}SECRET_HASHES`>;
  /** The setting that lets callers in without a secret. */
  open?: "AZAMPAY_CALLBACK_WITHOUT_SECRET";
}

/** Throws `not_found`. Never refuses for the amount. */
export const requirePathSecret = ({ hashes, open }: Door) => {
  const watch = watched(hashes.replace("_SECRET_HASHES", "").toLowerCase());
  return createMiddleware<AppEnv>((c, next) =>
    watch(c, async () => {
      const { config } = c.get("deps");
      const secret = c.req.param("secret");
      if (secret === undefined) {
        if (open === undefined || config[open] !== "on") throw new AppError("not_found");
        return next();
      }
      const hash = utf8(await sha256Hex(secret));
      const matches = config[hashes].map((known) => equalBytes(utf8(known.toLowerCase()), hash));
      if (!matches.some(Boolean)) throw new AppError("not_found");
      return next();
    }),
  );
};
