// Bugs to be planted in a run's own database or bundle, one of each kind that costs money or a bank. A simulation that does not
// find them proves nothing. Each is a file of the product with one place changed, so that it stays current; a place that is not
// there any more is an error, not a pass.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../tool.ts";
import type { PlayOptions } from "./play.ts";

export interface Mutation {
  title: string;
  /** The invariant by which it must be found. */
  invariant: number;
  seed: number;
  /** It is found within so many; most take a tenth. */
  steps: number;
  /** A function of the database, or a module of the Worker. */
  file: `drizzle/functions/${string}.sql` | `durable-objects/${string}.ts`;
  changes: readonly (readonly [from: string, to: string])[];
  /** What would otherwise refuse the bug. */
  first?: readonly string[];
}

export const mutations: readonly Mutation[] = [
  {
    title: "a success that is told again in other bytes is credited again",
    invariant: 3,
    seed: 101,
    steps: 3_000,
    file: "drizzle/functions/internal_payment_apply.sql",
    changes: [
      [
        "perform ledger_post('payment:' || v_payment.id || ':credit',",
        "perform ledger_post('payment:' || v_payment.id || ':credit:' || p_callback.id,",
      ],
      ["if v_payment.state = 'succeeded' and v_payment.provider_reference = v_reference then", "if false then"],
    ],
  },
  {
    title: "the hold of a rental whose station was offline is not released",
    invariant: 6,
    seed: 102,
    steps: 3_000,
    file: "drizzle/functions/internal_rental_cancel.sql",
    changes: [
      [
        "if v_hold > 0 and not v_is_undone then",
        "if v_hold > 0 and not v_is_undone and p_reason <> 'station_offline' then",
      ],
    ],
  },
  {
    title: "a receipt number is skipped now and then",
    invariant: 10,
    seed: 103,
    steps: 3_000,
    file: "drizzle/functions/receipts_number.sql",
    changes: [
      [
        "update receipt_counters set last_number = v_last + v_count",
        "update receipt_counters set last_number = v_last + v_count + (v_last % 3 = 2)::int",
      ],
    ],
  },
  {
    title: "a shilling of VAT is lost when a fee is booked",
    invariant: 1,
    seed: 104,
    steps: 3_000,
    file: "drizzle/functions/rental_settle.sql",
    changes: [["v_debt, -v_vat]", "v_debt, 1 - v_vat]"]],
    first: ["drop trigger postings_sum_to_zero on postings", "drop trigger journal_entries_balance on journal_entries"],
  },
  {
    title: "a duplicate id at the provider is taken for a refusal",
    invariant: 3,
    seed: 105,
    steps: 3_000,
    file: "drizzle/functions/withdrawal_sent.sql",
    changes: [
      [
        "elsif v_result = 'refused' and v_withdrawal.sends = 1 then",
        "elsif v_result in ('refused', 'duplicate') and v_withdrawal.sends = 1 then",
      ],
    ],
  },
  {
    title: "a receipt says more than the bill",
    invariant: 8,
    seed: 106,
    steps: 3_000,
    file: "drizzle/functions/rental_settle.sql",
    changes: [["input -> 'lines', v_total, v_vat, v_net,\n", "input -> 'lines', v_total + 100, v_vat, v_net + 100,\n"]],
  },
  {
    title: "money that arrives has no audit row",
    invariant: 12,
    seed: 107,
    steps: 3_000,
    file: "drizzle/functions/internal_payment_apply.sql",
    changes: [
      [
        "perform internal_audit(v_now, 'provider:' || p_callback.provider, 'payment_succeeded', v_payment.id,",
        "perform jsonb_build_array(v_now, 'provider:' || p_callback.provider, 'payment_succeeded', v_payment.id,",
      ],
    ],
  },
  {
    title: "nobody ends the wait for a payment that never comes",
    invariant: 13,
    seed: 108,
    steps: 3_000,
    file: "drizzle/functions/rental_cancel.sql",
    changes: [
      [
        "if not (input -> 'from') ? v_rental.status then",
        "if not (input -> 'from') ? v_rental.status or input ->> 'reason' = 'lease_expired' then",
      ],
    ],
  },
  {
    title: "an eject that was handed over is handed over again",
    invariant: 4,
    seed: 109,
    steps: 3_000,
    file: "durable-objects/commands.ts",
    changes: [
      [
        "where state = 'open' and sent_at_ms is null and expires_at_ms > ?",
        "where state = 'open' and expires_at_ms > ?",
      ],
    ],
  },
  {
    title: "a return into one slot is taken for stale",
    invariant: 5,
    seed: 110,
    steps: 3_000,
    file: "drizzle/functions/custody_return.sql",
    changes: [["and not v_has_left_since then 'closes'", "and not v_has_left_since and v_in.slot <> 2 then 'closes'"]],
  },
  {
    title: "a return of before ends the rental that came after it",
    invariant: 7,
    seed: 211,
    steps: 3_000,
    file: "drizzle/functions/rental_activate.sql",
    changes: [
      ["and (c.outcome = 'unmatched'\n", "and (c.outcome = 'closes' or c.outcome = 'unmatched'\n"],
      ["        and internal_departed_before(v_out, c)\n        and not exists", "        and not exists"],
      ["        and not (c.station_id = v_out.station_id and c.boot_id = v_out.boot_id and c.seq < v_out.seq)\n", ""],
      ["        and not (c.station_id = v_out.station_id and c.boot_id <> v_out.boot_id and c.at <= v_out.at)\n", ""],
    ],
  },
  {
    title: "a return is billed as of its delivery",
    invariant: 9,
    seed: 212,
    steps: 3_000,
    file: "drizzle/functions/custody_return.sql",
    changes: [["'atMs', internal_ms(greatest(v_in.at, v_rental.started_at))", "'atMs', internal_ms(v_now)"]],
  },
  {
    title: "a return ends the rental that began at its slot, whatever bank that took",
    invariant: 5,
    seed: 113,
    steps: 3_000,
    file: "drizzle/functions/custody_return.sql",
    changes: [
      [
        "where c.power_bank_id = v_in.power_bank_id and c.direction = 'out' and internal_departed_before(c, v_in)",
        "where c.station_id = v_in.station_id and c.slot = v_in.slot and c.direction = 'out' and internal_departed_before(c, v_in)",
      ],
      [
        "v_rental.status = 'active' and v_rental.power_bank_id = v_in.power_bank_id and",
        "v_rental.status = 'active' and",
      ],
    ],
  },
];

/** What the file says with the bug in it. Throws when the product has moved on. */
const spoiltText = async ({ title, file, changes }: Mutation): Promise<string> => {
  let text = await readFile(join(ROOT, file), "utf8");
  for (const [from, to] of changes) {
    if (text.split(from).length !== 2)
      throw new Error(`"${title}" cannot be planted: ${file} does not have once: ${from}`);
    text = text.replace(from, () => to);
  }
  return text;
};

export type Plant = Pick<PlayOptions, "plant" | "module">;

/** What plants it. Throws when the product has moved on. */
export const plantOf = async (mutation: Mutation): Promise<Plant> => {
  const { file, first = [] } = mutation;
  const text = await spoiltText(mutation);
  return file.endsWith(".ts")
    ? { plant: first, module: { path: join(ROOT, file), text } }
    : { plant: [...first, text] };
};
