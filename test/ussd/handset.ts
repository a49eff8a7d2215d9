// A phone whose gateway posts to the real application over real Postgres and Redis; stations and the payment provider are scripted.
import { env } from "cloudflare:workers";
import { createApp } from "../../src/app.ts";
import type { Id } from "../../src/lib/ids.ts";
import type { CheckoutResult, PaymentProvider } from "../../src/providers/ports.ts";
import { sealPhone, type Msisdn } from "../../src/users/service.ts";
import { sql } from "../support/control.ts";
import { createBank, createUser, type TestStation } from "../support/factories.ts";
import { createPayoutBench, type PayoutBench } from "../support/payouts.ts";
import {
  SMS_AFRICASTALKING_SECRET,
  SMS_BEEM_SECRET,
  USSD_AFRICASTALKING_SECRET,
  USSD_BEEM_SECRET,
} from "../support/test-env.ts";
import { bankOut, start } from "../support/verbs.ts";

export interface Shown {
  text: string;
  isEnd: boolean;
}

let lastNumber = 754_100_000 + Math.floor(Math.random() * 80_000);
/** A Vodacom number that nobody else in this file has, without a plus. */
export const newNumber = (): Msisdn => `255${++lastNumber}` as Msisdn;

export interface Exchange extends PayoutBench {
  /** Prompts that a phone was sent. */
  prompts: Parameters<PaymentProvider["checkout"]>[0][];
  /** Texts that phones got, in order. */
  texts: { msisdn: string; text: string }[];
  post(path: string, body: string, type: string): Promise<Response>;
  /** All that may finish after an answer. */
  settle(): Promise<void>;
}

export const openExchange = (answer: CheckoutResult = { status: "accepted", providerReference: "" }): Exchange => {
  const prompts: Exchange["prompts"] = [];
  const bench = createPayoutBench({
    checkout: (input) => {
      prompts.push(input);
      return Promise.resolve(
        answer.status === "accepted"
          ? { ...answer, providerReference: crypto.randomUUID().replaceAll("-", "") }
          : answer,
      );
    },
  });
  const texts: Exchange["texts"] = [];
  bench.deps.sms = {
    ...bench.deps.sms,
    send: ({ msisdn, text }) => {
      texts.push({ msisdn, text });
      return Promise.resolve({ status: "accepted", gateway: "beem", providerReference: "test" });
    },
  };
  const app = createApp(() => bench.deps);
  const context = { waitUntil: () => {}, passThroughOnException() {} } as unknown as ExecutionContext;
  return Object.assign(bench, {
    prompts,
    texts,
    post: async (path: string, body: string, type: string) =>
      app.fetch(
        new Request(`http://chajipoa.test/api/v1${path}`, { method: "POST", body, headers: { "content-type": type } }),
        env,
        context,
      ),
    async settle() {
      while (bench.deferred.length > 0) await bench.deferred.shift();
    },
  });
};

/** One session with Africa's Talking: each press sends everything that was typed. */
export const dial = (exchange: Exchange, number: string, sessionId: string = crypto.randomUUID()) => {
  const typed: string[] = [];
  const post = async (text: string): Promise<Shown> => {
    const form = new URLSearchParams({
      sessionId,
      serviceCode: "*149*46#",
      phoneNumber: `+${number}`,
      networkCode: "64004",
      text,
    });
    const response = await exchange.post(
      `/ussd/africastalking/${USSD_AFRICASTALKING_SECRET}`,
      form.toString(),
      "application/x-www-form-urlencoded",
    );
    const body = await response.text();
    if (response.status !== 200 || !/^(CON|END) /.test(body)) throw new Error(`${response.status} ${body}`);
    return { text: body.slice(4), isEnd: body.startsWith("END") };
  };
  return {
    sessionId,
    post,
    /** Opens the session, or goes on in it; answers the last screen. */
    async press(...inputs: string[]): Promise<Shown> {
      let shown = typed.length === 0 && inputs.length === 0 ? await post("") : null;
      for (const input of inputs) {
        typed.push(input);
        shown = await post(typed.join("*"));
      }
      if (!shown) throw new Error("nothing was pressed");
      return shown;
    },
  };
};

/** One post of Beem. */
export const postBeem = async (
  exchange: Exchange,
  post: { number: string; session: string; index: number; response: string | number; command?: string },
): Promise<Shown & { index: number; echo: Record<string, unknown> }> => {
  const body = {
    command: post.command ?? (post.index === 0 ? "initiate" : "continue"),
    msisdn: post.number,
    session_id: post.session,
    operator: "vodacom",
    payload: { request_id: post.index, response: post.response },
  };
  const response = await exchange.post(`/ussd/beem/${USSD_BEEM_SECRET}`, JSON.stringify(body), "application/json");
  const answer = await response.json<{ command: string; payload: { request_id: number; request: string } }>();
  if (response.status !== 200) throw new Error(JSON.stringify(answer));
  const { payload, command, ...echo } = answer;
  return { text: payload.request, isEnd: command === "terminate", index: payload.request_id, echo };
};

/** An account with this number. */
export const subscriber = async (
  exchange: Exchange,
  number: Msisdn,
  options: { walletTzs?: number; debtTzs?: number; state?: "active" | "suspended" } = {},
): Promise<Id<"usr">> => {
  const { phoneHash, cipher } = exchange.deps;
  const userId = await createUser({ ...options, phoneHash: await phoneHash.hex(number) });
  await sql("update users set phone_sealed = $2 where id = $1", [userId, await sealPhone(cipher, userId, number)]);
  return userId;
};

let seq = 0;
/** A power bank in this renter's hands. */
export const rented = async (exchange: Exchange, userId: Id<"usr">, station: TestStation) => {
  const { rental } = await start(exchange, userId, station);
  const powerBankId = await createBank();
  await bankOut(exchange, station.id, { rentalId: rental.id, powerBankId, seq: ++seq });
  const [row] = await sql<{ return_code: string }>("select return_code from rentals where id = $1", [rental.id]);
  return { id: rental.id, powerBankId, returnCode: row!.return_code };
};

export const rentalsOf = (number: Msisdn, exchange: Exchange) =>
  exchange.deps.phoneHash
    .hex(number)
    .then((hash) =>
      sql<{ id: Id<"rnt">; status: string; reason: string }>(
        "select r.id, r.status, r.reason from rentals r join users u on u.id = r.user_id where u.phone_hash = $1 order by r.id",
        [hash],
      ),
    );

/** Somebody writes to our number; `id` makes it the same text. */
export const writeText = async (
  exchange: Exchange,
  number: string,
  text: string,
  { gateway = "africastalking", id = crypto.randomUUID() }: { gateway?: "africastalking" | "beem"; id?: string } = {},
): Promise<void> => {
  const response =
    gateway === "beem"
      ? await exchange.post(
          `/messages/inbound/beem/${SMS_BEEM_SECRET}`,
          JSON.stringify({ from: number, to: "15046", channel: "sms", transaction_id: id, message: { text } }),
          "application/json",
        )
      : await exchange.post(
          `/messages/inbound/africastalking/${SMS_AFRICASTALKING_SECRET}`,
          new URLSearchParams({ id, from: `+${number}`, to: "15046", text, date: "2026-11-20 12:00:00" }).toString(),
          "application/x-www-form-urlencoded",
        );
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  await exchange.settle();
};
