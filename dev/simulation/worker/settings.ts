// The Worker's settings in a simulation: those of the tests, with everybody outside at an address that only the simulation
// knows. And what the provider was told about us.
import { testEnv } from "../../../test/support/test-env.ts";
import type { AppSettings } from "../../simulators/azampay/settings.ts";
import { HOSTS } from "./outside.ts";

const { AZAMPAY_APP_NAME, AZAMPAY_CLIENT_ID, AZAMPAY_CLIENT_SECRET, AZAMPAY_API_KEY, AZAMPAY_CALLBACK_PASSWORD } =
  testEnv;

export const providerSettings: Partial<AppSettings> = {
  appName: AZAMPAY_APP_NAME,
  clientId: AZAMPAY_CLIENT_ID,
  clientSecret: AZAMPAY_CLIENT_SECRET,
  apiKey: AZAMPAY_API_KEY,
  callbackPassword: AZAMPAY_CALLBACK_PASSWORD,
};

const at = (host: string): string => `https://${host}`;

export interface SettingsInput {
  /** Of wrangler.toml. */
  vars: Record<string, string>;
  applicationUrl: string;
  checksumKeyPem: string;
  sourceAccount: string;
  /** The binding of the stations' objects. */
  stations: unknown;
}

export const workerEnv = (input: SettingsInput): Record<string, unknown> => ({
  ...input.vars,
  ...testEnv,
  DATABASE_URL: input.applicationUrl,
  NEON_HTTP_URL: `${at(HOSTS.neon)}/sql`,
  UPSTASH_REDIS_REST_URL: at(HOSTS.redis),
  UPSTASH_REDIS_REST_TOKEN: "simulated",
  AZAMPAY_AUTH_URL: at(HOSTS.azampay),
  AZAMPAY_CHECKOUT_URL: at(HOSTS.azampay),
  AZAMPAY_DISBURSEMENT_URL: at(HOSTS.azampay),
  AZAMPAY_CHECKSUM_KEY_PEM: input.checksumKeyPem,
  AZAMPAY_SOURCE_ACCOUNT: input.sourceAccount,
  BEEM_URL: at(HOSTS.beem),
  // Few people do a lot here.
  RATE_LIMIT_REQUESTS: "1000000",
  STATIONS: input.stations,
});

/** A station's own, when nobody has set others. */
export const defaultTerms = { minChargePercent: 60, maxTemperatureC: 45 };

/** Of no line that the product writes. */
export const SECRETS: readonly RegExp[] = [
  /255[67]\d{8}/,
  /test-callback-secret/,
  /test-callback-password/,
  /test-client-secret/,
  /test-disbursement-secret/,
];
