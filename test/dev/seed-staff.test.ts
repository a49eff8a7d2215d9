// The people of staff that `up` has: one of each role, who sign in by the code that is sent to their number.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSecrets } from "../../dev/local-env.ts";
import { migrateDatabase } from "../../dev/migrate.ts";
import { type Postgres, startPostgres, withClient } from "../../dev/postgres.ts";
import { seedStaff, staffPlans } from "../../dev/seed-staff.ts";
import { createCipher, createKeyedHash } from "../../src/lib/crypto.ts";
import type { Id } from "../../src/lib/ids.ts";
import { normalisePhone, openPhone } from "../../src/users/phone.ts";

let folder = "";
let postgres: Postgres;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chajipoa-staff-"));
  postgres = await startPostgres({ dataFolder: join(folder, "postgres"), log() {}, durable: false });
}, 30_000);
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Row {
  id: Id<"usr">;
  phone_hash: string;
  phone_sealed: string;
  role: string;
  state: string;
}

test("each is found by the number and can be sent a code; a second start changes nobody who was changed since", async () => {
  await withClient(postgres.url("superuser", "postgres"), (client) =>
    client.query("create database staffed owner chajipoa_owner"),
  );
  const owner = postgres.url("owner", "staffed");
  await migrateDatabase(owner, { applicationPassword: "test" });
  const secrets = await loadSecrets(folder, []);
  await seedStaff(owner, secrets);
  await withClient(owner, async (client) => {
    const read = async () => (await client.query<Row>("select * from users order by id")).rows;
    const rows = await read();
    expect(rows.map(({ role }) => role).toSorted()).toEqual(["admin", "agent", "finance", "finance", "support"]);
    for (const { phone, role } of staffPlans) {
      const msisdn = normalisePhone(phone)!;
      const hash = await createKeyedHash(secrets.lookupKey).hex(msisdn);
      const row = rows.find((one) => one.phone_hash === hash)!;
      expect([row.role, row.state]).toEqual([role, "active"]);
      expect(await openPhone(createCipher(secrets.dataKey), row.id, row.phone_sealed)).toBe(msisdn);
    }
    await client.query("update users set state = 'suspended' where role = 'agent'");
    const changed = await read();
    await seedStaff(owner, secrets);
    expect(await read()).toEqual(changed);
  });
}, 60_000);
