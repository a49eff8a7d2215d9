import type { Id } from "./ids.ts";

export type Role = "renter" | "agent" | "support" | "finance" | "admin";

/** Who does it. A verb takes (deps, actor, input); the audit row is written from the actor. */
export type Actor =
  | { kind: "user"; userId: Id<"usr">; sessionId: Id<"ses">; role: Role }
  | { kind: "staff"; userId: Id<"usr">; sessionId: Id<"ses">; role: Exclude<Role, "renter"> }
  | { kind: "station"; stationId: Id<"stn"> }
  | { kind: "provider"; provider: string }
  | { kind: "system"; job: string };

/** `kind:id`, as the audit log stores it. */
export const actorName = (actor: Actor): string => {
  switch (actor.kind) {
    case "user":
    case "staff":
      return `${actor.kind}:${actor.userId}`;
    case "station":
      return `station:${actor.stationId}`;
    case "provider":
      return `provider:${actor.provider}`;
    case "system":
      return `system:${actor.job}`;
  }
};
