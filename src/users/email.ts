import type { Cipher } from "../lib/crypto.ts";
import type { Id } from "../lib/ids.ts";

const contextOf = (userId: Id<"usr">) => `users.email:${userId}`;

/** The value of `users.email_sealed`. Bound to the row, like the number. */
export const sealEmail = (cipher: Cipher, userId: Id<"usr">, email: string): Promise<string> =>
  cipher.seal(email, contextOf(userId));

/** Throws when the value was not sealed for this user. */
export const openEmail = (cipher: Cipher, userId: Id<"usr">, sealed: string): Promise<string> =>
  cipher.open(sealed, contextOf(userId));
