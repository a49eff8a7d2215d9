import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import { type Actor, actorName } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import { numberByDevice } from "./fiscal.ts";
import type { CreditNoteRecord, ReceiptRecord } from "./record.ts";
import {
  findCreditNoteByToken,
  findReceipt,
  findReceiptById,
  findReceiptByToken,
  issueCreditNote as issueStored,
  listReceipts,
  type IssueInput,
  numberReceipts as numberStored,
  type ReceiptDetails,
} from "./repository.ts";

export {
  composeFiscalDocument,
  registerFiscalDevice,
  requestFiscalToken,
  sendFiscalDocument,
  wakeFiscalDevice,
} from "./fiscal.ts";
export type { CreditNoteRecord, ReceiptRecord } from "./record.ts";
export type { ReceiptDetails } from "./repository.ts";

const LINK_TOKEN_LENGTH = 26;

/** The receipt of a finished rental; its number may be null for up to a minute. Throws `receipt_not_ready` before the end. */
export const readReceipt = async (
  deps: Dependencies,
  actor: Extract<Actor, { kind: "user" }>,
  rentalId: Id<"rnt">,
): Promise<ReceiptRecord> => {
  const receipt = await findReceipt(deps.db, rentalId, actor.userId);
  if (!receipt) throw new AppError("receipt_not_ready");
  return receipt;
};

/** The renter's receipts, newest first, by keyset. */
export const readReceipts = async (
  deps: Dependencies,
  actor: Extract<Actor, { kind: "user" }>,
  { cursor, limit }: { cursor: Id<"rcp"> | null; limit: number },
): Promise<{ items: ReceiptRecord[]; nextCursor: Id<"rcp"> | null }> => {
  const rows = await listReceipts(deps.db, actor.userId, cursor, limit + 1);
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? items.at(-1)!.id : null };
};

/** Any receipt, for staff. Throws `receipt_unknown`. */
export const readReceiptForStaff = async (
  deps: Dependencies,
  _actor: StaffActor,
  receiptId: Id<"rcp">,
): Promise<ReceiptRecord> => {
  const receipt = await findReceiptById(deps.db, receiptId);
  if (!receipt) throw new AppError("receipt_unknown");
  return receipt;
};

/** What a link shows: a receipt or a credit note. Throws `receipt_not_ready` for a token that nobody was given. */
export const readDocumentByToken = async (
  deps: Dependencies,
  token: string,
): Promise<{ kind: "receipt"; receipt: ReceiptDetails } | { kind: "credit_note"; creditNote: CreditNoteRecord }> => {
  const receipt = await findReceiptByToken(deps.db, token);
  if (receipt) return { kind: "receipt", receipt };
  const creditNote = await findCreditNoteByToken(deps.db, token);
  if (!creditNote) throw new AppError("receipt_not_ready");
  return { kind: "credit_note", creditNote };
};

/** Numbers what is committed; answers how many. A fiscal device numbers receipts over something, the database the rest. */
export const numberReceipts = async (deps: Dependencies, limit = 500): Promise<number> => {
  const { fiscal } = deps;
  const count = await numberStored(deps.db, { nowMs: deps.clock.now(), limit, isFiscal: fiscal !== null });
  return fiscal ? count + (await numberByDevice(deps, fiscal, limit)) : count;
};

export type StaffActor = Extract<Actor, { kind: "staff" }>;

export type CreditInput = Pick<IssueInput, "receiptId" | "lines" | "reason" | "note" | "key" | "requestId">;

/**
 * Takes back a receipt, or parts of its lines, into the renter's wallet; VAT at the rate of the receipt. Throws
 * `receipt_unknown`, `receipt_not_ready` while it has no number, `credit_too_high {line, remainingTzs}`, `receipt_credited`,
 * `forbidden` for other roles and for one's own receipt, `idempotency_mismatch`.
 */
export const issueCreditNote = async (
  deps: Dependencies,
  actor: StaffActor,
  input: CreditInput,
): Promise<{ creditNote: CreditNoteRecord; isReplay: boolean }> => {
  const issued = await issueStored(deps.db, {
    ...input,
    creditNoteId: deps.ids.next("crn"),
    token: deps.ids.secret(LINK_TOKEN_LENGTH),
    staffId: actor.userId,
    actor: actorName(actor),
    messageId: deps.ids.next("msg"),
    nowMs: deps.clock.now(),
  });
  switch (issued.status) {
    case "issued":
    case "replayed":
      return { creditNote: issued.creditNote, isReplay: issued.status === "replayed" };
    case "credit_too_high":
      throw new AppError(issued.status, { details: { line: issued.line, remainingTzs: issued.remainingTzs } });
    default:
      throw new AppError(issued.status);
  }
};
