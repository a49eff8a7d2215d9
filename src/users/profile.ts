// What a person reads and says of himself.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import { isoTime } from "../lib/clock.ts";
import { openEmail, sealEmail } from "./email.ts";
import { openPhone } from "./phone.ts";
import { findUser, updateUser, type UserChanges, type UserRecord } from "./repository.ts";
import type { ProfileView, UpdateProfile } from "./schemas.ts";

type SignedIn = Extract<Actor, { kind: "user" }>;

/** The signed-in person. Throws `account_closed` when the account was closed under a token that still lives. */
export const readProfile = async (
  deps: Pick<Dependencies, "db" | "cipher">,
  { userId }: SignedIn,
): Promise<ProfileView> => profileOf(deps, userId, await findUser(deps.db, userId));

/** Throws `account_closed`. */
export const updateProfile = async (
  deps: Dependencies,
  { userId }: SignedIn,
  { email, quietHours, name, locale, wantsOffers }: UpdateProfile,
): Promise<ProfileView> => {
  const changes: UserChanges = {
    name,
    locale,
    ...(wantsOffers === undefined ? {} : { wantsOffers }),
    ...(email === undefined ? {} : { emailSealed: email && (await sealEmail(deps.cipher, userId, email)) }),
    ...(quietHours === undefined
      ? {}
      : { quiet: quietHours && { from: minuteOf(quietHours.from), to: minuteOf(quietHours.to) } }),
  };
  const updated = await updateUser(deps.db, { userId, changes, nowMs: deps.clock.now() });
  if (updated.status === "account_closed") throw new AppError(updated.status);
  return profileOf(deps, userId, updated.user);
};

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const timeOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

const profileOf = async (
  { cipher }: Pick<Dependencies, "cipher">,
  userId: SignedIn["userId"],
  user: UserRecord | null,
): Promise<ProfileView> => {
  if (!user?.phoneSealed || user.state === "closed") throw new AppError("account_closed");
  const { name, locale, state, role, emailSealed, quietFromMinute: from, quietToMinute: to } = user;
  return {
    id: userId,
    phone: `+${await openPhone(cipher, userId, user.phoneSealed)}`,
    name,
    locale,
    state,
    role,
    email: emailSealed && (await openEmail(cipher, userId, emailSealed)),
    quietHours: from === null || to === null ? null : { from: timeOf(from), to: timeOf(to) },
    wantsOffers: user.offersAcceptedAtMs !== null,
    createdAt: isoTime(user.createdAtMs),
  };
};
