// What the demo sees of the world: the API as an app calls it, the phone's SMS, the prompt on the handset, the stations'
// slots. Answers are checked with the product's own schemas.
import { z } from "zod";
import type { Addresses } from "../up/running.ts";

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

export interface CallOptions {
  token?: string;
  body?: unknown;
  idempotencyKey?: string;
  locale: string;
}

const WAIT_MS = 15_000;
const SMS_LOOK_MS = 50;
const TRIES = 4;
const TRY_AGAIN_MS = 750;

const fetchPatiently = async (url: string, init: RequestInit, tries: number): Promise<Response> => {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (tries <= 1) throw error;
    await new Promise((done) => setTimeout(done, TRY_AGAIN_MS));
    return fetchPatiently(url, init, tries - 1);
  }
};

const Prompt = z.object({ transactionId: z.string(), amount: z.string(), msisdn: z.string(), provider: z.string() });
const Sms = z.object({ text: z.string(), atMs: z.number() });
const Held = z.object({ powerBankId: z.string(), renter: z.string().nullable(), rentalId: z.string().nullable() });
const Slot = z.object({
  slot: z.int(),
  state: z.string(),
  powerBankId: z.string().nullable(),
  chargePercent: z.number().nullable(),
  locked: z.boolean(),
  fault: z.string().nullable(),
});
const Station = z.object({
  id: z.string(),
  code: z.string(),
  name: z.string(),
  driver: z.string(),
  isConnected: z.boolean(),
  slots: z.array(Slot),
});
const Street = z.object({ aheadMs: z.number(), stations: z.array(Station), held: z.array(Held) });
export type Street = z.infer<typeof Street>;

const Screen = z.object({
  sessionId: z.string(),
  text: z.string(),
  isEnd: z.boolean(),
  /** Why the gateway shows nothing. */
  wrong: z.string().optional(),
  durationMs: z.number(),
});
export type Screen = z.infer<typeof Screen>;
type Gateway = "africastalking" | "beem";
/** `code`: Beem's own refusal. `answer` with `accept`: taken, and not said so. `report`: the word of its delivery report. */
type SmsScript = { code?: number; answer?: "bad_gateway"; accept?: boolean; report?: string };

export interface Outside {
  call(method: "GET" | "POST" | "PUT" | "DELETE", path: string, options: CallOptions): Promise<Answer>;
  /** Texts to a number (255…), oldest first; waits until there are `count`. */
  readSms(msisdn: string, count: number): Promise<string[]>;
  /** The prompt that waits on a handset; null when none comes. */
  waitForPrompt(msisdn: string): Promise<z.infer<typeof Prompt> | null>;
  act(transactionId: string, action: "approve" | "refuse"): Promise<boolean>;
  /** Stations as a passer-by sees them, and the banks that people carry. Those behind vendors aside, where a departure is known ten seconds later. */
  look(): Promise<Street>;
  /** Puts a bank into a free slot. */
  insert(stationId: string, bank: { powerBankId: string; chargePercent: number }): Promise<Answer>;
  /** Opens the menu on a phone with keys. */
  dial(msisdn: string, gateway: Gateway): Promise<Screen>;
  type(sessionId: string, input: string): Promise<Screen>;
  /** What a gateway does with the next text to this number. */
  spoilSms(gateway: Gateway, script: SmsScript & { to: string }): Promise<boolean>;
  /** Both treat this number as any other again. */
  healSms(msisdn: string): Promise<void>;
  /** By which gateway the newest text to this number came. */
  carrierOf(msisdn: string): Promise<Gateway>;
  /** The gateway reports on the newest text to this number once more. */
  reportAgain(gateway: Gateway, msisdn: string, word: string): Promise<void>;
  /** A gateway that posts the next input of this number twice, or the one before it once more. */
  armKeypad(fault: "twice" | "again", msisdn: string): Promise<void>;
  /** The time in the town. */
  nowMs(): Promise<number>;
  /** Puts the town's time forward; answers the new one once everybody has noticed. */
  forward(minutes: number): Promise<number>;
  /** Writes to our number; answers the status that the gateway got. */
  write(msisdn: string, text: string, gateway: Gateway): Promise<number>;
}

export const createOutside = (addresses: Addresses): Outside => {
  const json = { "content-type": "application/json" };
  const smsUrls: Record<Gateway, string> = { beem: addresses.sms, africastalking: addresses.africastalking };
  const read = async (response: Response): Promise<Answer> => {
    const text = await response.text();
    let body: unknown = text;
    try {
      body = text === "" ? null : JSON.parse(text);
    } catch {
      // not JSON: shown as it is
    }
    return { status: response.status, headers: response.headers, body };
  };
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const init = { method: "POST", headers: json, body: JSON.stringify(body) };
    return (await fetch(`${addresses.ussd}/control${path}`, init)).json();
  };
  const get = async (url: string): Promise<unknown> => (await fetch(url)).json();
  return {
    async call(method, path, { token, body, idempotencyKey, locale }) {
      const headers = {
        "accept-language": locale,
        ...(body === undefined ? {} : json),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      };
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      // A reload of the Worker cuts connections off; what can be repeated without harm is repeated, as an app does.
      const tries = method === "GET" || idempotencyKey !== undefined ? TRIES : 1;
      return read(await fetchPatiently(`${addresses.worker}${path}`, init, tries));
    },
    async readSms(msisdn, count) {
      const untilMs = Date.now() + WAIT_MS;
      for (;;) {
        // A handset does not see by which gateway a message came.
        const ofEach = await Promise.all(
          Object.values(smsUrls).map((url) => get(`${url}/control/messages?to=${msisdn}`)),
        );
        const arrived = ofEach.flatMap((messages) => z.array(Sms).parse(messages));
        if (arrived.length >= count || Date.now() >= untilMs)
          return arrived.toSorted((one, other) => one.atMs - other.atMs).map((sms) => sms.text);
        await new Promise((done) => setTimeout(done, SMS_LOOK_MS));
      }
    },
    async waitForPrompt(msisdn) {
      const url = `${addresses.azampay}/control/prompts?state=waiting&msisdn=${msisdn}&waitMs=${WAIT_MS}`;
      return (
        z
          .array(Prompt)
          .parse(await get(url))
          .at(-1) ?? null
      );
    },
    async act(transactionId, action) {
      const init = { method: "POST", headers: json, body: JSON.stringify({ action }) };
      return (await fetch(`${addresses.azampay}/control/prompts/${transactionId}`, init)).ok;
    },
    async look() {
      const street = Street.parse(await get(`${addresses.console}/api/state`));
      return { ...street, stations: street.stations.filter(({ driver }) => driver === "protocol1") };
    },
    async insert(stationId, bank) {
      const init = { method: "POST", headers: json, body: JSON.stringify(bank) };
      return read(await fetch(`${addresses.console}/api/stations/${stationId}/insert`, init));
    },
    async spoilSms(gateway, script) {
      const init = { method: "POST", headers: json, body: JSON.stringify(script) };
      return (await fetch(`${smsUrls[gateway]}/control/arm`, init)).ok;
    },
    async healSms(msisdn) {
      for (const url of Object.values(smsUrls)) await fetch(`${url}/control/arm?to=${msisdn}`, { method: "DELETE" });
    },
    async carrierOf(msisdn) {
      const [beem, talking] = (
        await Promise.all(
          [smsUrls.beem, smsUrls.africastalking].map((url) => get(`${url}/control/messages?to=${msisdn}`)),
        )
      ).map((messages) => z.array(Sms).parse(messages).at(-1)?.atMs ?? 0);
      return beem! > talking! ? "beem" : "africastalking";
    },
    async reportAgain(gateway, to, word) {
      const init = { method: "POST", headers: json, body: JSON.stringify({ to, word }) };
      await fetch(`${smsUrls[gateway]}/control/reports`, init);
    },
    nowMs: async () => Date.now() + Street.parse(await get(`${addresses.console}/api/state`)).aheadMs,
    async forward(minutes) {
      const init = { method: "POST", headers: json, body: JSON.stringify({ minutes }) };
      const answer = await fetch(`${addresses.console}/api/clock`, init);
      return z.object({ nowMs: z.number() }).parse(await answer.json()).nowMs;
    },
    dial: async (msisdn, gateway) => Screen.parse(await post("/sessions", { msisdn, gateway })),
    type: async (sessionId, input) => Screen.parse(await post(`/sessions/${sessionId}/inputs`, { input })),
    armKeypad: async (fault, msisdn) => void (await post("/arm", { fault, msisdn })),
    write: async (from, text, gateway) =>
      z.object({ status: z.int() }).parse(await post("/texts", { from, text, gateway })).status,
  };
};
