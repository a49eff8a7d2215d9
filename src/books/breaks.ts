// What can be wrong with the books, and what somebody should do about it. The checks themselves are SQL
// (drizzle/functions/books_*_breaks.sql); a kind that is missing here does not pass the repository.

export const breakActions = {
  // the ledger against itself
  entry_unbalanced:
    "Stop withdrawals and find who wrote to the database past the ledger; restore the entry from a backup.",
  entry_altered: "Postings were changed after they were posted. Find who did it; restore the entry from a backup.",
  balance_differs:
    "A balance was changed without a posting. Find who did it; correct the balance to the sum of its postings.",
  trial_balance_differs:
    "A closed day says something else than its postings: an entry came late or was changed. Look at the entries of that day.",
  day_not_closed: "The daily close did not run. Look for `books_close` in the log of the minute's round.",
  suspense_differs:
    "The suspense account and its open items disagree. Compare the postings of `suspense` with the items.",
  withdrawal_clearing_differs:
    "Money on its way out and the open withdrawals disagree. Compare the postings of `withdrawal_clearing` with them.",
  // payments
  payment_unanswered: "It should have expired. Look for `payments_expire` in the log of the minute's round.",
  payment_credit_missing:
    "It counts as paid, but the wallet was not credited. Do not credit by hand before the callback was read.",
  payment_credit_differs:
    "Another amount was credited than was asked for. Stop the wallet's withdrawals and correct it.",
  payment_credit_unexpected:
    "A wallet was credited for a payment that did not succeed. Stop the wallet's withdrawals and look at the callback.",
  callback_failed: "It is stored and tried again each minute; its error says why it cannot be booked.",
  suspense_open: "Decide where the money belongs; where the statement proves it and the payer is known, offer it back.",
  // rentals and their holds
  hold_orphaned: "Its rental is over and the money is still held. Find why the release was lost; give it back.",
  hold_missing: "The rental is open and nothing is held for it. Find where the hold went.",
  hold_old: "Four days late: declare the rental lost, or end it if the bank is back.",
  rental_stuck: "It stands between two states. Look for `rentals_sweep` in the log, and whether its station answers.",
  // withdrawals
  withdrawal_unfinished:
    "Ask the provider; never send it again under another id. Unknown after 72 hours: two of finance close it.",
  withdrawal_contradicted: "The provider said both. Ask them in writing; two of finance close it.",
  withdrawal_booking_differs:
    "State and postings of the withdrawal disagree. Compare them before anything is paid out.",
  // receipts and the audit log
  receipt_missing: "A settled rental has no receipt. Find why; issue it.",
  receipt_unnumbered: "Look for `receipts_number` in the log of the minute's round.",
  receipt_number_missing: "A number was taken away or skipped. Find the receipt in a backup; tell the accountant.",
  receipt_counter_differs:
    "The counter and the highest number disagree: the next receipt would repeat or skip one. Correct the counter.",
  receipt_differs: "The receipt and the ledger disagree about what the renter paid, or about its VAT.",
  credit_note_differs: "The credit note and the ledger disagree about what was taken back, or about its VAT.",
  audit_unsealed: "Look for `audit_seal` in the log of the minute's round, then run `bun run audit:verify`.",
  audit_head_missing: "A day has no signed head. Run `bun run audit:verify`.",
  // the provider's statement
  paid_not_credited:
    "Paid at the provider, not here. Have the provider repeat the callback; unknown to us: treat it as suspense.",
  credited_not_paid:
    "Credited here, failed or reversed at the provider. Stop the wallet's withdrawals; ask the provider in writing.",
  credit_unconfirmed:
    "Not in a statement within two days: this wallet's withdrawals are stopped. Import the missing statement, or ask the provider.",
  statement_amount_differs:
    "Statement and books name different amounts. Ask the provider in writing before correcting anything.",
  statement_duplicate:
    "The renter was charged twice and the second is not in suspense. Have the provider repeat its callback, then offer it back.",
  statement_contradicts_itself:
    "A later statement gave another amount for the same transaction. Ask the provider which one holds.",
  statement_late: "Import the provider's statements up to yesterday.",
  paid_out_unknown: "The provider paid out what we never asked for. Stop withdrawals and change the credentials.",
  paid_out_not_booked:
    "Paid out at the provider, open or returned here. Close the withdrawal as paid; do not send it again.",
  booked_not_paid_out: "Booked as paid out, failed or reversed at the provider. Two of finance give the money back.",
  payout_unconfirmed: "Not in a statement within two days. Import the missing statement, or ask the provider.",
} as const;

export type BreakKind = keyof typeof breakActions;
export const breakKinds = Object.keys(breakActions) as [BreakKind, ...BreakKind[]];
