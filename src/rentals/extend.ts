// More time for a rental that runs. The price and the new end are those of `quote` at the moment of the wish; a prompt's money
// applies them when it arrives, unless the rental has changed or ended meanwhile: then it stays in the wallet.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import { actorName } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import { createIntent, type Payer, type PaymentRecord, requestCheckout } from "../payments/service.ts";
import { extensionOffer } from "./pricing-facts.ts";
import type { RentalRecord } from "./record.ts";
import { findRental, type KeyUse } from "./repository.ts";
import { type Extended, extendRental as extendStored } from "./repository-life.ts";
import type { UserActor } from "./start.ts";
import { renewAtOrigin } from "./tell-origin.ts";

/** A rental that changes while it is priced is priced anew; more often than this and something is wrong. */
const MAX_PRICINGS = 3;

export interface ExtendInput {
  rentalId: Id<"rnt">;
  /** Asked for what the wallet lacks. */
  payment: Payer | null;
  key: KeyUse;
  requestId: string;
  /** The payer's phone is busy until then: the intent is stored, and whoever asked for it has the prompt sent later. */
  promptAtMs?: number;
  /** Nobody has proved who asks: the wallet alone pays nothing, the PIN of the phone that pays is the proof. */
  isUnproven?: boolean;
}

/**
 * Buys the next extension of a rental, before or after its end. Answers the rental with its new end, or with `payment` while a
 * prompt waits for the PIN. Throws `rental_unknown`, `rental_not_active`, `extension_unavailable` (all are used or the cap is
 * reached), `insufficient_funds {missingTzs}`, `payment_refused`, `idempotency_mismatch`; then nothing was bought.
 */
export const extendRental = async (
  deps: Dependencies,
  actor: UserActor,
  input: ExtendInput,
): Promise<{ rental: RentalRecord; isReplay: boolean }> => {
  const { rentalId, key, requestId, promptAtMs } = input;
  const payment = input.payment && (await createIntent(deps, input.payment));
  let rental = await findRental(deps.db, rentalId, actor.userId);
  if (!rental) throw new AppError("rental_unknown");
  for (let pricings = 0; pricings < MAX_PRICINGS; pricings++) {
    const nowMs = deps.clock.now();
    const result = await extendStored(deps.db, {
      rentalId,
      userId: actor.userId,
      key,
      version: rental.version,
      offer: rental.status === "active" ? extensionOffer(rental, nowMs) : null,
      payment: payment && {
        ...payment.intent,
        ...(promptAtMs === undefined ? {} : { promptAtMs }),
        isProof: input.isUnproven ?? false,
      },
      messageId: deps.ids.next("msg"),
      actor: actorName(actor),
      nowMs,
      requestId,
    });
    switch (result.status) {
      case "extended":
        deps.defer(renewAtOrigin(deps, result.rental));
        return { rental: result.rental, isReplay: false };
      case "awaiting_payment":
        if (!payment) throw new Error("an extension awaits a payment that was not asked for");
        if (promptAtMs !== undefined) return { rental: result.rental, isReplay: false };
        return { rental: await askForPrice(deps, result, payment, requestId), isReplay: false };
      case "replayed":
        refuseFailed(result.payment);
        return { rental: result.rental, isReplay: true };
      case "changed":
        rental = result.rental;
        continue;
      case "insufficient_funds":
        throw new AppError(result.status, { details: { missingTzs: result.missingTzs } });
      default:
        throw new AppError(result.status);
    }
  }
  throw new Error("a rental kept changing while its extension was priced");
};

const askForPrice = async (
  deps: Dependencies,
  asked: Extract<Extended, { status: "awaiting_payment" }>,
  payment: Awaited<ReturnType<typeof createIntent>>,
  requestId: string,
): Promise<RentalRecord> => {
  const checkout = await requestCheckout(deps, { ...payment, amountTzs: asked.missingTzs, requestId });
  refuseFailed(checkout.payment);
  return checkout.rental ?? asked.rental;
};

// A payment that was declined later was an answer once; only a refused checkout is an error of this call.
const refuseFailed = (payment: PaymentRecord | null): void => {
  if (payment?.state === "failed" && payment.settledAtMs === null)
    throw new AppError("payment_refused", { details: { reason: payment.reason ?? "refused" } });
};
