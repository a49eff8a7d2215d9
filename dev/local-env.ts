// Settings of the Worker on this machine. The secrets are drawn once and kept, so that what was sealed or signed yesterday
// opens today; addresses are those of the parts as they run. Nothing here is good for anything but the local stack.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { Config } from "../src/config.ts";
import { sha256Hex } from "../src/lib/crypto.ts";
import { toBase64, toHex } from "../src/lib/bytes.ts";
import { HOST } from "./ports.ts";
import { StackError } from "./process.ts";
import { ROOT } from "./tool.ts";

const Ed25519Key = z.object({
  kid: z.string(),
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  d: z.string(),
});
export type Ed25519Key = z.infer<typeof Ed25519Key>;

/** A fiscal device as the authority knows it; both halves of its RSA key in base64, PKCS8 and SPKI. */
const FiscalDevice = z.object({
  certKey: z.string(),
  certSerial: z.string(),
  privateKey: z.string(),
  publicKey: z.string(),
});

const LocalSecrets = z.object({
  dataKey: z.string(),
  lookupKey: z.string(),
  otpKey: z.string(),
  refreshKey: z.string(),
  tokenKey: Ed25519Key,
  auditKey: Ed25519Key,
  redisToken: z.string(),
  callbackSecret: z.string(),
  disbursementSecret: z.string(),
  beemSmsSecret: z.string(),
  africasTalkingSmsSecret: z.string(),
  africasTalkingUssdSecret: z.string(),
  beemUssdSecret: z.string(),
  chargenowSecret: z.string(),
  volinksSecret: z.string(),
  volinksDeviceKey: z.string(),
  callbackPassword: z.string(),
  /** Of the application's role, where the database is not the stack's own. */
  databasePassword: z.string(),
  /** The stations' own keys, by their code. */
  stationKeys: z.record(z.string(), Ed25519Key),
  fiscalDevice: FiscalDevice,
});
export type LocalSecrets = z.infer<typeof LocalSecrets>;

const random = (bytes: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(bytes));

export const drawKey = async (kid: string): Promise<Ed25519Key> => {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const { x, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return Ed25519Key.parse({ kid, kty: "OKP", crv: "Ed25519", x, d });
};

const drawFiscalDevice = async (): Promise<z.infer<typeof FiscalDevice>> => {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-1", modulusLength: 2048 };
  const pair = await crypto.subtle.generateKey({ ...algorithm, publicExponent: new Uint8Array([1, 0, 1]) }, true, [
    "sign",
    "verify",
  ]);
  return {
    certKey: `10TZ${String(crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000).padStart(6, "0")}`,
    certSerial: toHex(random(6)),
    privateKey: toBase64(new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey))),
    publicKey: toBase64(new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey))),
  };
};

const freshKeyId = (): string => `local-${toHex(random(4))}`;

const drawSecrets = async (stationCodes: readonly string[]): Promise<Omit<LocalSecrets, "fiscalDevice">> => ({
  dataKey: `local:${toBase64(random(32))}`,
  lookupKey: toBase64(random(32)),
  otpKey: toBase64(random(32)),
  refreshKey: `local:${toBase64(random(32))}`,
  tokenKey: await drawKey(freshKeyId()),
  auditKey: await drawKey(freshKeyId()),
  redisToken: toHex(random(16)),
  callbackSecret: toHex(random(32)),
  disbursementSecret: toHex(random(32)),
  beemSmsSecret: toHex(random(32)),
  africasTalkingSmsSecret: toHex(random(32)),
  africasTalkingUssdSecret: toHex(random(32)),
  beemUssdSecret: toHex(random(32)),
  chargenowSecret: toHex(random(32)),
  volinksSecret: toHex(random(32)),
  volinksDeviceKey: toHex(random(32)),
  callbackPassword: toHex(random(16)),
  databasePassword: toHex(random(16)),
  stationKeys: Object.fromEntries(
    await Promise.all(stationCodes.map(async (code) => [code, await drawKey(freshKeyId())] as const)),
  ),
});

/** The secrets of a folder; what is missing is drawn and kept. Throws when the file was changed into something else. */
export const loadSecrets = async (folder: string, stationCodes: readonly string[]): Promise<LocalSecrets> => {
  const path = join(folder, "secrets.json");
  const kept = await readFile(path, "utf8").catch(() => null);
  const drawn = await drawSecrets(stationCodes);
  const known = kept === null ? {} : LocalSecrets.partial().parse(JSON.parse(kept));
  const secrets = LocalSecrets.parse({
    ...drawn,
    ...known,
    fiscalDevice: known.fiscalDevice ?? (await drawFiscalDevice()),
    stationKeys: { ...drawn.stationKeys, ...known.stationKeys },
  });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
};

export interface LocalAddresses {
  workerUrl: string;
  consoleUrl: string;
  databaseUrl: string;
  neonUrl: string;
  upstashUrl: string;
  azampay: {
    url: string;
    appName: string;
    clientId: string;
    clientSecret: string;
    apiKey: string;
    sourceAccount: string;
    checksumKeyPem: string;
  };
  beem: { url: string; apiKey: string; secretKey: string };
  /** The gateway that is asked when Beem refuses or is silent; none: Beem alone. */
  africastalking?: { url: string; apiKey: string; username: string };
  /** Who is between us and cabinets of other vendors; none: there are no such cabinets. */
  vendors?: {
    chargenow: { url: string; username: string; password: string };
    volinks: { url: string; key: string; secret: string };
  };
  /** The tax authority; null: receipts are numbered without it. */
  fiscal: { url: string; tin: string } | null;
}

/** Where AzamPay calls back; the secret in it is the only proof of some callbacks. */
export const callbackUrl = (workerUrl: string, { callbackSecret }: LocalSecrets): string =>
  `${workerUrl}/api/v1/payments/callback/${callbackSecret}`;

/** Where it tells how a disbursement ended. */
export const disbursementCallbackUrl = (workerUrl: string, { disbursementSecret }: LocalSecrets): string =>
  `${workerUrl}/api/v1/withdrawals/callback/${disbursementSecret}`;

/** Where each SMS gateway tells what became of a message. */
export const smsReportUrls = (workerUrl: string, { beemSmsSecret, africasTalkingSmsSecret }: LocalSecrets) => ({
  beem: `${workerUrl}/api/v1/messages/reports/beem/${beemSmsSecret}`,
  africastalking: `${workerUrl}/api/v1/messages/reports/africastalking/${africasTalkingSmsSecret}`,
});

/** Where each SMS gateway posts what people write. */
export const textUrls = (workerUrl: string, { beemSmsSecret, africasTalkingSmsSecret }: LocalSecrets) => ({
  beem: `${workerUrl}/api/v1/messages/inbound/beem/${beemSmsSecret}`,
  africastalking: `${workerUrl}/api/v1/messages/inbound/africastalking/${africasTalkingSmsSecret}`,
});

/** Where vendors of cabinets, their broker and their cabinets call. */
export const vendorDoors = (workerUrl: string, { chargenowSecret, volinksSecret }: LocalSecrets) => ({
  chargenow: `${workerUrl}/api/v1/stations/drivers/chargenow/${chargenowSecret}`,
  volinks: `${workerUrl}/api/v1/stations/drivers/volinks/${volinksSecret}`,
});

/** Where each USSD gateway posts. */
export const ussdUrls = (workerUrl: string, { africasTalkingUssdSecret, beemUssdSecret }: LocalSecrets) => ({
  africastalking: `${workerUrl}/api/v1/ussd/africastalking/${africasTalkingUssdSecret}`,
  beem: `${workerUrl}/api/v1/ussd/beem/${beemUssdSecret}`,
});

export type Settings = Partial<Record<keyof Config, string>>;

/** Every setting that differs from wrangler.toml. */
export const workerSettings = async (secrets: LocalSecrets, at: LocalAddresses): Promise<Settings> => ({
  ENVIRONMENT: "development",
  PUBLIC_BASE_URL: at.workerUrl,
  DATABASE_URL: at.databaseUrl,
  NEON_HTTP_URL: at.neonUrl,
  UPSTASH_REDIS_REST_URL: at.upstashUrl,
  UPSTASH_REDIS_REST_TOKEN: secrets.redisToken,
  // The console page calls the API from the browser, as an app would.
  CORS_ORIGINS: [at.consoleUrl, at.consoleUrl.replace("127.0.0.1", "localhost")].join(","),
  // Of the simulated gateways: what station pages and labels tell a phone without a browser.
  USSD_DIAL_CODE: "*149*46#",
  SMS_NUMBER: "15046",
  DATA_KEYS: secrets.dataKey,
  LOOKUP_KEY: secrets.lookupKey,
  OTP_KEY: secrets.otpKey,
  REFRESH_KEYS: secrets.refreshKey,
  TOKEN_KEYS: JSON.stringify([secrets.tokenKey]),
  AUDIT_KEYS: JSON.stringify([secrets.auditKey]),
  AZAMPAY_AUTH_URL: at.azampay.url,
  AZAMPAY_CHECKOUT_URL: at.azampay.url,
  AZAMPAY_APP_NAME: at.azampay.appName,
  AZAMPAY_CLIENT_ID: at.azampay.clientId,
  AZAMPAY_CLIENT_SECRET: at.azampay.clientSecret,
  AZAMPAY_API_KEY: at.azampay.apiKey,
  AZAMPAY_CALLBACK_PASSWORD: secrets.callbackPassword,
  AZAMPAY_COLLECTION_STATUS: "on",
  AZAMPAY_DISBURSEMENT_URL: at.azampay.url,
  // A setting is one line.
  AZAMPAY_CHECKSUM_KEY_PEM: at.azampay.checksumKeyPem.trim().replaceAll("\n", "\\n"),
  AZAMPAY_SOURCE_ACCOUNT: at.azampay.sourceAccount,
  USSD_AFRICASTALKING_SECRET_HASHES: await sha256Hex(secrets.africasTalkingUssdSecret),
  USSD_BEEM_SECRET_HASHES: await sha256Hex(secrets.beemUssdSecret),
  // Long enough to see the last screen go, short enough not to wait for.
  USSD_PROMPT_DELAY_SECONDS: "1",
  DISBURSEMENT_SECRET_HASHES: await sha256Hex(secrets.disbursementSecret),
  CALLBACK_SECRET_HASHES: await sha256Hex(secrets.callbackSecret),
  SMS_GATEWAYS: at.africastalking ? "beem,africastalking" : "beem",
  SMS_BEEM_SECRET_HASHES: await sha256Hex(secrets.beemSmsSecret),
  SMS_AFRICASTALKING_SECRET_HASHES: await sha256Hex(secrets.africasTalkingSmsSecret),
  BEEM_URL: at.beem.url,
  BEEM_API_KEY: at.beem.apiKey,
  BEEM_SECRET_KEY: at.beem.secretKey,
  AFRICASTALKING_API_KEY: at.africastalking?.apiKey ?? "",
  ...(at.africastalking
    ? { AFRICASTALKING_URL: at.africastalking.url, AFRICASTALKING_USERNAME: at.africastalking.username }
    : {}),
  ...fiscalSettings(secrets, at.fiscal),
  ...(await vendorSettings(secrets, at.vendors)),
});

const vendorSettings = async (secrets: LocalSecrets, vendors: LocalAddresses["vendors"]): Promise<Settings> => ({
  CHARGENOW_USERNAME: vendors?.chargenow.username ?? "",
  CHARGENOW_PASSWORD: vendors?.chargenow.password ?? "",
  CHARGENOW_SECRET_HASHES: vendors ? await sha256Hex(secrets.chargenowSecret) : "",
  VOLINKS_BROKER_KEY: vendors?.volinks.key ?? "",
  VOLINKS_BROKER_SECRET: vendors?.volinks.secret ?? "",
  VOLINKS_DEVICE_KEY: vendors ? secrets.volinksDeviceKey : "",
  VOLINKS_SECRET_HASHES: vendors ? await sha256Hex(secrets.volinksSecret) : "",
  ...(vendors
    ? {
        CHARGENOW_URL: vendors.chargenow.url,
        VOLINKS_BROKER_URL: vendors.volinks.url,
        // What cabinets are told; the simulated ones speak to the broker without a network.
        VOLINKS_MQTT_HOST: HOST,
      }
    : {}),
});

const fiscalSettings = ({ fiscalDevice }: LocalSecrets, authority: LocalAddresses["fiscal"]): Settings =>
  authority === null
    ? { FISCAL_PRIVATE_KEY: "" }
    : {
        FISCAL_URL: authority.url,
        FISCAL_TIN: authority.tin,
        FISCAL_CERT_KEY: fiscalDevice.certKey,
        FISCAL_CERT_SERIAL: fiscalDevice.certSerial,
        FISCAL_PRIVATE_KEY: fiscalDevice.privateKey,
      };

/** Throws StackError that names what the Worker would miss: a setting that is new in src/config.ts and not made here. */
const checkSettings = async (settings: Settings): Promise<void> => {
  const file = Bun.TOML.parse(await readFile(resolve(ROOT, "wrangler.toml"), "utf8")) as {
    vars: Record<string, string>;
  };
  const { error } = Config.safeParse({ ...file.vars, ...settings });
  if (!error) return;
  const names = [...new Set(error.issues.map((issue) => issue.path.join(".")))].join(", ");
  throw new StackError(
    "part_failed",
    `worker: the local stack does not make these settings as src/config.ts wants them: ${names}. See dev/local-env.ts.`,
  );
};

/** Writes the file that wrangler reads, and answers its path. Throws StackError when the Worker would refuse the settings. */
export const writeWorkerEnv = async (folder: string, settings: Settings): Promise<string> => {
  await checkSettings(settings);
  const path = join(folder, "worker.env");
  // Single quotes: nothing within is read as a variable or an escape.
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'`);
  await writeFile(path, `${lines.join("\n")}\n`, { mode: 0o600 });
  return path;
};

/** Names of settings; what the shell has under them must not reach the Worker. */
export const settingNames = Object.keys(Config.shape);
