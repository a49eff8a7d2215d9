// Tells the authority, one document at a time and in order: the next one goes when the one before it was taken. What is
// sent was stored before, byte for byte, and is sent like that until it is accepted.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../src/lib/clock.ts";
import type { Log } from "../src/lib/log.ts";
import type { FiscalAnswer, FiscalDocument, FiscalGate } from "../src/receipts/port.ts";
import { readDevice, type Device } from "./fiscal-counters.ts";
import type { Sql } from "./sql.ts";

const ANSWER_WITHIN_MS = 60 * SECOND_MS;
/** An outage is looked at again soon, a refusal when somebody can have mended its cause. */
const AWAY = { firstMs: 5 * SECOND_MS, lastMs: 5 * MINUTE_MS };
const REFUSED = { firstMs: MINUTE_MS, lastMs: HOUR_MS };
/** A token is replaced this long before it ends. */
const TOKEN_MARGIN_MS = MINUTE_MS;
/** Somebody has to look at a queue that is this old. */
const ALERT_AFTER_MS = HOUR_MS;
/** The authority has it, and what it said of the sale is in Postgres. */
const KEEP_DOCUMENTS_MS = 90 * DAY_MS;

interface OutboxRow extends Record<string, SqlStorageValue> {
  id: number;
  kind: FiscalDocument["kind"];
  number: string;
  content: string;
  document: string | null;
  made_at_ms: number;
  attempts: number;
  next_at_ms: number;
}

export interface FiscalOutboxHost {
  sql: Sql;
  gate: FiscalGate;
  log: Log;
  now(): number;
  /** Resolves when everything written so far is on disk. */
  stored(): Promise<void>;
  /** The queue stands still: all of it was taken, or its head has to wait. */
  stopped(): void;
}

export class FiscalOutbox {
  #running: Promise<void> | null = null;
  readonly #host: FiscalOutboxHost;

  constructor(host: FiscalOutboxHost) {
    this.#host = host;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Goes on with the queue, unless it is at it. Never throws; what fails stays in the queue. */
  pump(): void {
    this.#running ??= this.#drain()
      .catch((error: unknown) =>
        this.#host.log.write("error", "alert", { alert: "fiscal_outbox_failed", reason: nameOf(error) }),
      )
      .finally(() => {
        this.#running = null;
        this.#host.stopped();
      });
  }

  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  waiting(): { count: number; oldestAtMs: number | null; nextAtMs: number | null } {
    const { sql } = this.#host;
    const row = sql.first<{ count: number; oldest: number | null }>(
      "select count(*) as count, min(made_at_ms) as oldest from outbox where accepted_at_ms is null",
    )!;
    return { count: row.count, oldestAtMs: row.oldest, nextAtMs: this.#head()?.next_at_ms ?? null };
  }

  prune(): void {
    const { sql, now } = this.#host;
    sql.run(
      "update outbox set document = null, content = '' where document is not null and accepted_at_ms < ?",
      now() - KEEP_DOCUMENTS_MS,
    );
  }

  #head(): OutboxRow | undefined {
    return this.#host.sql.first<OutboxRow>("select * from outbox where accepted_at_ms is null order by id limit 1");
  }

  async #drain(): Promise<void> {
    const { sql, now } = this.#host;
    for (let row = this.#head(); row && isDue(row, now()); row = this.#head()) {
      const answer = await this.#deliver(row, readDevice(sql)!);
      if (answer.status !== "accepted") return this.#putOff(row, answer);
      sql.run("update outbox set accepted_at_ms = ?, attempts = attempts + 1 where id = ?", now(), row.id);
    }
  }

  async #deliver(row: OutboxRow, device: Device): Promise<FiscalAnswer> {
    const { sql, gate, stored } = this.#host;
    try {
      const text = row.document ?? (await this.#compose(row, device));
      // The signed bytes are on disk before anybody sees them: after a crash the very same ones go again.
      await stored();
      for (const isLast of [false, true]) {
        const token = await this.#token(device);
        if (typeof token !== "string") return token;
        const { kind, number } = row;
        const answer = await inTime(
          gate.send({ kind, number, text, routingKey: device.registration.routingKey, tokenSealed: token }),
        );
        if (answer.status !== "token_refused") return answer;
        sql.run("delete from token");
        if (isLast) return answer;
      }
      return { status: "token_refused" };
    } catch (error) {
      return { status: "unavailable", reason: nameOf(error) };
    }
  }

  async #compose(row: OutboxRow, { registration }: Device): Promise<string> {
    const { sql, gate } = this.#host;
    const document = { ...(JSON.parse(row.content) as object), registration } as FiscalDocument;
    const text = await inTime(gate.compose(document));
    sql.run("update outbox set document = ? where id = ? and document is null", text, row.id);
    return sql.first<{ document: string }>("select document from outbox where id = ?", row.id)!.document;
  }

  /** The token that is good for a while yet, sealed; or why there is none. */
  async #token(device: Device): Promise<string | FiscalAnswer> {
    const { sql, gate, now } = this.#host;
    const held = sql.first<{ sealed: string; usable_until_ms: number }>("select sealed, usable_until_ms from token");
    if (held && held.usable_until_ms > now()) return held.sealed;
    const result = await inTime(gate.requestToken(device.credentialsSealed));
    if (result.status !== "granted") return { status: "unavailable", reason: `token_${result.reason}` };
    sql.run(
      "insert into token (one, sealed, usable_until_ms) values (1, ?1, ?2) on conflict (one) do update set sealed = ?1, usable_until_ms = ?2",
      result.tokenSealed,
      now() + result.lifetimeSeconds * SECOND_MS - TOKEN_MARGIN_MS,
    );
    return result.tokenSealed;
  }

  #putOff(row: OutboxRow, answer: Exclude<FiscalAnswer, { status: "accepted" }>): void {
    const { sql, log, now } = this.#host;
    const attempts = row.attempts + 1;
    const { firstMs, lastMs } = answer.status === "refused" ? REFUSED : AWAY;
    sql.run(
      "update outbox set attempts = ?, next_at_ms = ? where id = ?",
      attempts,
      now() + Math.min(lastMs, firstMs * 2 ** Math.min(attempts - 1, 20)),
      row.id,
    );
    const ageMs = now() - row.made_at_ms;
    const fields = {
      kind: row.kind,
      number: row.number,
      attempts,
      ageMs,
      reason: "reason" in answer ? answer.reason : answer.status,
    };
    if (answer.status === "refused")
      log.write("error", "alert", { alert: "fiscal_refused", ackCode: answer.ackCode, ...fields });
    else if (ageMs >= ALERT_AFTER_MS) log.write("error", "alert", { alert: "fiscal_waiting", ...fields });
    else log.write("warn", "fiscal_put_off", fields);
  }
}

/** A time further away than any wait comes from a clock that was wrong. */
const isDue = (row: OutboxRow, nowMs: number): boolean =>
  row.next_at_ms <= nowMs || row.next_at_ms > nowMs + REFUSED.lastMs;

const nameOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : "thrown");

/** A call that never comes back must not hold the queue for ever: the same bytes go again. */
const inTime = async <T>(work: Promise<T>): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
