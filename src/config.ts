// The shape of the environment. Only deps.ts reads env; it hands this object on. See the settings table in the README.
import { z } from "zod";

const list = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean),
);
const optionalText = z.string().transform((text) => text.trim() || null);

const tzs = z.coerce.number().int().min(0);
/** Separated by a bar, because they are sentences. */
const messages = z.string().transform((text) =>
  text
    .split("|")
    .map((item) => item.trim().toLowerCase())
    .filter(Boolean),
);

const wallets = ["airtel", "tigo", "halopesa", "azampesa", "mpesa"] as const;
/** `ours=theirs`, comma separated: each wallet by the name that the disbursement service gives it. */
const bankNames = z
  .string()
  .transform((text) => Object.fromEntries(text.split(",").map((pair) => pair.split("=").map((part) => part.trim()))))
  .pipe(
    z.strictObject(
      Object.fromEntries(wallets.map((name) => [name, z.string().min(1)])) as Record<
        (typeof wallets)[number],
        z.ZodString
      >,
    ),
  );

/** What a gateway cannot do without. */
const gatewayKeys = { beem: ["BEEM_API_KEY", "BEEM_SECRET_KEY"], africastalking: ["AFRICASTALKING_API_KEY"] } as const;

const Settings = z.object({
  ENVIRONMENT: z.enum(["development", "test", "staging", "production", "production-tanzania"]),
  PUBLIC_BASE_URL: z.url(),
  DATABASE_URL: z.string().min(1),
  /** Overrides the driver's own endpoint; set for the local stack, empty on Neon. */
  NEON_HTTP_URL: optionalText,
  UPSTASH_REDIS_REST_URL: z.url(),
  UPSTASH_REDIS_REST_TOKEN: z.string().min(1),
  CORS_ORIGINS: list,
  /** What a phone without a browser dials, and where it sends KODI to; empty: that way is not offered. */
  USSD_DIAL_CODE: optionalText,
  SMS_NUMBER: optionalText,
  /** The renter's app, which station pages lead to; empty: there is none. */
  RENTER_APP_URL: optionalText,
  /** Where somebody writes who reads the public feed. */
  CONTACT_EMAIL: z.email(),
  RATE_LIMIT_REQUESTS: z.coerce.number().int().positive(),
  RATE_LIMIT_WINDOW_SECONDS: z.coerce.number().int().positive(),
  /** `id:base64(32 bytes)`, comma separated, current first. */
  DATA_KEYS: z.string().min(1),
  LOOKUP_KEY: z.string().min(1),
  OTP_KEY: z.string().min(1),
  REFRESH_KEYS: z.string().min(1),
  /** JSON array of private Ed25519 JWKs with `kid`; the first signs, all are published. */
  TOKEN_KEYS: z.string().min(1),
  /** JSON array of Ed25519 JWKs with `kid`; the first private one signs the audit chain's daily heads. */
  AUDIT_KEYS: z.string().min(1),
  AZAMPAY_AUTH_URL: z.url(),
  AZAMPAY_CHECKOUT_URL: z.url(),
  AZAMPAY_APP_NAME: z.string().min(1),
  AZAMPAY_CLIENT_ID: z.string().min(1),
  AZAMPAY_CLIENT_SECRET: z.string().min(1),
  AZAMPAY_API_KEY: optionalText,
  AZAMPAY_CALLBACK_SIGNATURE: z.enum(["required", "if-present", "off"]),
  AZAMPAY_CALLBACK_PASSWORD: optionalText,
  AZAMPAY_CALLBACK_WITHOUT_SECRET: z.enum(["on", "off"]),
  AZAMPAY_PUBLIC_KEY_URL: optionalText,
  AZAMPAY_PUBLIC_KEY_PEM: optionalText,
  AZAMPAY_COLLECTION_STATUS: z.enum(["on", "off"]),
  AZAMPAY_DISBURSEMENT_URL: z.url(),
  /** Withdrawals are off while this or the source account is empty. */
  AZAMPAY_CHECKSUM_KEY_PEM: optionalText,
  AZAMPAY_SOURCE_NAME: z.string().min(1),
  AZAMPAY_SOURCE_BANK: z.string().min(1),
  AZAMPAY_SOURCE_ACCOUNT: optionalText,
  AZAMPAY_BANK_NAMES: bankNames,
  AZAMPAY_REFUSALS: messages,
  WITHDRAWAL_MIN_TZS: tzs,
  WITHDRAWAL_FEE_TZS: tzs,
  WITHDRAWAL_DAILY_TZS: tzs,
  WITHDRAWAL_DAILY_COUNT: z.coerce.number().int().positive(),
  WITHDRAWAL_APPROVAL_ABOVE_TZS: tzs,
  /** SHA-256 in hex of each path secret that callbacks may carry; two are valid during a rotation. */
  CALLBACK_SECRET_HASHES: list,
  /** The same for callbacks about disbursements, which come to an address of their own. */
  DISBURSEMENT_SECRET_HASHES: list,
  /** The same for the posts of each USSD gateway; empty: that gateway is not there. */
  USSD_AFRICASTALKING_SECRET_HASHES: list,
  USSD_BEEM_SECRET_HASHES: list,
  /** A payment prompt waits this long after the last screen, because a handset shows one dialogue at a time. */
  USSD_PROMPT_DELAY_SECONDS: z.coerce.number().min(0).max(20),
  /** Which text of the terms people agree to now. */
  TERMS_VERSION: z.string().min(1).max(40),
  /** How many texts a person gets in a day that he did not ask for; what says where money is does not count. */
  MESSAGE_NOTICES_PER_DAY: z.coerce.number().int().positive(),
  /** How many answers to what came from his number, of each template. */
  MESSAGE_ANSWERS_PER_DAY: z.coerce.number().int().positive(),
  /** By preference; each has to be configured. */
  SMS_GATEWAYS: list.pipe(z.array(z.enum(["beem", "africastalking"])).min(1)),
  /** What becomes of a text that was cut off between hand-over and mark: `report`: a delivery report proves it; `staff`: only staff decide. */
  SMS_UNKNOWN: z.enum(["report", "staff"]),
  /** SHA-256 in hex of each path secret of a gateway's posts; two are valid during a rotation. Empty: it may not post. */
  SMS_BEEM_SECRET_HASHES: list,
  SMS_AFRICASTALKING_SECRET_HASHES: list,
  /** ChargeNow's cloud; cabinets there are out of reach while this or the account is empty. */
  CHARGENOW_URL: optionalText,
  CHARGENOW_USERNAME: optionalText,
  CHARGENOW_PASSWORD: optionalText,
  /** Codes that say that nothing was handed to the cabinet. */
  CHARGENOW_REFUSAL_CODES: list,
  /** SHA-256 in hex of each path secret of its pushes. */
  CHARGENOW_SECRET_HASHES: list,
  /** The HTTP API of the MQTT broker on which Volinks cabinets hang; out of reach while any of these is empty. */
  VOLINKS_BROKER_URL: optionalText,
  VOLINKS_BROKER_KEY: optionalText,
  VOLINKS_BROKER_SECRET: optionalText,
  /** What cabinets are told to connect to. */
  VOLINKS_MQTT_HOST: optionalText,
  VOLINKS_MQTT_PORT: z.coerce.number().int().min(1).max(65_535),
  /** Makes each cabinet's password at the broker. */
  VOLINKS_DEVICE_KEY: optionalText,
  /** SHA-256 in hex of each path secret of the broker's webhook and of the cabinets' own calls. */
  VOLINKS_SECRET_HASHES: list,
  BEEM_URL: z.url(),
  BEEM_SENDER: z.string().min(1).max(11),
  BEEM_API_KEY: optionalText,
  BEEM_SECRET_KEY: optionalText,
  AFRICASTALKING_URL: z.url(),
  AFRICASTALKING_USERNAME: z.string().min(1),
  /** Empty: their shared sender. */
  AFRICASTALKING_SENDER: optionalText.pipe(z.string().max(11).nullable()),
  AFRICASTALKING_API_KEY: optionalText,
  /** The tax authority's host and path; empty: no fiscal device, receipts are numbered by ourselves. */
  FISCAL_URL: optionalText,
  FISCAL_VERIFY_URL: z.url(),
  FISCAL_TIN: optionalText,
  /** The device's key at the authority; also names its object. */
  FISCAL_CERT_KEY: optionalText,
  FISCAL_CERT_SERIAL: optionalText,
  /** PKCS8, in PEM or base64. */
  FISCAL_PRIVATE_KEY: optionalText,
  /** `percent:code`, over the codes of the registration; for a rate that came after it. */
  FISCAL_TAX_CODES: list,
});

export const Config = Settings.superRefine((config, context) => {
  // A door that asks for nothing would let anybody tell that they paid.
  if (
    config.AZAMPAY_CALLBACK_WITHOUT_SECRET === "on" &&
    config.AZAMPAY_CALLBACK_PASSWORD === null &&
    config.AZAMPAY_CALLBACK_SIGNATURE !== "required"
  )
    context.addIssue({
      code: "custom",
      path: ["AZAMPAY_CALLBACK_WITHOUT_SECRET"],
      message: "needs AZAMPAY_CALLBACK_PASSWORD, or AZAMPAY_CALLBACK_SIGNATURE required",
    });
  for (const name of config.SMS_GATEWAYS.flatMap((gateway): readonly (keyof typeof config)[] => gatewayKeys[gateway]))
    if (config[name] === null)
      context.addIssue({ code: "custom", path: [name], message: "is needed by a gateway of SMS_GATEWAYS" });
});
export type Config = z.infer<typeof Config>;
