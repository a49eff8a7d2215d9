// Sends what the outbox holds, and what may not lie there. A message that was handed over without an answer is left unknown: better one too few
// than the same twice. What belongs to a fact is queued by the SQL function of the fact (internal_message, internal_notice).
import type { Dependencies } from "../deps.ts";
import { SECOND_MS } from "../lib/clock.ts";
import type { Locale } from "../lib/i18n.ts";
import type { Id } from "../lib/ids.ts";
import { openPhone } from "../users/phone.ts";
import { type ClaimedMessage, claimMessages, type Mark, markMessage, queueStored } from "./repository.ts";
import {
  namesOfKind,
  renderMessage,
  renderStored,
  type StoredName,
  type TemplateName,
  type TemplateParameters,
} from "./templates.ts";

/** A refusal that may pass is tried this often, with doubling waits from 30 s. */
const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 30 * SECOND_MS;

/** Sends up to `limit` queued messages; answers how many left. */
export const drainMessages = async (deps: Dependencies, limit = 20): Promise<number> => {
  const { MESSAGE_NOTICES_PER_DAY: notices, MESSAGE_ANSWERS_PER_DAY: answers } = deps.config;
  const ceilings = [
    { templates: namesOfKind("notice"), most: notices },
    { templates: namesOfKind("answer"), most: answers },
  ];
  const rules = { limit, notices: namesOfKind("notice"), ceilings };
  const claimed = await claimMessages(deps.db, rules, deps.clock.now());
  const marks = await Promise.all(claimed.map((message) => send(deps, message)));
  for (const mark of marks)
    if (mark.result !== "sent")
      deps.log.write("warn", "message", { messageId: mark.id, result: mark.result, error: mark.error });
  await Promise.all(marks.map((mark) => markMessage(deps.db, mark, deps.clock.now())));
  return marks.filter((mark) => mark.result === "sent").length;
};

/**
 * Queues a text for one of our people, where no other statement does; `drainMessages` sends it. The second under a `dedupeKey` is dropped: build
 * it from what is answered, for example `sms:<provider>:<their id>`.
 */
export const queueMessage = <N extends StoredName>(
  deps: Dependencies,
  message: { userId: Id<"usr">; template: N; params: TemplateParameters<N>; dedupeKey: string },
): Promise<void> => queueStored(deps.db, { ...message, id: deps.ids.next("msg") }, deps.clock.now());

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
  switch (result.status) {
    case "accepted":
      return { id, result: "sent", providerReference: result.providerReference };
    case "unknown":
      return { id, result: "unknown", error: result.reason };
    case "refused":
      if (!result.isRetryable || message.attempts >= MAX_ATTEMPTS) return { id, result: "failed", error: result.code };
      return {
        id,
        result: "queued",
        error: result.code,
        notBeforeMs: deps.clock.now() + FIRST_WAIT_MS * 2 ** (message.attempts - 1),
      };
  }
};
