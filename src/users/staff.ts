// People, for staff: found by their number or id, suspended, appointed. A number leaves here masked; who asked for a person is in the log of
// requests, what was decided about one in the audit log.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import { describeError } from "../lib/describe-error.ts";
import type { Id } from "../lib/ids.ts";
import { maskPhone, normalisePhone, openPhone } from "./phone.ts";
import { changePerson, findPerson, listPeople, type PersonReading, type PersonRecord } from "./repository-staff.ts";

export type StaffActor = Extract<Actor, { kind: "staff" }>;
export type Person = Omit<PersonRecord, "phoneSealed"> & { maskedPhone: string | null };

const masked = async (deps: Dependencies, { phoneSealed, ...person }: PersonRecord): Promise<Person> => ({
  ...person,
  maskedPhone: phoneSealed === null ? null : await maskSealed(deps, person.id, phoneSealed),
});

/** One number that does not open hides nobody else of a list. */
const maskSealed = async (deps: Dependencies, userId: Id<"usr">, sealed: string): Promise<string | null> => {
  try {
    return maskPhone(await openPhone(deps.cipher, userId, sealed));
  } catch (error) {
    deps.log.write("error", "alert", { alert: "phone_not_opened", userId, ...describeError(error) });
    return null;
  }
};

export type PersonDetail = Omit<PersonReading, "person"> & { person: Person };

/** Throws `user_unknown`, `phone_invalid`. */
export const readPerson = async (
  deps: Dependencies,
  which: { userId: string } | { phone: string },
): Promise<PersonDetail> => {
  const msisdn = "phone" in which ? normalisePhone(which.phone) : null;
  if ("phone" in which && !msisdn) throw new AppError("phone_invalid");
  const found = await findPerson(
    deps.db,
    "userId" in which ? which : { phoneHash: await deps.phoneHash.hex(msisdn as string) },
  );
  if (!found) throw new AppError("user_unknown");
  return { ...found, person: await masked(deps, found.person) };
};

export const listPersons = async (
  deps: Dependencies,
  input: { isStaff: boolean; cursor: string | null; limit: number },
): Promise<{ items: Person[]; nextCursor: string | null }> => {
  const { isStaff, cursor, limit } = input;
  const rows = await listPeople(deps.db, { isStaff, beforeId: cursor, limit: limit + 1 });
  const items = rows.slice(0, limit);
  return {
    items: await Promise.all(items.map((row) => masked(deps, row))),
    nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
  };
};

/** Suspends a person, lets them go on, or appoints them. Throws `user_unknown`, `user_state`, `own_account`, `forbidden`. */
export const decideOnPerson = async (
  deps: Dependencies,
  actor: StaffActor,
  input: { userId: Id<"usr">; change: "state" | "role"; value: string; reason: string; requestId: string },
): Promise<PersonDetail> => {
  const changed = await changePerson(deps.db, { ...input, staffId: actor.userId, nowMs: deps.clock.now() });
  if (changed.status === "user_state") throw new AppError(changed.status, { details: { state: changed.state } });
  if (changed.status !== "changed") throw new AppError(changed.status);
  return readPerson(deps, { userId: input.userId });
};
