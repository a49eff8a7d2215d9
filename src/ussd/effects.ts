// What is done at the places of the menu that do something: one verb each, keyed by the session and by how many inputs led there, so
// that a post that comes twice, late or out of order does nothing more. A refusal is an outcome; nobody waits for a provider here.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import { SECOND_MS } from "../lib/clock.ts";
import { sha256Hex } from "../lib/crypto.ts";
import { describeError } from "../lib/describe-error.ts";
import type { Locale } from "../lib/i18n.ts";
import type { Id } from "../lib/ids.ts";
import { drainMessages } from "../messages/service.ts";
import { initiatePayment } from "../payments/service.ts";
import type { WalletProvider } from "../providers/ports.ts";
import {
  abandonRental,
  extendRental,
  reportLost,
  sendPrompt,
  startRental,
  type UserActor,
} from "../rentals/service.ts";
import { type Msisdn, sealPhone } from "../users/service.ts";
import { askWithdrawal, runAskedWithdrawals } from "../withdrawals/service.ts";
import type { MenuState, Place } from "./menu.ts";
import { actorOf } from "./keypad-actor.ts";
import { bindRental, type Caller, storeLocale, vouchUser } from "./repository.ts";
import { claimReturn } from "./return-claim.ts";
import type { Outcome } from "./screen.ts";
import { freeOf } from "./screens-money.ts";

export interface Call {
  gateway: string;
  channel: "ussd" | "sms";
  /** Names the session for ever. */
  session: string;
  msisdn: Msisdn;
  phoneHash: string;
  /** Of the wallet that the number's prefix suggests. */
  usual: WalletProvider;
  locale: Locale;
  caller: Caller;
  /** The caller is who owns the number: a gateway's session, or a reply with digits that only this number got. */
  isProven: boolean;
  requestId: string;
}

/** What came of it; null where nothing is done. Throws what is no refusal. */
export const act = async (deps: Dependencies, call: Call, state: MenuState): Promise<Outcome | null> => {
  try {
    return await actAt(deps, call, state.place, await keyOf(call, state));
  } catch (error) {
    if (error instanceof AppError) return { kind: "refused", code: error.code };
    throw error;
  }
};

export interface KeyUse {
  route: string;
  key: string;
  bodyHash: string;
}

const keyOf = async ({ gateway, session }: Call, { place, reachedAt }: MenuState): Promise<KeyUse> => ({
  route: "ussd",
  key: await sha256Hex(`${gateway}\n${session}\n${reachedAt}`),
  bodyHash: await sha256Hex(JSON.stringify(place)),
});

const actAt = async (deps: Dependencies, call: Call, place: Place, key: KeyUse): Promise<Outcome | null> => {
  const { requestId, usual } = call;
  switch (place.at) {
    case "rent_go":
      return rent(deps, call, place, key);
    case "register_go":
      await openAccount(deps, call);
      return { kind: "done" };
    case "language_go": {
      const { user } = call.caller;
      if (user && user.locale !== place.locale) await storeLocale(deps.db, user.id, place.locale, deps.clock.now());
      return null;
    }
    case "cancel_go":
      return cancel(deps, call, key);
    case "extend_go":
      return extend(deps, call, place, key);
    case "lost_go": {
      const { rental } = call.caller;
      if (!rental) throw new AppError("rental_unknown");
      const { rental: lost } = await reportLost(deps, actorOf(rental.userId), {
        rentalId: rental.id,
        cause: "lost",
        key,
        requestId,
      });
      deps.defer(drainMessages(deps));
      return { kind: "rental", rental: lost, promptTzs: null };
    }
    case "returned_go":
      return claimReturn(deps, call, { rental: call.caller.rental, isOwn: true }, key);
    case "friend_returned_go":
      return claimReturn(deps, call, { rental: call.caller.found, isOwn: false }, key);
    case "withdraw_go":
      return withdraw(deps, call, place, key);
    case "debt_go": {
      const { user, debtTzs } = call.caller;
      if (!user) return null;
      const { payment } = await initiatePayment(deps, actorOf(user.id), {
        provider: place.provider ?? usual,
        phone: call.msisdn,
        purpose: "debt",
        amountTzs: debtTzs,
        key,
        requestId,
        promptAtMs: promptAtMs(deps),
      });
      promptLater(deps, payment.id, requestId);
      return { kind: "amount", amountTzs: payment.amountTzs };
    }
    default:
      return null;
  }
};

/** The caller's account, made on the spot: the gateway vouches for the number, the screen before named the terms. */
const openAccount = async (deps: Dependencies, call: Call): Promise<UserActor> => {
  const { user } = call.caller;
  if (user && user.state !== "pending") return actorOf(user.id);
  const userId = deps.ids.next("usr");
  const vouched = await vouchUser(deps.db, {
    userId,
    phoneHash: call.phoneHash,
    phoneSealed: await sealPhone(deps.cipher, userId, call.msisdn),
    name: `${call.locale === "sw" ? "Mteja" : "Customer"} ${call.msisdn.slice(-3)}`,
    locale: call.locale,
    termsVersion: deps.config.TERMS_VERSION,
    gateway: call.gateway,
    channel: call.channel,
    nowMs: deps.clock.now(),
    requestId: call.requestId,
  });
  return actorOf(vouched.userId);
};

const rent = async (
  deps: Dependencies,
  call: Call,
  { stationCode, provider }: Extract<Place, { at: "rent_go" }>,
  key: KeyUse,
): Promise<Outcome> => {
  const { rental } = await startRental(deps, await openAccount(deps, call), {
    stationCode,
    payment: { provider: provider ?? call.usual, phone: call.msisdn },
    key,
    requestId: call.requestId,
    promptAtMs: promptAtMs(deps),
    isUnproven: !call.isProven,
  });
  deps.defer(drainMessages(deps));
  if (rental.status !== "awaiting_payment" || !rental.payment) return { kind: "rental", rental, promptTzs: null };
  promptLater(deps, rental.payment.id, call.requestId);
  return { kind: "rental", rental, promptTzs: rental.payment.amountTzs };
};

const extend = async (
  deps: Dependencies,
  call: Call,
  { provider }: Extract<Place, { at: "extend_go" }>,
  key: KeyUse,
): Promise<Outcome> => {
  const { rental: before } = call.caller;
  if (!before) throw new AppError("rental_unknown");
  const { rental } = await extendRental(deps, actorOf(before.userId), {
    rentalId: before.id,
    payment: { provider: provider ?? call.usual, phone: call.msisdn },
    key,
    requestId: call.requestId,
    promptAtMs: promptAtMs(deps),
    isUnproven: !call.isProven,
  });
  deps.defer(drainMessages(deps));
  const { payment } = rental;
  const isAsked =
    rental.dueAtMs === before.dueAtMs &&
    payment?.purpose === "extension" &&
    ["created", "submitted", "unknown"].includes(payment.state);
  if (!isAsked) return { kind: "rental", rental, promptTzs: null };
  promptLater(deps, payment.id, call.requestId);
  return { kind: "rental", rental, promptTzs: payment.amountTzs };
};

/** A verb without a key of its own acts on the rental that this input met first, so that a late repeat never meets the next one. */
const cancel = async (deps: Dependencies, call: Call, key: KeyUse): Promise<Outcome> => {
  const { rental } = call.caller;
  if (!rental) throw new AppError("rental_unknown");
  const { userId } = rental;
  const bound = await bindRental(deps.db, { userId, rentalId: rental.id, key, nowMs: deps.clock.now() });
  const { rentalId } = bound;
  const isDone = rentalId !== rental.id || (rental.status === "cancelled" && rental.reason === "renter");
  if (!isDone) await abandonRental(deps, actorOf(userId), rentalId, call.requestId);
  return { kind: "done" };
};

const withdraw = async (
  deps: Dependencies,
  call: Call,
  place: Extract<Place, { at: "withdraw_go" }>,
  { key: id }: KeyUse,
): Promise<Outcome | null> => {
  const { caller, usual, requestId } = call;
  if (!caller.user) return null;
  const freeTzs = freeOf({ caller, nowMs: deps.clock.now(), feeTzs: deps.config.WITHDRAWAL_FEE_TZS });
  const amountTzs = await askWithdrawal(deps, actorOf(caller.user.id), {
    id,
    amountTzs: place.amountTzs ?? freeTzs,
    provider: place.provider ?? usual,
  });
  deps.defer(runAskedWithdrawals(deps, { id, limit: 1 }, requestId));
  return { kind: "amount", amountTzs };
};

const promptAtMs = (deps: Dependencies): number => deps.clock.now() + deps.config.USSD_PROMPT_DELAY_SECONDS * SECOND_MS;

/** The handset shows one dialogue at a time: the prompt comes when this one is gone. Cron is the second way. */
const promptLater = (deps: Dependencies, paymentId: Id<"pay">, requestId: string): void => {
  const send = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, deps.config.USSD_PROMPT_DELAY_SECONDS * SECOND_MS));
    await sendPrompt(deps, paymentId, requestId);
    await drainMessages(deps);
  };
  deps.defer(
    send().catch((error: unknown) =>
      deps.log.write("error", "prompt", { paymentId, requestId, ...describeError(error) }),
    ),
  );
};
