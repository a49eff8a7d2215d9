// Screens about money: the wallet, what may leave it, what is owed; and the account that has it.
import { withdrawableTzs } from "../withdrawals/service.ts";
import type { Place } from "./menu.ts";
import { ask, end, networkName, say, type Screen, type View } from "./screen.ts";
import { networkScreen, refusedOutcome, registerPrompt } from "./screens-common.ts";

type MoneyPlace = Extract<
  Place,
  {
    at:
      | "account"
      | "withdraw"
      | "withdraw_confirm"
      | "withdraw_network"
      | "withdraw_go"
      | "debt"
      | "debt_network"
      | "debt_go"
      | "register"
      | "register_go";
  }
>;

export const moneyScreen = (place: MoneyPlace, view: View): Screen => {
  const refusal = refusedOutcome(view);
  if (refusal) return refusal;
  const w = say(view);
  const amountTzs = view.outcome?.kind === "amount" ? view.outcome.amountTzs : 0;
  switch (place.at) {
    case "register":
      return ask(view, w.register(view.host), w.agree, w.back);
    case "register_go":
      return end(w.registered);
    case "withdraw_go":
      return end(w.withdrawing(w.tzs(amountTzs)));
    case "debt_go":
      return end(w.promptOnly(w.tzs(amountTzs)));
    case "withdraw_network":
    case "debt_network":
      return networkScreen(view);
    default:
      return hasAccount(view) ? accountScreen(place, view) : registerPrompt(view);
  }
};

export const hasAccount = ({ caller: { user } }: View): boolean => user !== null && user.state !== "pending";

const accountScreen = (
  place: Extract<MoneyPlace, { at: "account" | "withdraw" | "withdraw_confirm" | "debt" }>,
  view: View,
): Screen => {
  const { walletTzs, debtTzs, rentals } = view.caller;
  const w = say(view);
  if (place.at === "account") {
    const heldTzs = rentals.reduce((sum, { holdTzs }) => sum + holdTzs, 0);
    const more = `${heldTzs > 0 ? w.held(w.tzs(heldTzs)) : ""}${debtTzs > 0 ? w.debt(w.tzs(debtTzs)) : ""}`;
    return ask(view, w.account(w.tzs(walletTzs), more), w.withdrawOption, debtTzs > 0 ? w.payDebtOption : null, w.back);
  }
  if (place.at === "debt") {
    if (debtTzs === 0) return ask(view, w.noDebt, w.back);
    return ask(view, w.debtConfirm(w.tzs(debtTzs), networkName(view.usual)), w.pay, w.other, w.back);
  }
  return withdrawScreen(place, view);
};

const withdrawScreen = (place: Extract<MoneyPlace, { at: "withdraw" | "withdraw_confirm" }>, view: View): Screen => {
  const w = say(view);
  if (view.caller.isWithdrawing) return ask(view, w.withdrawalOnTheWay, w.back);
  const freeTzs = freeOf(view);
  if (freeTzs < view.minTzs) return ask(view, w.withdrawNothing(w.tzs(view.minTzs)), w.back);
  if (place.at === "withdraw") return ask(view, w.withdraw(w.tzs(freeTzs)), w.back);
  const amountTzs = place.amountTzs ?? freeTzs;
  if (amountTzs > freeTzs) return ask(view, w.withdrawTooMuch(w.tzs(freeTzs)), w.back);
  if (amountTzs < view.minTzs) return ask(view, w.withdrawNothing(w.tzs(view.minTzs)), w.back);
  const fee = view.feeTzs > 0 ? w.fee(w.tzs(view.feeTzs)) : "";
  return ask(view, w.withdrawConfirm(w.tzs(amountTzs), networkName(view.usual), fee), w.yes, w.other, w.back);
};

/** TZS that may be sent, after the fee. */
export const freeOf = ({ caller, nowMs, feeTzs }: Pick<View, "caller" | "nowMs" | "feeTzs">): number =>
  Math.max(0, withdrawableTzs(caller, nowMs) - feeTzs);
