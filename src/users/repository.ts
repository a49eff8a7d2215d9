import { eq } from "drizzle-orm";
import { runStatement, type Database } from "../db/client.ts";
import { users } from "../db/schema/users.ts";
import type { Id } from "../lib/ids.ts";

/** One round trip; null when there is no such user. */
export const findUser = async (db: Database, userId: Id<"usr">) => {
  const rows = await runStatement(() =>
    db
      .select({
        phoneSealed: users.phoneSealed,
        name: users.name,
        locale: users.locale,
        state: users.state,
        role: users.role,
      })
      .from(users)
      .where(eq(users.id, userId)),
  );
  return rows[0] ?? null;
};
