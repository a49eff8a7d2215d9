// What the object remembers of its own storage is never older than its last write.
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { Sql } from "../../durable-objects/sql.ts";
import { ids } from "../support/factories.ts";

const within = <T>(work: (sql: Sql, reads: { n: number }, read: (sql: Sql) => number) => T): Promise<T> =>
  runInDurableObject(env.STATIONS.getByName(ids.next("stn")), (_, state) => {
    const sql = new Sql(state.storage);
    const reads = { n: 0 };
    sql.run("create table t (n integer not null)");
    sql.run("insert into t (n) values (1)");
    return work(sql, reads, (at) => {
      reads.n += 1;
      return at.first<{ n: number }>("select sum(n) as n from t")!.n;
    });
  });

it("an answer is read once until something is written, by any statement", () =>
  within((sql, reads, read) => {
    expect([sql.remembered(read), sql.remembered(read), reads.n]).toEqual([1, 1, 1]);
    sql.run("update t set n = 5");
    expect([sql.remembered(read), sql.remembered(read), reads.n]).toEqual([5, 5, 2]);
    sql.run("delete from t where n = 7");
    expect([sql.remembered(read), reads.n]).toEqual([5, 2]);
    sql.run("insert into t (n) values (2)");
    expect(sql.remembered(read)).toBe(7);
  }));

it("what a transaction that was undone had written is forgotten", () =>
  within((sql, _, read) => {
    expect(() =>
      sql.transaction(() => {
        sql.run("update t set n = 9");
        expect(sql.remembered(read)).toBe(9);
        throw new Error("undone");
      }),
    ).toThrow("undone");
    expect(sql.remembered(read)).toBe(1);
  }));

it("each reader has an answer of its own", () =>
  within((sql, _, read) => {
    expect([sql.remembered(read), sql.remembered((at) => at.all("select n from t").length)]).toEqual([1, 1]);
  }));
