// The settings of every test: real in form, worthless in value. Addresses of the stack are put in by setup.ts.

/** The path secret whose SHA-256 is in CALLBACK_SECRET_HASHES. */
export const CALLBACK_SECRET = "test-callback-secret-0123456789abcdef";

/** The path secret whose SHA-256 is in DISBURSEMENT_SECRET_HASHES. */
export const DISBURSEMENT_SECRET = "test-disbursement-secret-0123456789abcdef";

/** The path secrets whose SHA-256 are in SMS_…_SECRET_HASHES. */
export const SMS_BEEM_SECRET = "test-beem-sms-secret-0123456789abcdef";
export const SMS_AFRICASTALKING_SECRET = "test-africastalking-sms-secret-0123456789";
/** The path secrets whose SHA-256 are in USSD_…_SECRET_HASHES. */
export const USSD_AFRICASTALKING_SECRET = "test-africastalking-ussd-secret-0123456789";
export const USSD_BEEM_SECRET = "test-beem-ussd-secret-0123456789abcdef";

/** The path secrets whose SHA-256 are in CHARGENOW_SECRET_HASHES and VOLINKS_SECRET_HASHES. */
export const CHARGENOW_SECRET = "test-chargenow-secret-0123456789abcdef";
export const VOLINKS_SECRET = "test-volinks-secret-0123456789abcdef";

/** A private Ed25519 key made for the tests. */
export const TOKEN_KEY = {
  kid: "test-1",
  kty: "OKP",
  crv: "Ed25519",
  alg: "EdDSA",
  use: "sig",
  d: "HRqlDy45ye0UGAljhUVt5Jw1jMIkMSth-ByigTNlcPs",
  x: "rvEVnjftR7KF8lz413X3-FSp6audYW463OxpTblfgKs",
} as const;

/** A private Ed25519 key made for the tests; it signs the heads of the audit chain. */
export const AUDIT_KEY = {
  kid: "test-audit-1",
  kty: "OKP",
  crv: "Ed25519",
  d: "yfKsJq4D2-AXe6-lZ4ogewyQMHUJ71a0EA68XChnv-Q",
  x: "WCAeY0Zd5rrPut9toxnAvinWTI0J4Xt1jcVk6OvzaXM",
} as const;

export const testEnv = {
  ENVIRONMENT: "test",
  PUBLIC_BASE_URL: "http://chajipoa.test",
  CORS_ORIGINS: "https://app.chajipoa.test",
  DATABASE_URL: "postgresql://chajipoa_app:app@db.test/set-by-setup",
  UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9",
  UPSTASH_REDIS_REST_TOKEN: "set-by-setup",
  DATA_KEYS: "t1:uyLg6w/x5CAlLNspNYXwKS9pYTjm2XXaMYVTNSXSrrc=",
  LOOKUP_KEY: "mmVRRpVFSjZOMBkB5JwiXkeH1Br35SHy+gtTCO1Ii8Y=",
  OTP_KEY: "rJSsfrwz5jyWaFR5/QFCdQX2/Bcc3QpGJAV0/b/dg4A=",
  REFRESH_KEYS: "t1:OUpFklntF02RtYZAM5UiD60gDsWNbFkXbq3gbdwxPpU=",
  TOKEN_KEYS: JSON.stringify([TOKEN_KEY]),
  AUDIT_KEYS: JSON.stringify([AUDIT_KEY]),
  // Nobody answers on port 9: a test that talks to a provider starts its simulator and assigns its address.
  AZAMPAY_AUTH_URL: "http://127.0.0.1:9",
  AZAMPAY_CHECKOUT_URL: "http://127.0.0.1:9",
  AZAMPAY_APP_NAME: "ChajiPoa",
  AZAMPAY_CLIENT_ID: "6f9c1f0e-3f0a-4b1c-9a2e-0d5b7c8e1a23",
  AZAMPAY_CLIENT_SECRET: "test-client-secret",
  AZAMPAY_API_KEY: "test-api-key",
  AZAMPAY_CALLBACK_PASSWORD: "test-callback-password",
  CALLBACK_SECRET_HASHES: "d1ef0dcb147f5a985498e3657a64d5afd8075bf3e3973e960caa97c4b97cf725",
  DISBURSEMENT_SECRET_HASHES: "a3642a1f92be4d230df8ea4fec35ba9d3ef0e77920c34cae4c6db469925dee2b",
  USSD_AFRICASTALKING_SECRET_HASHES: "83708efb4f2a2002058245f25b2f1e0dd196fd2f9fe7ec287e6aaf21aec71e95",
  USSD_BEEM_SECRET_HASHES: "a767d4d13cee88a6e2591acdeee824a37871935f2de05ad6f78ab72a6ba4d00f",
  USSD_PROMPT_DELAY_SECONDS: "0",
  AZAMPAY_DISBURSEMENT_URL: "http://127.0.0.1:9",
  SMS_BEEM_SECRET_HASHES: "a5d73267f3ee6d3064bd4df59db0d04a88cba0ff766b0318399b94fd60b572d5",
  SMS_AFRICASTALKING_SECRET_HASHES: "e2d513d78c2280bb0f9276de6d9ed5357244f1d250679f7bac1d13d73885a3c8",
  // No vendor is configured, until a test hands its own settings in.
  CHARGENOW_USERNAME: "",
  CHARGENOW_PASSWORD: "",
  CHARGENOW_SECRET_HASHES: "6bab35a159480bb35f83577f25c2d2878a7c74e7646830bd16a7b7e929a6db31",
  VOLINKS_BROKER_KEY: "",
  VOLINKS_BROKER_SECRET: "",
  VOLINKS_DEVICE_KEY: "",
  VOLINKS_SECRET_HASHES: "e9ab87e16c5f8a4927d9c120f773ab1d8dca3cb58c2e023fb57144e8f02c88a6",
  BEEM_URL: "http://127.0.0.1:9",
  BEEM_API_KEY: "test-beem-key",
  BEEM_SECRET_KEY: "test-beem-secret",
  AFRICASTALKING_URL: "http://127.0.0.1:9",
  AFRICASTALKING_USERNAME: "chajipoa-test",
  AFRICASTALKING_API_KEY: "test-africastalking-key",
  // No fiscal device, until a test configures one.
  FISCAL_PRIVATE_KEY: "",
} as const;
