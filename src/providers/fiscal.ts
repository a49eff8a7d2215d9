// The tax authority's API for virtual fiscal devices: registration, token, receipts, daily reports. Requests are signed with
// the device's key (RSASSA-PKCS1-v1_5 over SHA-1, as the authority demands); what was composed once is sent as it is.
import { z } from "zod";
import type { Config } from "../config.ts";
import { fromBase64, toBase64, utf8 } from "../lib/bytes.ts";
import { SECOND_MS } from "../lib/clock.ts";
import { exchange, type Fetch, readJson } from "./exchange.ts";
import type { FiscalAuthority } from "./fiscal-port.ts";
import {
  ackReason,
  declared,
  documentElement,
  envelope,
  readAckCode,
  readAcknowledgement,
  readRegistration,
  registrationElement,
  verificationCode,
} from "./fiscal-wire.ts";

export interface FiscalSettings {
  /** Host and path before `/api/…` and `/vfdtoken`, without a slash at the end. */
  url: string;
  verifyUrl: string;
  tin: string;
  certKey: string;
  certSerial: string;
  /** PKCS8, DER. */
  privateKey: Uint8Array<ArrayBuffer>;
  /** VAT percent to tax code, over what the registration says. */
  taxCodes: Record<string, number>;
}

type FiscalConfig = Pick<
  Config,
  | "FISCAL_URL"
  | "FISCAL_VERIFY_URL"
  | "FISCAL_TIN"
  | "FISCAL_CERT_KEY"
  | "FISCAL_CERT_SERIAL"
  | "FISCAL_PRIVATE_KEY"
  | "FISCAL_TAX_CODES"
>;

/** Null when no device is configured. Throws when one is, but not completely; never names a value. */
export const readFiscalSettings = (config: FiscalConfig): FiscalSettings | null => {
  const {
    FISCAL_URL: url,
    FISCAL_TIN: tin,
    FISCAL_CERT_KEY: certKey,
    FISCAL_CERT_SERIAL: certSerial,
    FISCAL_PRIVATE_KEY: key,
  } = config;
  if (url === null) return null;
  if (tin === null || certKey === null || certSerial === null || key === null) {
    throw new Error("FISCAL_URL needs FISCAL_TIN, FISCAL_CERT_KEY, FISCAL_CERT_SERIAL and FISCAL_PRIVATE_KEY");
  }
  return {
    url: url.replace(/\/+$/, ""),
    verifyUrl: config.FISCAL_VERIFY_URL,
    tin,
    certKey,
    certSerial,
    privateKey: readKey(key),
    taxCodes: readTaxCodes(config.FISCAL_TAX_CODES),
  };
};

const readKey = (setting: string): Uint8Array<ArrayBuffer> => {
  // In a setting of one line the line breaks are written as \n.
  const body = setting.replaceAll("\\n", "\n").replaceAll(/-----(BEGIN|END) PRIVATE KEY-----|\s/g, "");
  try {
    return fromBase64(body);
  } catch {
    throw new Error("FISCAL_PRIVATE_KEY is not a PKCS8 key in PEM or base64");
  }
};

const readTaxCodes = (pairs: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const [, percent, code] = /^(\d{1,2}(?:\.\d{1,2})?):([1-5])$/.exec(pair) ?? [];
      if (!percent || !code) throw new Error("FISCAL_TAX_CODES is a list of percent:code, code 1 to 5");
      return [String(Number(percent)), Number(code)];
    }),
  );

const Token = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });
const TIMEOUT_MS = 20 * SECOND_MS;
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-1" } as const;
const Z_ROUTING_KEY = "vfdzreport";

export const createFiscalAuthority = (
  settings: FiscalSettings,
  fetch: Fetch,
  timeoutMs = TIMEOUT_MS,
): FiscalAuthority => {
  const { url, tin, certKey, certSerial } = settings;
  let imported: Promise<CryptoKey> | null = null;
  const sign = async (element: string): Promise<string> => {
    imported ??= crypto.subtle.importKey("pkcs8", settings.privateKey, ALGORITHM, false, ["sign"]);
    return toBase64(new Uint8Array(await crypto.subtle.sign(ALGORITHM.name, await imported, utf8(element))));
  };
  const signed = async (element: string): Promise<string> => envelope(element, await sign(element));
  const post = (path: string, headers: Record<string, string>, body: string) =>
    exchange(fetch, `${url}${path}`, { method: "POST", headers, body }, timeoutMs);
  const xmlHeaders = { "Content-Type": "application/xml", "Cert-Serial": toBase64(utf8(certSerial)) };

  return {
    verificationOf({ receiptCode, globalCounter, time }) {
      const code = verificationCode(receiptCode, globalCounter);
      return { code, url: `${settings.verifyUrl}${code}_${time.replaceAll(":", "")}` };
    },

    async register() {
      const body = await signed(registrationElement(tin, certKey));
      const answer = await post("/api/vfdRegReq", { ...xmlHeaders, Client: "webapi" }, body);
      if (answer.kind === "silent") return { status: "unavailable", reason: answer.reason };
      if (answer.status !== 200) return { status: "unavailable", reason: `http_${answer.status}` };
      const ackCode = readAckCode(answer.text);
      if (ackCode !== null && ackCode !== 0) return { status: "refused", reason: ackReason(ackCode) };
      const read = readRegistration(answer.text);
      if (!read) return { status: "unavailable", reason: "answer_unreadable" };
      const { registration, username, password } = read;
      return { status: "registered", registration, credentials: { username, password } };
    },

    async requestToken({ username, password }) {
      const form = new URLSearchParams({ username, password, grant_type: "password" }).toString();
      const answer = await post("/vfdtoken", { "Content-Type": "application/x-www-form-urlencoded" }, form);
      if (answer.kind === "silent") return { status: "unavailable", reason: answer.reason };
      if (answer.status === 400 || answer.status === 401) return { status: "refused", reason: `http_${answer.status}` };
      const token = Token.safeParse(readJson(answer.text));
      if (answer.status !== 200 || !token.success) return { status: "unavailable", reason: `http_${answer.status}` };
      return { status: "granted", accessToken: token.data.access_token, lifetimeSeconds: token.data.expires_in };
    },

    compose: async (document) => declared(await signed(documentElement(document))),

    async send({ kind, number, text, routingKey, accessToken }) {
      const path = kind === "receipt" ? "/api/efdmsRctInfo" : "/api/efdmszreport";
      const headers = {
        ...xmlHeaders,
        "Routing-Key": kind === "receipt" ? routingKey : Z_ROUTING_KEY,
        Authorization: `bearer ${accessToken}`,
      };
      const answer = await post(path, headers, text);
      if (answer.kind === "silent") return { status: "unavailable", reason: answer.reason };
      if (answer.status === 401) return { status: "token_refused" };
      if (answer.status !== 200) return { status: "unavailable", reason: `http_${answer.status}` };
      return readAcknowledgement(answer.text, kind, number);
    },
  };
};
