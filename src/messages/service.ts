// Sends what the outbox holds, and what may not lie there. A message that was handed over without an answer is left unknown: better one too few
// than the same twice. What belongs to a fact is queued by the SQL function of the fact (internal_message, internal_notice).
import type { Dependencies } from "../deps.ts";
import { SECOND_MS } from "../lib/clock.ts";
import type { Locale } from "../lib/i18n.ts";
import type { Id } from "../lib/ids.ts";
import { openPhone } from "../users/phone.ts";
import {
  type ClaimedMessage,
  claimMessages,
  keepPromised,
  type Mark,
  markMessage,
  pruneStoredReports,
  queueStored,
} from "./repository.ts";
import type { answerTexts } from "./texts-answer.ts";
import {
  namesOfKind,
  renderMessage,
  renderStored,
  type StoredName,
  type TemplateName,
  type TemplateParameters,
} from "./templates.ts";

export { takeReport } from "./reports.ts";
export { listMessages, resendMessage, type StaffMessage } from "./staff.ts";

/** A refusal that may pass is tried this often, with doubling waits from 30 s. */
const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 30 * SECOND_MS;
const AT_ONCE = 10;

/** Sends up to `limit` queued messages, a few at a time, so that no more than these are lost on a gateway that falls silent; answers how many left. */
export const drainMessages = async (deps: Dependencies, limit = 20): Promise<number> => {
  let sent = 0;
  for (let left = limit; left > 0; left -= AT_ONCE) {
    const asked = Math.min(left, AT_ONCE);
    const round = await sendSome(deps, asked);
    sent += round.sent;
    if (round.due < asked) break;
  }
  return sent;
};

const sendSome = async (deps: Dependencies, limit: number): Promise<{ sent: number; due: number }> => {
  const { MESSAGE_NOTICES_PER_DAY: notices, MESSAGE_ANSWERS_PER_DAY: answers } = deps.config;
  const ceilings = [
    { templates: namesOfKind("notice"), most: notices },
    ...namesOfKind("answer").map((name) => ({ templates: [name], most: answers })),
  ];
  const rules = { claimId: deps.ids.secret(20), limit, notices: namesOfKind("notice"), ceilings };
  const { messages, due, cut } = await claimMessages(deps.db, rules, deps.clock.now());
  if (cut > 0) deps.log.write("warn", "alert", { alert: "sms_cut_while_sending", count: cut });
  const marks = await Promise.all(messages.map((message) => send(deps, message)));
  for (const { id, result, provider, error } of marks)
    if (result !== "sent") deps.log.write("warn", "message", { messageId: id, result, gateway: provider, error });
  await Promise.all(marks.map((mark) => markMessage(deps.db, mark, deps.clock.now())));
  return { sent: marks.filter((mark) => mark.result === "sent").length, due };
};

/**
 * Queues a text for one of our people, where no other statement does; `drainMessages` sends it. The second under a `dedupeKey` is dropped: build
 * it from what is answered, for example `sms:<provider>:<their id>`.
 */
export const queueMessage = <N extends StoredName>(
  deps: Dependencies,
  message: { userId: Id<"usr">; template: N; params: TemplateParameters<N>; dedupeKey: string },
): Promise<void> => queueStored(deps.db, { ...message, id: deps.ids.next("msg") }, deps.clock.now());

/** Templates of words that others put together. */
type AnswerName = keyof typeof answerTexts;

/** What came of a matter whose answer lies in the outbox as a promise; null: its reader was told otherwise. `drainMessages` sends it. */
export const answerPromised = (
  deps: Dependencies,
  promised: { userId: Id<"usr">; template: AnswerName; dedupeKey: string; text: string | null },
): Promise<void> => keepPromised(deps.db, { ...promised, id: deps.ids.next("msg") }, deps.clock.now());

/**
 * Hands a text to the provider at once and keeps nothing of it: codes, which may not be stored, and answers to a number that nobody is registered
 * under. Once: what is lost is asked for again by its reader. Never throws, so that it can be deferred; an alert is logged when it did not go out.
 */
export const sendNow = async <N extends TemplateName>(
  deps: Dependencies,
  to: { msisdn: string; locale: Locale },
  name: N,
  params: TemplateParameters<N>,
): Promise<"sent" | "not_sent" | "unknown"> => {
  const reference = deps.ids.next("msg");
  const fields = { alert: "sms_not_sent", template: name, messageId: reference };
  try {
    const text = renderMessage(name, to.locale, params, deps.config.PUBLIC_BASE_URL);
    const result = await deps.sms.send({ reference, msisdn: to.msisdn, text });
    if (result.status === "accepted") return "sent";
    deps.log.write("warn", "alert", { ...fields, reason: result.status === "refused" ? result.code : result.reason });
    return result.status === "refused" ? "not_sent" : "unknown";
  } catch (error) {
    deps.log.write("error", "alert", { ...fields, reason: error instanceof Error ? error.name : "thrown" });
    return "unknown";
  }
};

/** Forgets delivery reports that are 90 days old; what they said stays with the message. Answers how many went. */
export const pruneReports = (deps: Dependencies, limit: number): Promise<number> =>
  pruneStoredReports(deps.db, limit, deps.clock.now());

const send = async (deps: Dependencies, message: ClaimedMessage): Promise<Mark> => {
  const { id } = message;
  // The number is gone when the account was closed meanwhile.
  if (message.phoneSealed === null) return { id, result: "failed", error: "no_number" };
  let text: string;
  let msisdn: string;
  try {
    text = renderStored(message.template, message.locale, message.params, deps.config.PUBLIC_BASE_URL);
    msisdn = await openPhone(deps.cipher, message.userId, message.phoneSealed);
  } catch (error) {
    return { id, result: "failed", error: `unsendable: ${error instanceof Error ? error.name : "error"}` };
  }
  const result = await deps.sms.send({ reference: id, msisdn, text });
  const provider = result.gateway;
  switch (result.status) {
    case "accepted":
      return { id, result: "sent", provider, providerReference: result.providerReference };
    case "unknown":
      return { id, result: "unknown", provider, error: result.reason };
    case "refused": {
      const refused = { id, provider, error: result.code };
      if (result.chance === "never" || message.attempts >= MAX_ATTEMPTS) return { ...refused, result: "failed" };
      const waitMs = FIRST_WAIT_MS * 2 ** (message.attempts - 1);
      return { ...refused, result: "queued", notBeforeMs: deps.clock.now() + waitMs };
    }
  }
};
