import { z } from "zod";

/** One merchant application as the portal and the support desk of the payment provider would set it up. */
export const AppSettings = z.strictObject({
  appName: z.string().min(1),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  apiKey: z.string().min(1),
  /** A checkout without the right X-API-Key is answered "Invalid Vendor", as integrators report it. */
  requireApiKey: z.boolean(),
  /** `null`: callbacks are made and kept, not sent. */
  callbackUrl: z.url().nullable(),
  /** The same for disbursements; the support desk sets it apart. */
  disbursementCallbackUrl: z.url().nullable(),
  callbackUser: z.string().nullable(),
  callbackPassword: z.string().nullable(),
  /** `false`: no callback carries a signature, as in the capture of January 2026. */
  signCallbacks: z.boolean(),
  /** Who acts on a prompt of a number without a script: a person over the control API, or the simulator after the delay. */
  mode: z.enum(["handset", "auto"]),
  /** From acceptance, or from the act on the prompt, to the callback. */
  callbackDelayMs: z.int().min(0),
  callbackTimeoutMs: z.int().min(1),
  /** The n-th repetition of a callback waits `retryBaseMs * 2^n`. */
  retryBaseMs: z.int().min(0),
  retryLimit: z.int().min(0).max(20),
  tokenTtlSeconds: z.int().min(1),
  /** How the token's end is written: the documented way, without a zone, under the other name, or not at all. */
  expireForm: z.enum(["zone", "no_zone", "expireAt", "absent"]),
  /** Sources disagree on the path of the public key. */
  publicKeyPaths: z.enum(["both", "v1", "token"]),
  /** The account at the provider that disbursements are paid from. */
  sourceAccount: z.string().min(1),
  /** Sources disagree on the spelling: as seen in 2026, or as the published schema has it. Either is case-sensitive. */
  bankNames: z.enum(["live", "schema"]),
  /** A disbursement whose `dateInEpoch` is further away than this is answered "Request expired". */
  requestTtlSeconds: z.int().min(1),
  /** How a name look-up writes the name. */
  nameForm: z.enum(["documented", "test_host", "parts_only"]),
  /** How a status query tells the outcome: not at all (the published form), in `data`, or in `status`. */
  statusForm: z.enum(["published", "data", "status"]),
  /** Whether collections can be queried: no published document says so. */
  hasCollectionStatus: z.boolean(),
  /** The one-time password that every bank customer was given. */
  bankOtp: z.string().min(1),
  /** How a bank checkout answers: like a mobile one, or as in the sample of 2022. */
  bankForm: z.enum(["checkout", "properties"]),
});
export type AppSettings = z.infer<typeof AppSettings>;
export const AppSettingsChange = AppSettings.omit({ clientId: true }).partial();
export type AppSettingsChange = z.infer<typeof AppSettingsChange>;

export const defaultSettings: AppSettings = {
  appName: "ChajiPoa",
  clientId: "5a1f0c1e-7d0b-4c55-9f57-2f2b6a9e0001",
  clientSecret: "simulated-client-secret",
  apiKey: "simulated-api-key",
  requireApiKey: true,
  callbackUrl: null,
  callbackUser: "merchant_user",
  callbackPassword: null,
  signCallbacks: true,
  mode: "handset",
  callbackDelayMs: 300,
  callbackTimeoutMs: 10_000,
  retryBaseMs: 1_000,
  retryLimit: 6,
  tokenTtlSeconds: 6 * 3_600,
  expireForm: "zone",
  publicKeyPaths: "both",
  disbursementCallbackUrl: null,
  sourceAccount: "1710446004",
  bankNames: "live",
  requestTtlSeconds: 120,
  nameForm: "documented",
  statusForm: "data",
  hasCollectionStatus: true,
  bankOtp: "123456",
  bankForm: "checkout",
};

export const endpoints = [
  "token",
  "checkout",
  "bank_checkout",
  "collection_status",
  "public_key",
  "partners",
  "disburse",
  "name_lookup",
  "disbursement_status",
] as const;
export type Endpoint = (typeof endpoints)[number];

/** What an endpoint answers instead of its normal answer. `hang` never answers. */
export const faults = [
  "refused", // token: 423; checkout: 200 success:false with transactionId "null"
  "invalid", // 400 with errors per field
  "unauthorized", // 401
  "error", // 500 with an empty body (token: with its documented body)
  "bad_gateway", // 502 HTML
  "empty", // 200 without a body
  "html", // 200 HTML
  "broken_json", // 200, JSON cut off
  "no_transaction_id", // checkout: success:true without one
  "not_found", // 404 HTML
  "redirect", // 307 to the same path
  "throttled", // 429
  "expired", // disburse: 400 "Request expired"
  "duplicate", // disburse: 400 "Duplicate External Reference Id"
  "invalid_bank", // disburse: 400 "Invalid BankName."
  "hang",
] as const;
export type Fault = (typeof faults)[number];

export const holdPoints = ["before_accept", "after_accept", "before_callback"] as const;
export type HoldPoint = (typeof holdPoints)[number];
