// The outbox as tests drive it: an app with a clock of its own, people with numbers, and messages as the functions of facts queue them.
import type { Id } from "../../src/lib/ids.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { sql } from "../support/control.ts";
import { createBank, createStation } from "../support/factories.ts";
import { signIn, startApp } from "../http/harness.ts";
import { createOrderedIds } from "../support/ids.ts";

export const ids = createOrderedIds(systemClock);

/** Noon in Dar es Salaam, some days ahead of everything that other tests of the file queued. */
let days = 0;
export const atClock = (clock: string): number => {
  days += 3;
  return Date.parse(`2030-01-01T${clock}:00+03:00`) + days * 86_400_000;
};

export const startOutbox = async (clock: string, settings: Record<string, string> = {}) => {
  let nowMs = atClock(clock);
  const app = startApp({ settings, deps: { clock: { now: () => nowMs } } });
  const { userId, phone } = await signIn(app);
  app.sms.length = 0;
  return {
    app,
    deps: app.deps,
    userId,
    msisdn: `255${phone.slice(-9)}`,
    advance: (ms: number) => (nowMs += ms),
    now: () => nowMs,
    /** The instant of the next such wall clock in Dar es Salaam. */
    moveTo(hhmm: string) {
      const local = new Date(nowMs + 3 * 3_600_000).toISOString().slice(0, 10);
      let next = Date.parse(`${local}T${hhmm}:00+03:00`);
      while (next <= nowMs) next += 86_400_000;
      nowMs = next;
    },
    queue: (template: string, params: unknown, rest: { rentalId?: string; expiresAtMs?: number; key?: string } = {}) =>
      queue(userId, template, params, nowMs, rest),
  };
};
export type Outbox = Awaited<ReturnType<typeof startOutbox>>;

const queue = async (
  userId: string,
  template: string,
  params: unknown,
  nowMs: number,
  { rentalId, expiresAtMs, key }: { rentalId?: string; expiresAtMs?: number; key?: string },
): Promise<Id<"msg">> => {
  const id = ids.next("msg");
  await sql("select internal_notice($1, $2, $3, $4::jsonb, $5, $6::timestamptz, $7, $8::timestamptz)", [
    id,
    userId,
    template,
    JSON.stringify(params),
    key ?? `test:${id}`,
    new Date(nowMs).toISOString(),
    rentalId ?? null,
    expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
  ]);
  return id;
};

export interface StoredMessage {
  state: string;
  attempts: number;
  last_error: string | null;
  provider: string | null;
  provider_reference: string | null;
  delivery: string | null;
  delivery_reason: string | null;
  resent_as: string | null;
}

export const readMessage = async (id: string): Promise<StoredMessage> => {
  const [row] = await sql<StoredMessage & Record<string, unknown>>("select * from messages where id = $1", [id]);
  if (!row) throw new Error("no such message");
  return row;
};

/** A rental as far as a message is concerned. */
export const createActiveRental = async (userId: string): Promise<string> => {
  const station = await createStation();
  const id = ids.next("rnt");
  await sql(
    `insert into rentals (id, user_id, station_id, status, reason, tariff_id, tariff, deposit_tzs, opened_at, last_action_at, power_bank_id, slot,
        command_id, started_at, due_at, changed_at)
      select $1, $2, s.id, 'active', 'bank_out', t.id, t.terms, 5000, now(), now(), $4, 1, 'cmd_test', now(), now() + interval '4 hours', now()
      from stations s join tariffs t on t.id = s.tariff_id where s.id = $3`,
    [id, userId, station.id, await createBank()],
  );
  return id;
};
