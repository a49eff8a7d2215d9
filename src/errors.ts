// The error catalogue: every code that leaves the system, on one screen. Verbs throw AppError with a code; SQL functions
// and station objects return a status of the same words. `detail` for people comes from the message catalogue by code.

export const catalogue = {
  // the request itself
  malformed_json: { status: 400, title: "The body is not JSON" },
  invalid_request: { status: 400, title: "The request does not have the documented shape" },
  idempotency_key_required: { status: 400, title: "An Idempotency-Key header is required here" },
  phone_invalid: { status: 400, title: "Not a Tanzanian mobile number" },
  not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "This method is not served here" },
  payload_too_large: { status: 413, title: "The body is larger than 64 KiB" },
  unsupported_media_type: { status: 415, title: "The body must be application/json" },
  idempotency_mismatch: { status: 422, title: "The Idempotency-Key was used with another body" },
  idempotency_in_progress: { status: 409, title: "The first request with this Idempotency-Key is still running" },
  rate_limited: { status: 429, title: "Too many requests" },
  // who asks
  unauthenticated: { status: 401, title: "A valid access token is required" },
  token_expired: { status: 401, title: "The token has expired" },
  refresh_invalid: { status: 401, title: "The refresh token is not valid" },
  forbidden: { status: 403, title: "This account may not do this" },
  account_suspended: { status: 403, title: "This account is suspended" },
  account_closed: { status: 403, title: "This account is closed" },
  session_unknown: { status: 404, title: "No such session" },
  otp_invalid: { status: 400, title: "The code is not right or no longer valid" },
  otp_ended: { status: 400, title: "Too many wrong codes; ask for a new one" },
  otp_wait: { status: 429, title: "A code was sent a moment ago" },
  ticket_invalid: { status: 401, title: "The live ticket is used, expired or foreign" },
  station_unauthenticated: { status: 401, title: "The station's token is not valid" },
  // stations
  station_unknown: { status: 404, title: "No such station" },
  station_unavailable: { status: 409, title: "The station is out of service" },
  qr_expired: { status: 409, title: "The code on the screen has run out" },
  qr_invalid: { status: 400, title: "The QR code is not of this station" },
  screen_code_required: { status: 409, title: "Only the code on the station's screen is taken here" },
  station_closed: { status: 409, title: "The station is closed at this hour" },
  station_offline: { status: 409, title: "The station cannot be reached" },
  no_power_bank: { status: 409, title: "The station has no charged power bank" },
  station_retired: { status: 409, title: "The station was taken down for good" },
  station_code_taken: { status: 409, title: "Another station has this code" },
  station_not_empty: { status: 409, title: "There is still something in the station" },
  station_keys_full: { status: 409, title: "Two keys are valid already" },
  station_key_unknown: { status: 404, title: "No such key" },
  station_key_last: { status: 409, title: "It is the station's last key" },
  slot_unknown: { status: 404, title: "The station has no such slot" },
  bank_not_confirmed: { status: 409, title: "There is another power bank in the slot than was named" },
  command_unknown: { status: 404, title: "No such order" },
  bank_unknown: { status: 404, title: "No such power bank" },
  bank_state: { status: 409, title: "The power bank is not where this could be done" },
  tariff_unknown: { status: 404, title: "No such tariff" },
  ticket_unknown: { status: 404, title: "No such ticket" },
  ticket_closed: { status: 409, title: "The ticket is closed" },
  assignee_unknown: { status: 422, title: "Nobody of staff has this id" },
  // rentals and money
  rental_unknown: { status: 404, title: "No such rental" },
  rental_already_open: { status: 409, title: "This account has an open rental" },
  rental_not_active: { status: 409, title: "The power bank of this rental is not out" },
  extension_unavailable: { status: 409, title: "No further extension can be bought" },
  dispute_unknown: { status: 404, title: "No such dispute" },
  dispute_open: { status: 409, title: "A dispute about this rental is open" },
  dispute_unavailable: { status: 409, title: "No dispute can be opened about this rental" },
  dispute_undecided: { status: 409, title: "A dispute of this account is not decided yet" },
  dispute_decided: { status: 409, title: "This dispute was decided" },
  swap_unavailable: { status: 409, title: "This power bank can no longer be swapped" },
  rental_not_cancellable: { status: 409, title: "The rental can no longer be cancelled" },
  return_proof_invalid: { status: 400, title: "The return QR or code is not valid any more" },
  bank_mismatch: { status: 409, title: "Another power bank belongs to this rental" },
  debt_open: { status: 409, title: "A debt has to be paid first" },
  insufficient_funds: { status: 402, title: "The wallet does not cover it" },
  receipt_not_ready: { status: 404, title: "There is no receipt yet" },
  receipt_unknown: { status: 404, title: "No such receipt" },
  receipt_credited: { status: 409, title: "Nothing of this receipt is left to take back" },
  credit_too_high: { status: 409, title: "More than what is left of a line" },
  payment_unknown: { status: 404, title: "No such payment" },
  payment_refused: { status: 422, title: "The payment provider refused the request" },
  payment_amount_invalid: { status: 422, title: "The amount cannot be paid this way" },
  payment_in_flight: { status: 409, title: "A payment is still on its way" },
  wallet_not_empty: { status: 409, title: "There is still money in the wallet" },
  // money on its way out
  withdrawal_unknown: { status: 404, title: "No such withdrawal" },
  withdrawals_off: { status: 503, title: "Withdrawals are not available" },
  withdrawal_amount_invalid: { status: 422, title: "The amount cannot be withdrawn" },
  withdrawal_exceeds_balance: { status: 409, title: "The wallet does not have this much to withdraw" },
  withdrawal_limit: { status: 409, title: "The limit of the day is reached" },
  withdrawal_in_flight: { status: 409, title: "Another withdrawal is on its way" },
  withdrawal_stopped: { status: 409, title: "Money of this wallet is not confirmed yet" },
  recipient_unknown: { status: 422, title: "The provider knows no such recipient" },
  preview_invalid: { status: 409, title: "The preview is too old or not of this account" },
  // staff
  closed_account_unknown: { status: 404, title: "No money lies in an account that was closed under this number" },
  user_state: { status: 409, title: "The account is not in a state for this" },
  own_account: { status: 409, title: "Nobody decides about their own account" },
  user_unknown: { status: 404, title: "No such user" },
  message_unknown: { status: 404, title: "No such message" },
  message_state: { status: 409, title: "The message is not in a state for this" },
  withdrawal_state: { status: 409, title: "The withdrawal is not in a state for this" },
  four_eyes_required: { status: 409, title: "Somebody else has to do this" },
  too_early: { status: 409, title: "Not yet" },
  suspense_unknown: { status: 404, title: "No such suspense item" },
  suspense_resolved: { status: 409, title: "The suspense item is no longer open" },
  suspense_unproven: { status: 409, title: "Nothing proves whose money this is" },
  suspense_confirmed: { status: 409, title: "A statement has this money" },
  // us
  internal: { status: 500, title: "Something went wrong on our side" },
  unavailable: { status: 503, title: "The service is not available right now" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof catalogue;

/** Where in the request something is wrong; never the value itself. */
export interface FieldError {
  path: string;
  code: string;
}

/** Where a client stands with one limit; becomes the RateLimit headers. */
export interface LimitState {
  policy: string;
  quota: number;
  windowSeconds: number;
  remaining: number;
  resetSeconds: number;
}

export interface AppErrorOptions {
  errors?: FieldError[];
  /** Extension members of the problem document, for example `missingTzs`. */
  details?: Record<string, string | number | boolean>;
  retryAfterSeconds?: number;
  limit?: LimitState;
  cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: FieldError[] | undefined;
  readonly details: Record<string, string | number | boolean> | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly limit: LimitState | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(code, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.errors = options.errors;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.limit = options.limit;
  }
}

export const isErrorCode = (word: string): word is ErrorCode => Object.hasOwn(catalogue, word);
