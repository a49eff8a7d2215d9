// People of staff on this machine, one of each role and a second of finance, because some decisions take two. They sign in like everybody: by
// the code in an SMS, which the console page shows.
import { createCipher, createKeyedHash } from "../src/lib/crypto.ts";
import { systemClock } from "../src/lib/clock.ts";
import type { Role } from "../src/lib/actor.ts";
import { createIds } from "../src/lib/ids.ts";
import { normalisePhone, sealPhone } from "../src/users/phone.ts";
import type { LocalSecrets } from "./local-env.ts";
import { withClient } from "./postgres.ts";

export interface StaffPlan {
  name: string;
  role: Exclude<Role, "renter">;
  /** As the person types it. */
  phone: string;
}

export const staffPlans: readonly StaffPlan[] = [
  { name: "Juma Agent", role: "agent", phone: "0713000001" },
  { name: "Neema Support", role: "support", phone: "0713000002" },
  { name: "Rehema Finance", role: "finance", phone: "0713000003" },
  { name: "Baraka Finance", role: "finance", phone: "0713000004" },
  { name: "Zawadi Admin", role: "admin", phone: "0713000005" },
];

/** Writes who is missing, as the owner; whoever was changed since stays as he is. */
export const seedStaff = (ownerUrl: string, secrets: LocalSecrets): Promise<void> =>
  withClient(ownerUrl, async (client) => {
    const ids = createIds(systemClock);
    const cipher = createCipher(secrets.dataKey);
    const hash = createKeyedHash(secrets.lookupKey);
    for (const { name, role, phone } of staffPlans) {
      const id = ids.next("usr");
      const msisdn = normalisePhone(phone);
      if (!msisdn) throw new Error(`${phone} is no mobile number`);
      await client.query(
        `insert into users (id, phone_hash, phone_sealed, name, locale, state, role, created_at, updated_at, activated_at)
         values ($1, $2, $3, $4, 'en', 'active', $5, now(), now(), now()) on conflict (phone_hash) do nothing`,
        [id, await hash.hex(msisdn), await sealPhone(cipher, id, msisdn), name, role],
      );
    }
  });
