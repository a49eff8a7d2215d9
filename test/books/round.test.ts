import { beforeAll, describe, expect, test } from "vitest";
import { createHeadKeys } from "../../src/audit/head-keys.ts";
import { runMinute } from "../../src/jobs.ts";
import { DAY_MS, HOUR_MS, isoTime } from "../../src/lib/clock.ts";
import { neon, sql } from "../support/control.ts";
import { AUDIT_KEY } from "../support/test-env.ts";
import { type CleanBooks, createCleanBooks } from "./fixture.ts";

let books: CleanBooks;
beforeAll(async () => {
  books = await createCleanBooks();
  await sql("select internal_audit($1, 'system:test', 'test', 'row ' || n, '{}', null) from generate_series(1, 8) n", [
    new Date(books.bench.clock.now()).toISOString(),
  ]);
});

/** 2026-11-20 in Dar es Salaam is over; the open rental was given back meanwhile, so that nothing is late. */
const AFTER_MIDNIGHT_MS = Date.parse("2026-11-20T21:05:00.000Z");
const calls = async (work: () => Promise<unknown>): Promise<string[]> =>
  (await neon.during(work)).texts.map((text) => /select "(\w+)"/.exec(text)?.[1] ?? "query");
const days = () => sql("select day::text, checked_at is not null as checked, break_count from book_days order by day");

describe("the minute's round", () => {
  test("asks the chain and the close once each, and nothing more while there is nothing to do", async () => {
    await runMinute(books.bench.deps);
    const seen = await calls(() => runMinute(books.bench.deps));
    expect(seen.filter((name) => /^(audit|books)_/.test(name))).toEqual(["audit_chain_extend", "books_close"]);
    expect(await days()).toEqual([]);
  });

  test("after midnight signs a head for each shard that has rows, closes the day and checks it", async () => {
    books.bench.clock.set(AFTER_MIDNIGHT_MS);
    await runMinute(books.bench.deps);
    expect(await days()).toEqual([{ day: "2026-11-20", checked: true, break_count: 0 }]);
    const heads = await sql<{
      day: string;
      shard: number;
      position: number;
      hash: string;
      keyId: string;
      signature: string;
      signedAtMs: number;
    }>(
      `select day::text, shard, position::int, encode(hash, 'hex') as hash, key_id as "keyId", signature, (extract(epoch from signed_at) * 1000)::float8 as "signedAtMs" from audit_heads`,
    );
    expect(heads).toHaveLength(8);
    const { d: _, ...publicHalf } = AUDIT_KEY;
    const keys = createHeadKeys(JSON.stringify([publicHalf]));
    for (const head of heads) expect(await keys.verify(head, head.signedAtMs, head.keyId, head.signature)).toBe("good");
    expect(heads.every(({ keyId, signedAtMs }) => keyId === AUDIT_KEY.kid && signedAtMs === AFTER_MIDNIGHT_MS)).toBe(
      true,
    );
    expect(
      await sql(
        "select count(*)::int as n from audit_log left join audit_chain on audit_id = id where audit_id is null",
      ),
    ).toEqual([{ n: 0 }]);
  });

  test.each(["audit_chain_extend", "audit_heads_store", "books_close", "books_checked"])(
    "ends with the same books when the answer of %s is lost",
    async (match) => {
      books.bench.clock.advance(DAY_MS);
      await neon.arm({ dropAfterCommit: { count: 1, match } });
      await runMinute(books.bench.deps);
      await neon.clear();
      await runMinute(books.bench.deps);
      const closed = await days();
      expect(closed.at(-1)).toMatchObject({
        day: isoTime(books.bench.clock.now() + 3 * HOUR_MS - DAY_MS).slice(0, 10),
        checked: true,
      });
      expect(await sql("select count(*)::int as n from audit_heads")).toEqual([{ n: 8 * closed.length }]);
    },
  );
});

test("a key without its private half verifies and does not sign", async () => {
  const { d: _, ...publicHalf } = AUDIT_KEY;
  const head = { day: "2026-11-20", shard: 0, position: 1, hash: "00".repeat(32) };
  const keys = createHeadKeys(JSON.stringify([AUDIT_KEY]));
  const { keyId, signature } = await keys.sign(head, 1);
  const verifier = createHeadKeys(JSON.stringify([publicHalf]));
  expect(await verifier.verify(head, 1, keyId, signature)).toBe("good");
  expect(await verifier.verify({ ...head, position: 2 }, 1, keyId, signature)).toBe("bad");
  expect(await verifier.verify(head, 2, keyId, signature)).toBe("bad");
  expect(await verifier.verify(head, 1, "other", signature)).toBe("unknown_key");
  expect(await verifier.verify(head, 1, keyId, "not base64url!")).toBe("bad");
  await expect(verifier.sign(head, 1)).rejects.toThrow("no private key");
});

test.each(["", "{}", "[]", '[{"kty":"OKP"}]', JSON.stringify([AUDIT_KEY, AUDIT_KEY])])(
  "AUDIT_KEYS %j is refused without being quoted",
  (text) => {
    expect(() => createHeadKeys(text)).toThrow(/^AUDIT_KEYS /);
  },
);
