// A fiscal device's key and the authority's simulator that knows its public half.
import { toBase64 } from "../../src/lib/bytes.ts";
import { readFiscalSettings } from "../../src/providers/fiscal.ts";
import { startSimulator } from "./control.ts";

const exported = async (key: CryptoKey, format: "pkcs8" | "spki") =>
  toBase64(new Uint8Array((await crypto.subtle.exportKey(format, key)) as ArrayBuffer));

/** Both halves in base64: PKCS8 as the setting has it, SPKI as the authority has it. */
export const drawFiscalKey = async (): Promise<{ privateKey: string; publicKey: string }> => {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-1",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  return { privateKey: await exported(pair.privateKey, "pkcs8"), publicKey: await exported(pair.publicKey, "spki") };
};

export interface Attempt {
  on: "register" | "token" | "receipt" | "z_report";
  number: string | null;
  status: number | null;
  ackCode: number | null;
  problems: string[];
  text: string;
}

const VERIFY_URL = "https://verify.tra.go.tz/";

/** The authority for one device, and the settings that point a Worker at it. */
export const startTra = async (options: Record<string, unknown> = {}) => {
  const { privateKey, publicKey } = await drawFiscalKey();
  const certKey = `10TZ${String(crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000).padStart(6, "0")}`;
  const { url } = await startSimulator("tra", { publicKey, certKey, ...options });
  const control = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    (
      await fetch(`${url}/control${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    ).json();
  const settings = {
    FISCAL_URL: url,
    FISCAL_VERIFY_URL: VERIFY_URL,
    FISCAL_TIN: "100100100",
    FISCAL_CERT_KEY: certKey,
    FISCAL_CERT_SERIAL: "4f6c1d2ab93e",
    FISCAL_PRIVATE_KEY: privateKey,
    FISCAL_TAX_CODES: "",
  };
  return {
    url,
    certKey,
    settings,
    privateKey,
    publicKey,
    fiscal: (change: Partial<typeof settings> = {}) =>
      readFiscalSettings({ ...settings, FISCAL_TAX_CODES: [], ...(change as object) })!,
    documents: (kind?: string, min = 1) =>
      control<{ kind: string; number: string; text: string }[]>(
        "GET",
        `/documents?${kind ? `kind=${kind}&` : ""}min=${min}&waitMs=5000`,
      ),
    attempts: (on?: string, min = 0) =>
      control<Attempt[]>("GET", `/attempts?${on ? `on=${on}&` : ""}min=${min}&waitMs=5000`),
    arm: (script: Record<string, unknown>) => control("POST", "/arm", script),
    disarm: () => control("DELETE", "/arm"),
    state: () =>
      control<{ globalCounter: number; dailyCounter: number; day: string; mostAtOnce: number; tokens: number }>(
        "GET",
        "/state",
      ),
    setClock: (setMs: number) => control("POST", "/clock", { setMs }),
    revokeTokens: () => control("DELETE", "/tokens"),
  };
};
export type Tra = Awaited<ReturnType<typeof startTra>>;
