// Counts the rows that a piece of work writes in this file's database, exactly: by triggers of the test's own.
import { sql } from "./control.ts";

let isInstalled = false;

const install = async (): Promise<void> => {
  if (isInstalled) return;
  isInstalled = true;
  await sql("create unlogged table test_writes (id bigint generated always as identity, table_name text not null)");
  await sql(`create function test_note_write() returns trigger language plpgsql security definer as $$
    begin insert into test_writes (table_name) values (tg_table_name); return null; end $$`);
  await sql(`do $$ declare t text; begin
    for t in select tablename from pg_tables where schemaname = 'public' and tablename <> 'test_writes' loop
      execute format('create trigger test_note_write after insert or update or delete on %I for each row execute function test_note_write()', t);
    end loop; end $$`);
};

/** The rows that `work` inserted, updated and deleted, by table. */
export const rowsWritten = async (
  work: () => Promise<unknown>,
): Promise<{ total: number; byTable: Record<string, number> }> => {
  await install();
  await sql("truncate test_writes");
  await work();
  const rows = await sql<{ table_name: string; n: number }>(
    "select table_name, count(*)::int as n from test_writes group by 1 order by 1",
  );
  return {
    total: rows.reduce((sum, { n }) => sum + n, 0),
    byTable: Object.fromEntries(rows.map(({ table_name, n }) => [table_name, n])),
  };
};
