// Disputes: a renter says that a rental went otherwise, the records of its stations are kept, staff decide once.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import { type Actor, actorName } from "../lib/actor.ts";
import { DAY_MS, HOUR_MS } from "../lib/clock.ts";
import { describeError } from "../lib/describe-error.ts";
import type { Id } from "../lib/ids.ts";
import { readAnyRental, type RentalRecord } from "../rentals/service.ts";
import type { DisputeRecord, StationEvidence } from "./record.ts";
import {
  decideDispute as decideStored,
  type DecideInput,
  findDispute,
  findDisputeOf,
  keepEvidence,
  listDisputes,
  listMovements,
  type Movement,
  openDispute as openStored,
  type OpenInput,
  type Opened,
} from "./repository.ts";

export type { DisputeRecord } from "./record.ts";

const LINK_TOKEN_LENGTH = 26;
type StaffActor = Extract<Actor, { kind: "staff" }>;

const textContext = (id: Id<"dsp">): string => `disputes.text:${id}`;

/** What the renter wrote; empty once the account is closed. */
export const openDisputeText = (
  deps: Pick<Dependencies, "cipher">,
  { id, textSealed }: Pick<DisputeRecord, "id" | "textSealed">,
): Promise<string> => (textSealed === "" ? Promise.resolve("") : deps.cipher.open(textSealed, textContext(id)));

/**
 * Opens the one dispute of a rental, and keeps what its stations have on record. Throws `rental_unknown`, `station_unknown`,
 * `dispute_open`, `dispute_unavailable`, `idempotency_mismatch`.
 */
export const openDispute = async (
  deps: Dependencies,
  actor: Extract<Actor, { kind: "user" }>,
  input: Pick<OpenInput, "rentalId" | "kind" | "stationCode" | "key" | "requestId"> & { text: string },
): Promise<{ dispute: DisputeRecord; isReplay: boolean }> => {
  const { text, ...rest } = input;
  const disputeId = deps.ids.next("dsp");
  const opened = await openStored(deps.db, {
    ...rest,
    disputeId,
    userId: actor.userId,
    textSealed: await deps.cipher.seal(text, textContext(disputeId)),
    actor: actorName(actor),
    nowMs: deps.clock.now(),
  });
  if (opened.status !== "opened" && opened.status !== "replayed") throw new AppError(opened.status);
  deps.defer(keepRecords(deps, opened));
  return { dispute: opened.dispute, isReplay: opened.status === "replayed" };
};

/** The one about a rental of one's own, with what one wrote. Throws `dispute_unknown`, also about somebody else's. */
export const readOwnDispute = async (
  deps: Dependencies,
  { userId }: Extract<Actor, { kind: "user" }>,
  rentalId: Id<"rnt">,
): Promise<{ dispute: DisputeRecord; text: string }> => {
  const dispute = await findDisputeOf(deps.db, rentalId, userId);
  if (!dispute) throw new AppError("dispute_unknown");
  return { dispute, text: await openDisputeText(deps, dispute) };
};

// Objects forget old events; a station that cannot be asked leaves custody, which is kept for ever.
const keepRecords = async (
  deps: Dependencies,
  { dispute, stationIds, powerBankId, fromMs, toMs }: Extract<Opened, { dispute: DisputeRecord }>,
): Promise<void> => {
  const asked = await Promise.allSettled(
    stationIds.map(async (stationId): Promise<StationEvidence> => ({
      stationId,
      events: await deps.stations.evidence(stationId, { powerBankId, fromMs, toMs }),
    })),
  );
  const kept = asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  for (const one of asked)
    if (one.status === "rejected")
      deps.log.write("warn", "dispute_evidence", { disputeId: dispute.id, ...describeError(one.reason) });
  await keepEvidence(deps.db, dispute.id, kept);
};

/** Newest first; `cursor` is the last id of the page before. */
export const readDisputes = async (
  deps: Dependencies,
  page: { state: "open" | "all"; cursor: Id<"dsp"> | null; limit: number },
): Promise<{ items: DisputeRecord[]; nextCursor: Id<"dsp"> | null }> => {
  const rows = await listDisputes(deps.db, { state: page.state, beforeId: page.cursor, limit: page.limit + 1 });
  const items = rows.slice(0, page.limit);
  return { items, nextCursor: rows.length > page.limit ? items.at(-1)!.id : null };
};

export interface DisputeReading {
  dispute: DisputeRecord;
  text: string;
  rental: RentalRecord;
  movements: Movement[];
}

/** With the rental, its bank's movements, and what the stations had on record. Throws `dispute_unknown`. */
export const readDispute = async (deps: Dependencies, disputeId: Id<"dsp">): Promise<DisputeReading> => {
  const dispute = await findDispute(deps.db, disputeId);
  if (!dispute) throw new AppError("dispute_unknown");
  const [text, rental] = await Promise.all([openDisputeText(deps, dispute), readAnyRental(deps, dispute.rentalId)]);
  const movements =
    rental.powerBankId === null
      ? []
      : await listMovements(
          deps.db,
          rental.powerBankId,
          rental.openedAtMs - HOUR_MS,
          (rental.endedAtMs ?? deps.clock.now()) + 2 * DAY_MS,
        );
  return { dispute, text, rental, movements };
};

/**
 * Decides a dispute: `refund` takes back TZS of its receipt by a credit note, `goodwill` gives TZS, `rejected` gives none. Throws
 * `dispute_unknown`, `dispute_decided`, `receipt_not_ready`, `receipt_credited`, `credit_too_high {remainingTzs}`, `account_closed`,
 * `forbidden` for other roles, for one's own, and for support beyond the price of a power bank, `idempotency_mismatch`.
 */
export const decideDispute = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Pick<DecideInput, "disputeId" | "outcome" | "amountTzs" | "note" | "key" | "requestId">,
): Promise<{ dispute: DisputeRecord; isReplay: boolean }> => {
  const decided = await decideStored(deps.db, {
    ...input,
    staffId: actor.userId,
    creditNoteId: deps.ids.next("crn"),
    token: deps.ids.secret(LINK_TOKEN_LENGTH),
    messageId: deps.ids.next("msg"),
    actor: actorName(actor),
    nowMs: deps.clock.now(),
  });
  switch (decided.status) {
    case "decided":
    case "replayed":
      return { dispute: decided.dispute, isReplay: decided.status === "replayed" };
    case "credit_too_high":
      throw new AppError(decided.status, { details: { remainingTzs: decided.remainingTzs } });
    default:
      throw new AppError(decided.status);
  }
};
