// What every step of the demo shares: who rents, what is seen of the world, and how answers are read.
import type { z } from "zod";
import { WalletView } from "../../src/ledger/schemas.ts";
import type { Narrator } from "./narrator.ts";
import type { Answer, Outside } from "./outside.ts";

export interface Renter {
  name: string;
  msisdn: string;
  locale: "sw" | "en";
  token: string;
  /** Renews `token`. */
  refreshToken: string;
  smsRead: number;
  /** Has an account, which knows the language. */
  isKnown: boolean;
}

export interface Scene {
  outside: Outside;
  say: Narrator;
}

/** As shops write it. */
export const money = (amountTzs: number): string => `TZS ${amountTzs.toLocaleString("en-US")}`;
/** The time on the wall in Dar es Salaam. */
export const dar = (iso: string): string =>
  new Date(iso).toLocaleTimeString("en-GB", { timeZone: "Africa/Dar_es_Salaam", hour: "2-digit", minute: "2-digit" });
export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** The body when it has the status and the shape that the API promises. */
export const take = <T>(say: Narrator, answer: Answer, status: number, schema: z.ZodType<T>, fact: string): T => {
  const parsed = schema.safeParse(answer.body);
  return say.need(answer.status === status && parsed.success && { value: parsed.data }, fact, {
    status: answer.status,
    body: answer.body,
  }).value;
};

export const readWallet = async (
  { outside, say }: Scene,
  { locale, token }: Renter,
): Promise<z.infer<typeof WalletView>> =>
  take(
    say,
    await outside.call("GET", "/api/v1/users/wallet", { locale, token }),
    200,
    WalletView,
    "the wallet is readable",
  );

/** The next SMS that the renter has not read yet. */
export const readNext = async ({ outside, say }: Scene, renter: Renter): Promise<void> => {
  const texts = await outside.readSms(renter.msisdn, renter.smsRead + 1);
  const text = texts[renter.smsRead];
  if (say.expect(text !== undefined, "an SMS says so too", texts)) say.sms(text!);
  renter.smsRead = texts.length;
};
