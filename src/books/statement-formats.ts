// How the statements of a provider are written. Nobody has seen every export yet: names of columns and words are data here, and
// a file that has none of them is refused with the names that were looked for.

export type StatementField = "providerReference" | "ourReference" | "amount" | "direction" | "status" | "time";

export interface StatementFormat {
  /** Names of each column, compared without case, spaces and punctuation; the first that a file has counts. */
  columns: Record<StatementField, readonly string[]>;
  /** Lower-case words; one that is in none of the lists is refused, because a guess about money is worse. */
  directions: { in: readonly string[]; out: readonly string[]; ignored: readonly string[] };
  statuses: Record<"paid" | "failed" | "pending" | "reversed", readonly string[]>;
  /** Of times that name no zone, minutes east of UTC. */
  zoneMinutes: number;
}

export const statementFormats = {
  azampay: {
    columns: {
      providerReference: [
        "transactionid",
        "transid",
        "pgreferenceid",
        "pgreference",
        "azampayreference",
        "reference",
        "externalreference",
        "providerreference",
      ],
      ourReference: [
        "utilityref",
        "utilityreference",
        "externalid",
        "externalreferenceid",
        "initiatorreferenceid",
        "merchantreference",
        "ourreference",
      ],
      amount: ["amount", "transactionamount", "amounttzs", "value"],
      direction: ["direction", "transactiontype", "type", "servicetype", "drcr"],
      status: ["status", "transactionstatus", "state"],
      time: ["time", "transactiondate", "transactiontime", "createddate", "createdat", "datetime", "timestamp", "date"],
    },
    directions: {
      in: ["in", "collection", "checkout", "mnocheckout", "bankcheckout", "credit", "cr", "c2b", "payin"],
      out: ["out", "disbursement", "disburse", "payout", "debit", "dr", "b2c", "transfer", "refund"],
      ignored: ["settlement", "fee", "charge", "commission", "tax", "openingbalance", "closingbalance"],
    },
    statuses: {
      paid: ["success", "successful", "succeeded", "completed", "paid", "settled"],
      failed: ["failed", "failure", "fail", "cancelled", "canceled", "rejected", "expired", "declined"],
      pending: ["pending", "processing", "inprogress", "initiated", "submitted"],
      reversed: ["reversed", "reversal", "refunded", "chargeback"],
    },
    zoneMinutes: 180,
  },
} as const satisfies Record<string, StatementFormat>;

export type StatementProvider = keyof typeof statementFormats;

/** `Transaction ID`, `transaction_id` and `transactionId` are one name. */
export const plainName = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
