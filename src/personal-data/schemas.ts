import { z } from "zod";

export const FORMAT = "chajipoa-personal-data-1";

const rows = z.array(z.looseObject({}));

/** The columns are those of the tables: they are what we hold, and grow with it. */
export const PersonalDataView = z
  .object({
    format: z.literal(FORMAT),
    exportedAt: z.iso.datetime(),
    account: rows.meta({ description: "One row: number, name, language, e-mail, quiet hours, consents" }),
    sessions: rows,
    rentals: rows,
    movements: rows.meta({ description: "Power banks out of and into slots, of my rentals" }),
    balances: rows.meta({ description: "Wallet, debt, and the hold of each rental" }),
    entries: rows.meta({ description: "What moved on them: debit positive, credit negative" }),
    payments: rows,
    paymentCallbacks: rows.meta({ description: "When the provider told of my payments, and what came of it" }),
    suspense: rows.meta({ description: "Money of mine that belonged to nothing at first" }),
    withdrawals: rows,
    withdrawalRequests: rows,
    withdrawalCallbacks: rows,
    withdrawalVotes: rows,
    receipts: rows,
    fiscalReceipts: rows,
    creditNotes: rows,
    messages: rows,
    messageReports: rows,
    tickets: rows.meta({ description: "Work of our staff that came of my rentals" }),
    ticketNotes: rows,
    disputes: rows.meta({ description: "What I complained about, what stations had on record, what was decided" }),
    statementLines: rows.meta({ description: "My money on the payment provider's statements" }),
    requests: rows.meta({ description: "Keys under which my requests are known, so that none is done twice" }),
    audit: rows.meta({ description: "Who did what, with me and with what is mine" }),
  })
  .meta({ id: "PersonalData" });
