import type { Id } from "../lib/ids.ts";
import type { UserActor } from "../rentals/service.ts";

/** Somebody at a keypad: the gateway vouches for the number. */
export const actorOf = (userId: Id<"usr">): UserActor => ({
  kind: "user",
  userId,
  sessionId: "ses_keypad",
  role: "renter",
});
