// What happens on the handset and afterwards, chosen by the last two digits of the number or armed per request.

export const behaviours = [
  "approve",
  "insufficient_funds",
  "user_cancels",
  "never_calls_back",
  "callback_before_answer",
  "duplicate_callbacks",
  "success_after_failure",
  "wrong_amount",
  "unknown_reference",
  "unsigned",
  "bad_signature",
  "rotated_key",
  "failed_word",
  "minimal_fields",
  "null_credentials",
  "numeric_amount",
  "old_shape",
  // not bound to a number: by arming alone
  "handset",
  "failure_after_success",
  "second_transaction",
  "unknown_word",
  "decimal_amount",
] as const;
export type Behaviour = (typeof behaviours)[number];

/** What becomes of an accepted disbursement. The first ones go by the last two digits of the number, 00 to 08, as far as they mean anything. */
export const payouts = [
  "paid",
  "declined",
  "never_calls_back",
  "callback_before_answer",
  "duplicate_callbacks",
  "success_after_failure",
  "wrong_amount",
  "unknown_reference",
  // by arming alone
  "failure_after_success",
  "unknown_word",
  "held",
] as const;
export type Payout = (typeof payouts)[number];

const payoutSuffixes: Record<string, Payout> = {
  "01": "declined",
  "02": "declined",
  "03": "never_calls_back",
  "04": "callback_before_answer",
  "05": "duplicate_callbacks",
  "06": "success_after_failure",
  "07": "wrong_amount",
  "08": "unknown_reference",
};

export const payoutOf = (msisdn: string): Payout => payoutSuffixes[msisdn.slice(-2)] ?? "paid";

const SCRIPTED_SUFFIXES = 17;

/** 00 to 16 are scripts, in the order of the list; every other number is a handset somebody holds. */
export const behaviourOf = (msisdn: string): Behaviour => {
  const suffix = Number(msisdn.slice(-2));
  return (suffix < SCRIPTED_SUFFIXES ? behaviours[suffix] : undefined) ?? "handset";
};

export type Shape = "full" | "minimal" | "null_credentials" | "numeric_amount" | "decimal_amount" | "old";

/** One callback to make. Steps of one plan go out in order. */
export interface CallbackStep {
  status: string;
  message: string;
  shape: Shape;
  signature: "valid" | "absent" | "wrong";
  /** The key is replaced before this callback is signed. */
  rotatesKey: boolean;
  copies: number;
  amount: "right" | "wrong";
  reference: "ours" | "unknown";
  transaction: "same" | "other";
}

const success: CallbackStep = {
  status: "success",
  message: "Transaction completed successfully",
  shape: "full",
  signature: "valid",
  rotatesKey: false,
  copies: 1,
  amount: "right",
  reference: "ours",
  transaction: "same",
};
const failure: CallbackStep = { ...success, status: "failure", message: "Transaction failed" };

const plans: Record<Exclude<Behaviour, "handset">, CallbackStep[]> = {
  approve: [success],
  insufficient_funds: [{ ...failure, message: "Insufficient balance" }],
  user_cancels: [{ ...failure, message: "Transaction cancelled by user" }],
  never_calls_back: [],
  callback_before_answer: [success],
  duplicate_callbacks: [{ ...success, copies: 3 }],
  success_after_failure: [failure, success],
  wrong_amount: [{ ...success, amount: "wrong" }],
  unknown_reference: [{ ...success, reference: "unknown" }],
  unsigned: [{ ...success, signature: "absent" }],
  bad_signature: [{ ...success, signature: "wrong" }],
  rotated_key: [{ ...success, rotatesKey: true }],
  failed_word: [{ ...failure, status: "failed" }],
  minimal_fields: [{ ...success, message: "success", shape: "minimal", signature: "absent" }],
  null_credentials: [{ ...success, shape: "null_credentials" }],
  numeric_amount: [{ ...success, shape: "numeric_amount" }],
  old_shape: [{ ...success, shape: "old", signature: "absent" }],
  failure_after_success: [success, failure],
  second_transaction: [success, { ...success, transaction: "other" }],
  unknown_word: [{ ...success, status: "pending", message: "Transaction is pending" }],
  decimal_amount: [{ ...success, shape: "decimal_amount" }],
};

export const handsetActions = ["approve", "refuse", "ignore"] as const;
export type HandsetAction = (typeof handsetActions)[number];

export const planOf = (behaviour: Exclude<Behaviour, "handset">): CallbackStep[] => plans[behaviour];

/** The callbacks that follow an act of the person who holds the handset. */
export const planOfAction = (action: HandsetAction): CallbackStep[] =>
  ({ approve: plans.approve, refuse: plans.user_cancels, ignore: plans.never_calls_back })[action];
