// Money first, then metal. `rental_open` holds the deposit or records who will pay it; only then is the station asked. A
// crash between two steps leaves `dispensing` or `awaiting_payment`, which the next event, alarm or sweep ends.
import type { Dependencies } from "../deps.ts";
import { describeError } from "../lib/describe-error.ts";
import { AppError, type ErrorCode, isErrorCode } from "../errors.ts";
import { actorName, type Actor } from "../lib/actor.ts";
import type { Id } from "../lib/ids.ts";
import {
  createIntent,
  type Intent,
  type Payer,
  type PaymentRecord,
  requestCheckout,
  takePrompt,
} from "../payments/service.ts";
import type { DispenseResult } from "../stations/port.ts";
import { proveScreenCode } from "../stations/service.ts";
import type { RentalRecord } from "./record.ts";
import { cancelRental, type KeyUse, type Opened, openRental } from "./repository.ts";
import { renewAtOrigin } from "./tell-origin.ts";

/** A slot is kept this long for a renter who pays, and no bank leaves later than this after his own last action. */
export const LEASE_SECONDS = 180;

export type UserActor = Extract<Actor, { kind: "user" }>;

export interface StartInput {
  stationCode: string;
  /** What the station's screen showed; absent where a label was read or a code typed. */
  screenCode?: string | null;
  payment: Payer | null;
  key: KeyUse;
  requestId: string;
  /** The payer's phone is busy until then, with the very session that asks: the slot is leased and the prompt sent by `promptDeposit`. */
  promptAtMs?: number;
  /** Nobody has proved who asks: the wallet alone pays nothing, the PIN of the phone that pays is the proof. */
  isUnproven?: boolean;
}

/**
 * Starts a rental at a station. Answers it `dispensing` (the deposit is held, the slot is told) or `awaiting_payment`
 * (a prompt for the missing TZS is on its way). Throws AppError with the code of a refusal; then nothing is held.
 * The same key again answers the same rental, and tells the station again if it still has to.
 */
export const startRental = async (
  deps: Dependencies,
  actor: UserActor,
  input: StartInput,
): Promise<{ rental: RentalRecord; isReplay: boolean }> => {
  const payment = input.payment && (await createIntent(deps, input.payment));
  const opened = await openRental(deps.db, {
    rentalId: deps.ids.next("rnt"),
    userId: actor.userId,
    stationCode: input.stationCode,
    presence: await proveScreenCode(deps, input),
    key: input.key,
    payment: payment && {
      ...payment.intent,
      ...(input.promptAtMs === undefined ? {} : { promptAtMs: input.promptAtMs }),
      isProof: input.isUnproven ?? false,
    },
    leaseSeconds: LEASE_SECONDS,
    nowMs: deps.clock.now(),
    requestId: input.requestId,
  });
  switch (opened.status) {
    case "dispensing":
      return { rental: await dispenseOrThrow(deps, actor, opened.rental, input.requestId), isReplay: false };
    case "awaiting_payment":
      if (!payment) throw new Error("a rental awaits a payment that was not asked for");
      if (input.promptAtMs !== undefined) return { rental: opened.rental, isReplay: false };
      return {
        rental: await askForDeposit(deps, actor, opened.rental, payment, opened.missingTzs, input.requestId),
        isReplay: false,
      };
    case "replayed":
      return { rental: await resume(deps, actor, opened.rental, input.requestId), isReplay: true };
    default:
      throw refusal(opened);
  }
};

const refusal = (opened: Exclude<Opened, { rental: RentalRecord }>): AppError => {
  switch (opened.status) {
    case "rental_already_open":
      return new AppError(opened.status, { details: { rentalId: opened.rentalId } });
    case "debt_open":
      return new AppError(opened.status, { details: { debtTzs: opened.debtTzs } });
    case "insufficient_funds":
      return new AppError(opened.status, { details: { missingTzs: opened.missingTzs } });
    default:
      return new AppError(opened.status);
  }
};

const resume = async (
  deps: Dependencies,
  actor: Actor,
  rental: RentalRecord,
  requestId: string,
): Promise<RentalRecord> => {
  if (rental.status === "dispensing") return dispenseOrThrow(deps, actor, rental, requestId);
  // The first answer of a start that came to nothing was the reason; a repeat gets the same.
  if (rental.status === "cancelled" && isErrorCode(rental.reason)) throw new AppError(rental.reason);
  if (rental.status === "cancelled" && rental.payment?.state === "failed") throw new AppError("payment_refused");
  return rental;
};

const askForDeposit = async (
  deps: Dependencies,
  actor: Actor,
  rental: RentalRecord,
  payment: Intent,
  amountTzs: number,
  requestId: string,
): Promise<RentalRecord> => {
  const untilMs = rental.leaseExpiresAtMs ?? deps.clock.now() + LEASE_SECONDS * 1_000;
  const lease = await deps.stations.lease(rental.stationId, { rentalId: rental.id, untilMs });
  if (lease.status !== "leased") {
    await undo(deps, actor, rental, lease.status, requestId);
    throw new AppError(lease.status);
  }
  const checkout = await requestCheckout(deps, { ...payment, amountTzs, requestId });
  if (checkout.payment.state === "failed") {
    await deps.stations.release(rental.stationId, { rentalId: rental.id, reason: "payment_failed" });
    throw new AppError("payment_refused", { details: { reason: checkout.payment.reason ?? "refused" } });
  }
  // The callback may have overtaken the provider's answer; then the rental is already further on.
  return { ...(checkout.rental ?? rental), slot: checkout.rental?.slot ?? lease.slot };
};

/**
 * Sends the prompt of a payment that had to wait for it, once: for a deposit after a slot was leased. What comes of it the
 * renter hears by SMS. Answers whether it was this call's to send.
 */
export const sendPrompt = async (deps: Dependencies, paymentId: Id<"pay">, requestId: string): Promise<boolean> => {
  const taken = await takePrompt(deps, paymentId);
  if (!taken) return false;
  const { rental, amountTzs, ...intent } = taken;
  const actor = { kind: "system", job: "prompts" } as const;
  try {
    if (rental?.status === "awaiting_payment") await askForDeposit(deps, actor, rental, intent, amountTzs, requestId);
    else await requestCheckout(deps, { ...intent, amountTzs, requestId });
  } catch (error) {
    // A refusal has cancelled the rental; the renter has no screen any more, so it is not told here.
    if (!(error instanceof AppError)) throw error;
    deps.log.write("warn", "prompt", { paymentId, code: error.code });
  }
  return true;
};

/** What a station's answer to `dispense` means for the one who asked; null = it is on its way. */
const failureOf = (result: DispenseResult): ErrorCode | null => {
  switch (result.status) {
    case "ejecting":
    case "out":
    case "unknown":
      return null;
    case "not_out":
    case "no_power_bank":
      return "no_power_bank";
    case "too_late":
    case "station_offline":
      return "station_offline";
    case "station_unavailable":
      return "station_unavailable";
  }
};

/**
 * Tells the station to hand out the bank of a rental whose deposit is held. A refusal cancels the rental and is answered;
 * a station that cannot be asked leaves it `dispensing` for the sweep. Idempotent by the rental's id.
 */
export const dispenseRental = async (
  deps: Dependencies,
  actor: Actor,
  rental: RentalRecord,
  wasPaid: boolean,
  requestId: string,
): Promise<{ rental: RentalRecord; failure: ErrorCode | null }> => {
  const notAfterMs = rental.lastActionAtMs + LEASE_SECONDS * 1_000;
  let result: DispenseResult;
  try {
    result = await deps.stations.dispense(rental.stationId, { rentalId: rental.id, notAfterMs, wasPaid });
  } catch (error) {
    deps.log.write("warn", "alert", {
      alert: "station_object_unreachable",
      rentalId: rental.id,
      stationId: rental.stationId,
      ...describeError(error),
    });
    return { rental, failure: null };
  }
  const failure = failureOf(result);
  if (failure === null)
    return { rental: { ...rental, slot: result.status === "ejecting" ? result.slot : rental.slot }, failure };
  return { rental: await undo(deps, actor, rental, failure, requestId), failure };
};

export const dispenseOrThrow = async (
  deps: Dependencies,
  actor: Actor,
  rental: RentalRecord,
  requestId: string,
): Promise<RentalRecord> => {
  const { rental: next, failure } = await dispenseRental(deps, actor, rental, rental.payment !== null, requestId);
  if (failure !== null && next.status === "cancelled") throw new AppError(failure);
  return next;
};

const undo = async (
  deps: Dependencies,
  actor: Actor,
  rental: RentalRecord,
  reason: string,
  requestId: string,
): Promise<RentalRecord> => {
  const cancelled = await cancelRental(deps.db, {
    rentalId: rental.id,
    from: ["awaiting_payment", "dispensing"],
    reason,
    messageId: deps.ids.next("msg"),
    actor: actorName(actor),
    nowMs: deps.clock.now(),
    requestId,
  });
  if (cancelled.status === "rental_unknown") throw new Error("a rental vanished");
  return cancelled.rental;
};

/** What follows a callback: a paid deposit makes the station hand out the bank, an ended rental gives its slot back. */
export const continueAfterPayment = async (
  deps: Dependencies,
  settled: {
    dispense: boolean;
    payment?: Pick<PaymentRecord, "purpose"> | null | undefined;
    rental?: RentalRecord | null | undefined;
  },
  requestId: string,
): Promise<void> => {
  const { rental } = settled;
  if (!rental) return;
  const actor = { kind: "provider", provider: "azampay" } as const;
  if (settled.payment?.purpose === "extension") {
    if (rental.status === "active") await renewAtOrigin(deps, rental);
    return;
  }
  if (settled.dispense) await dispenseRental(deps, actor, rental, true, requestId);
  else if (rental.status === "cancelled" && rental.startedAtMs === null) {
    await deps.stations.release(rental.stationId, { rentalId: rental.id, reason: rental.reason });
  }
};
