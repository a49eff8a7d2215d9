// Africa's Talking's SMS API. What crosses here: one message and its decision. What never leaves: the text and the number, in a
// reason or a code. Nothing is sent again from here.
import { z } from "zod";
import type { Config } from "../config.ts";
import { SECOND_MS } from "../lib/clock.ts";
import { exchange, readJson, type Exchange, type Fetch } from "./exchange.ts";
import type { SmsClient, SmsReport, SmsResult } from "./ports.ts";
import { outcomeOf, readFields, word } from "./sms-report.ts";

export interface AfricasTalkingOptions {
  config: Config;
  fetch: Fetch;
  timeoutMs?: number;
}

/** Processed, sent, queued. HTTP 201 alone says nothing. */
const TAKEN = [100, 101, 102];
/** Balance (405), routing (407): may pass later. */
const LATER = [405, 407];
/** Our sender name (402), or their own decision about it (502). */
const ELSEWHERE = [402, 502];
/** Their own fault in the middle (500, 501) or a message held back for a look (401): it may still go out. */
const UNDECIDED = [401, 500, 501];

const Answer = z.object({
  SMSMessageData: z.object({
    Message: z.string().nullish().catch(null),
    Recipients: z.array(
      z.object({
        statusCode: z.coerce.number().int(),
        messageId: z.string().nullish().catch(null),
      }),
    ),
  }),
});

export const createAfricasTalking = ({
  config,
  fetch,
  timeoutMs = 10 * SECOND_MS,
}: AfricasTalkingOptions): SmsClient => {
  const url = `${config.AFRICASTALKING_URL.replace(/\/+$/, "")}/version1/messaging`;
  return {
    async send({ msisdn, text }) {
      const body = new URLSearchParams({
        username: config.AFRICASTALKING_USERNAME,
        to: `+${msisdn}`,
        message: text,
        ...(config.AFRICASTALKING_SENDER ? { from: config.AFRICASTALKING_SENDER } : {}),
        bulkSMSMode: "1",
        enqueue: "0",
      });
      const headers = {
        apiKey: config.AFRICASTALKING_API_KEY ?? "",
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
      };
      return decide(await exchange(fetch, url, { method: "POST", headers, body: body.toString() }, timeoutMs));
    },
  };
};

const decide = (answer: Exchange): SmsResult => {
  if (answer.kind === "silent") return { status: "unknown", reason: answer.reason };
  const isOk = answer.status >= 200 && answer.status < 300;
  if (isOk) return decideTaken(answer.text);
  if (answer.status >= 400 && answer.status < 500) {
    return { status: "refused", code: `http_${answer.status}`, chance: answer.status === 429 ? "later" : "elsewhere" };
  }
  return { status: "unknown", reason: `http_${answer.status}` };
};

const decideTaken = (text: string): SmsResult => {
  const { data } = Answer.safeParse(readJson(text));
  if (!data) return { status: "unknown", reason: "answer_unreadable" };
  const { Message: message, Recipients: recipients } = data.SMSMessageData;
  const [recipient] = recipients;
  if (!recipient) return decideNobody(message ?? "");
  const { statusCode: code, messageId } = recipient;
  if (UNDECIDED.includes(code)) return { status: "unknown", reason: `code_${code}` };
  if (TAKEN.includes(code)) {
    const isNamed = messageId && messageId !== "None";
    return isNamed
      ? { status: "accepted", providerReference: messageId }
      : { status: "unknown", reason: "answer_unreadable" };
  }
  // What nobody documented counts as failed, and so do a number that cannot be reached and a person who wants no messages.
  const chance = LATER.includes(code) ? "later" : ELSEWHERE.includes(code) ? "elsewhere" : "never";
  return { status: "refused", code: String(code), chance };
};

/** Nobody was written to; a single word says why. */
const decideNobody = (message: string): SmsResult => {
  const code = /^Invalid[A-Za-z]{1,40}$/.test(message) ? message : "no_recipient";
  return { status: "refused", code, chance: code === "InvalidSenderId" ? "elsewhere" : "never" };
};

/** A delivery report: a form that names the message by the id that we were given when it was taken. */
export const parseAfricasTalkingReport = (rawBody: string): SmsReport | null => {
  const fields = readFields(rawBody);
  const statusWord = word(fields?.["status"]);
  const providerReference = word(fields?.["id"]);
  if (statusWord === null || providerReference === null) return null;
  const reason = word(fields?.["failurereason"]);
  return { providerReference, reference: null, outcome: outcomeOf(statusWord), statusWord, reason };
};
