// Bugs to be planted in a run's own database, one of each kind that costs money. A simulation that does not find them proves
// nothing. Each is a function of the product with one place changed, so that it stays current; a place that is not there any
// more is an error, not a pass.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../tool.ts";

export interface Mutation {
  title: string;
  /** The invariant by which it must be found. */
  invariant: number;
  seed: number;
  /** It is found within so many; most take a tenth. */
  steps: number;
  /** Below drizzle/functions/. */
  file: string;
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
    file: "internal_payment_apply.sql",
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
    file: "internal_rental_cancel.sql",
    changes: [["if v_hold > 0 then", "if v_hold > 0 and p_reason <> 'station_offline' then"]],
  },
  {
    title: "a receipt number is skipped now and then",
    invariant: 10,
    seed: 103,
    steps: 3_000,
    file: "receipts_number.sql",
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
    file: "rental_settle.sql",
    changes: [["v_debt, -v_vat]", "v_debt, 1 - v_vat]"]],
    first: ["drop trigger postings_sum_to_zero on postings", "drop trigger journal_entries_balance on journal_entries"],
  },
  {
    title: "a duplicate id at the provider is taken for a refusal",
    invariant: 3,
    seed: 105,
    steps: 3_000,
    file: "withdrawal_sent.sql",
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
    file: "rental_settle.sql",
    changes: [["input -> 'lines', v_total, v_vat, v_net,\n", "input -> 'lines', v_total + 100, v_vat, v_net + 100,\n"]],
  },
  {
    title: "money that arrives has no audit row",
    invariant: 12,
    seed: 107,
    steps: 3_000,
    file: "internal_payment_apply.sql",
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
    file: "rental_cancel.sql",
    changes: [
      [
        "if not (input -> 'from') ? v_rental.status then",
        "if not (input -> 'from') ? v_rental.status or input ->> 'reason' = 'lease_expired' then",
      ],
    ],
  },
];

/** The statements that plant it. Throws when the product has moved on. */
export const plantOf = async ({ title, file, changes, first = [] }: Mutation): Promise<string[]> => {
  let text = await readFile(join(ROOT, "drizzle/functions", file), "utf8");
  for (const [from, to] of changes) {
    if (text.split(from).length !== 2)
      throw new Error(`"${title}" cannot be planted: ${file} does not have once: ${from}`);
    text = text.replace(from, () => to);
  }
  return [...first, text];
};
