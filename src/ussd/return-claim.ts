// "I returned it" on a keypad. The station is asked, which takes longer than a keypad waits: the session ends first, and what came of it
// follows as a text. Whoever has the six digits of a rental may say it for its renter, whose own phone is dead.
import type { Dependencies } from "../deps.ts";
import { errorDetails } from "../error-details.ts";
import { AppError } from "../errors.ts";
import { describeError } from "../lib/describe-error.ts";
import { toGsm7 } from "../messages/gsm7.ts";
import { drainMessages, queueMessage, sendNow } from "../messages/service.ts";
import { endRental, type RentalRecord } from "../rentals/service.ts";
import type { Call, KeyUse } from "./effects.ts";
import { actorOf } from "./keypad-actor.ts";
import { bindRental } from "./repository.ts";
import type { Outcome } from "./screen.ts";
import { words } from "./words.ts";

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
  const bound = await bindRental(deps.db, { userId, rentalId, key, nowMs: deps.clock.now() });
  if (bound.rentalId !== rentalId) return null;
  if (bound.isFirst) deps.defer(askStation(deps, call, { rental, isOwn, stationCode: station.code }, key));
  return { kind: "done" };
};

const askStation = async (
  deps: Dependencies,
  call: Call,
  { rental, isOwn, stationCode }: { rental: RentalRecord; isOwn: boolean; stationCode: string },
  key: KeyUse,
): Promise<void> => {
  const { requestId, msisdn, locale } = call;
  try {
    const text = await answerOf(deps, call, rental, stationCode);
    // Of a return its renter is told with the bill.
    if (isOwn && text.isReturned) return await drained(deps);
    const params = { text: text.words };
    if (!isOwn) return void (await sendNow(deps, { msisdn, locale }, "answer", params));
    await queueMessage(deps, { userId: rental.userId, template: "answer", params, dedupeKey: `returned:${key.key}` });
    await drained(deps);
  } catch (error) {
    deps.log.write("error", "return_claim", { rentalId: rental.id, requestId, ...describeError(error) });
  }
};

const drained = async (deps: Dependencies): Promise<void> => void (await drainMessages(deps));

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
