// Beem's SMS API. What crosses here: one message and its decision. What never leaves: the text and the number, in a
// reason or a code. Nothing is sent again from here.
import { z } from "zod";
import type { Config } from "../config.ts";
import { toBase64, utf8 } from "../lib/bytes.ts";
import { SECOND_MS } from "../lib/clock.ts";
import { exchange, readJson, type Exchange, type Fetch } from "./exchange.ts";
import type { SmsClient, SmsReport, SmsResult } from "./ports.ts";
import { outcomeOf, readFields, word } from "./sms-report.ts";

export interface BeemOptions {
  config: Config;
  fetch: Fetch;
  timeoutMs?: number;
}

const SUBMITTED = 100;
/** The same message may pass later: balance (102), network (103), routing (106). */
const LATER = [102, 103, 106];
/** The number (101, 115) or the text (109, 110) is wrong. What is left is our account, our sender name or the form of the request. */
const NEVER = [101, 109, 110, 115];

const Answer = z.object({
  successful: z.boolean().nullish().catch(null),
  code: z
    .union([
      z.int(),
      z
        .string()
        .regex(/^\d{1,4}$/)
        .transform(Number),
    ])
    .nullish()
    .catch(null),
  valid: z.int().nullish().catch(null),
  invalid: z.int().nullish().catch(null),
  request_id: z
    .union([z.number().transform(String), z.string().min(1)])
    .nullish()
    .catch(null),
});
/** Some clients see the answer inside `data`. */
const Wrapped = z.object({ data: Answer });

export const createBeem = ({ config, fetch, timeoutMs = 10 * SECOND_MS }: BeemOptions): SmsClient => {
  const url = `${config.BEEM_URL.replace(/\/+$/, "")}/v1/send`;
  const authorization = `Basic ${toBase64(utf8(`${config.BEEM_API_KEY ?? ""}:${config.BEEM_SECRET_KEY ?? ""}`))}`;
  return {
    async send({ reference, msisdn, text }) {
      const body = JSON.stringify({
        source_addr: config.BEEM_SENDER,
        encoding: 0,
        schedule_time: "",
        message: text,
        recipients: [{ recipient_id: reference, dest_addr: msisdn }],
      });
      const headers = { authorization, "content-type": "application/json", accept: "application/json" };
      return decide(await exchange(fetch, url, { method: "POST", headers, body }, timeoutMs));
    },
  };
};

const decide = (answer: Exchange): SmsResult => {
  if (answer.kind === "silent") return { status: "unknown", reason: answer.reason };
  const { code, requestId, takes } = readAnswer(answer.text);
  const isOk = answer.status >= 200 && answer.status < 300;
  if (isOk && code === SUBMITTED && takes !== "it") {
    return takes === "nothing"
      ? { status: "refused", code: "recipient_invalid", chance: "never" }
      : { status: "unknown", reason: "recipient_unread" };
  }
  if (isOk && code === SUBMITTED && requestId !== null) return { status: "accepted", providerReference: requestId };
  if (code !== null && code !== SUBMITTED) {
    const chance = LATER.includes(code) ? "later" : NEVER.includes(code) ? "never" : "elsewhere";
    return { status: "refused", code: String(code), chance };
  }
  // A 4xx without a readable code was not taken; anything else may have been.
  if (answer.status >= 400 && answer.status < 500) {
    return { status: "refused", code: `http_${answer.status}`, chance: answer.status === 429 ? "later" : "elsewhere" };
  }
  return { status: "unknown", reason: isOk ? "answer_unreadable" : `http_${answer.status}` };
};

interface Read {
  code: number | null;
  requestId: string | null;
  /** Of the one recipient; an answer without counts is taken at its code. */
  takes: "it" | "nothing" | "unclear";
}

const readAnswer = (text: string): Read => {
  const json = readJson(text);
  const wrapped = Wrapped.safeParse(json);
  const read = wrapped.success ? wrapped.data.data : Answer.safeParse(json).data;
  const requestId = read?.request_id ?? null;
  const code = read?.code ?? (read?.successful && requestId !== null ? SUBMITTED : null);
  return { code, requestId, takes: read ? takesOf(read) : "it" };
};

/** 100 with nobody valid: the request was in order, its one recipient was not. */
const takesOf = ({ valid, invalid }: z.infer<typeof Answer>): Read["takes"] => {
  if ((invalid ?? 0) > 0) return "nothing";
  return valid === 0 ? "unclear" : "it";
};

/** A delivery report. Their samples write `status` and `Status`, JSON and forms; `recipient_id` is the reference that we sent. */
export const parseBeemReport = (rawBody: string): SmsReport | null => {
  const fields = readFields(rawBody);
  const statusWord = word(fields?.["status"]);
  const reference = word(fields?.["recipient_id"]);
  const providerReference = word(fields?.["request_id"]) ?? reference;
  if (statusWord === null || providerReference === null) return null;
  return { providerReference, reference, outcome: outcomeOf(statusWord), statusWord, reason: null };
};
