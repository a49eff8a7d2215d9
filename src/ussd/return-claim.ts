// "I returned it" on a keypad. The station is asked, which takes longer than a keypad waits: the session ends first, and what came of it
// follows as a text. Whoever has the six digits of a rental may say it for its renter, whose own phone is dead. The text is promised in the
// statement that takes the word down: should nobody get to ask the station, the minute's round sends that nothing is known.
import type { Dependencies } from "../deps.ts";
import { errorDetails } from "../error-details.ts";
import { AppError } from "../errors.ts";
import { MINUTE_MS } from "../lib/clock.ts";
import { describeError } from "../lib/describe-error.ts";
import { toGsm7 } from "../messages/gsm7.ts";
import { answerPromised, drainMessages, sendNow } from "../messages/service.ts";
import { endRental, type RentalRecord } from "../rentals/service.ts";
import type { Call, KeyUse } from "./effects.ts";
import { actorOf } from "./keypad-actor.ts";
import { bindRental, type PromisedText } from "./repository.ts";
import type { Outcome } from "./screen.ts";
import { words } from "./words.ts";

/** Longer than a station, its object and Postgres take together. */
const ANSWERED_WITHIN_MS = 2 * MINUTE_MS;

interface Claimed {
  rental: RentalRecord | null;
  /** The caller's own; else the one whose code was typed. */
  isOwn: boolean;
}

/** Null where the rental is over. Throws `station_unknown`. */
export const claimReturn = async (
  deps: Dependencies,
  call: Call,
  { rental, isOwn }: Claimed,
  key: KeyUse,
): Promise<Outcome | null> => {
  if (rental?.status !== "active") return null;
  const { station } = call.caller;
  if (!station) throw new AppError("station_unknown");
  const { id: rentalId, userId } = rental;
  const nowMs = deps.clock.now();
  // A friend without an account has no outbox: the renter is told when nobody could be asked.
  const reader = (isOwn ? null : call.caller.user?.id) ?? userId;
  const promise = {
    id: deps.ids.next("msg"),
    userId: reader,
    template: "returned_answer" as const,
    text: words[call.locale].returnedNoAnswer,
    dedupeKey: `returned:${key.key}`,
    notBeforeMs: nowMs + ANSWERED_WITHIN_MS,
  };
  const bound = await bindRental(deps.db, { userId, rentalId, key, promise, nowMs });
  if (bound.rentalId !== rentalId) return null;
  const isStranger = !isOwn && reader === userId;
  const asking = { rental, isOwn, isStranger, promise, stationCode: station.code };
  if (bound.isFirst) deps.defer(askStation(deps, call, asking));
  return { kind: "done" };
};

interface Asking {
  rental: RentalRecord;
  isOwn: boolean;
  /** Somebody without an account: answered at once, for nothing of theirs is kept. */
  isStranger: boolean;
  promise: PromisedText;
  stationCode: string;
}

const askStation = async (
  deps: Dependencies,
  call: Call,
  { rental, isOwn, isStranger, promise, stationCode }: Asking,
): Promise<void> => {
  const { requestId, msisdn, locale } = call;
  const { userId, template, dedupeKey } = promise;
  try {
    const { words: text, isReturned } = await answerOf(deps, call, rental, stationCode);
    if (isStranger) await sendNow(deps, { msisdn, locale }, template, { text });
    // Of a return its renter is told with the bill.
    const isTold = isStranger || (isOwn && isReturned);
    await answerPromised(deps, { userId, template, dedupeKey, text: isTold ? null : text });
    await drainMessages(deps);
  } catch (error) {
    deps.log.write("error", "return_claim", { rentalId: rental.id, requestId, ...describeError(error) });
  }
};

const answerOf = async (
  deps: Dependencies,
  { requestId, locale }: Call,
  { id: rentalId, userId }: RentalRecord,
  stationCode: string,
): Promise<{ words: string; isReturned: boolean }> => {
  const w = words[locale];
  try {
    const { outcome, rental } = await endRental(deps, actorOf(userId), { rentalId, stationCode, requestId });
    if (outcome !== "returned") return { words: w.returned[outcome], isReturned: false };
    const place = rental.returnStationName ?? stationCode;
    return { words: w.returnedKnown(w.tzs(rental.totalTzs ?? 0), toGsm7(place, 60)), isReturned: true };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { words: errorDetails[error.code][locale], isReturned: false };
  }
};
