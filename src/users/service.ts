import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import { findUser } from "./repository.ts";
import { openPhone } from "./phone.ts";
import type { UserView } from "./schemas.ts";

// Other features take the numbering plan from here.
export { maskPhone, normalisePhone, openPhone, sealPhone, usualProvider, type Msisdn } from "./phone.ts";

/** The signed-in person. Throws `account_closed` when the account was closed under a token that still lives. */
export const readProfile = async (
  deps: Pick<Dependencies, "db" | "cipher">,
  actor: Extract<Actor, { kind: "user" }>,
): Promise<UserView> => {
  const user = await findUser(deps.db, actor.userId);
  if (!user?.phoneSealed || user.state === "closed") throw new AppError("account_closed");
  const phone = await openPhone(deps.cipher, actor.userId, user.phoneSealed);
  return {
    id: actor.userId,
    phone: `+${phone}`,
    name: user.name,
    locale: user.locale,
    state: user.state,
    role: user.role,
  };
};
