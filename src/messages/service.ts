// Sends what the outbox holds. A message that was handed over without an answer is left unknown: better one too few than the
// same twice. Codes of sign-in never pass here.
import type { Dependencies } from "../deps.ts";
import { SECOND_MS } from "../lib/clock.ts";
import { openPhone } from "../users/phone.ts";
import { type ClaimedMessage, claimMessages, type Mark, markMessage } from "./repository.ts";
import { renderStored } from "./templates.ts";

/** A refusal that may pass is tried this often, with doubling waits from 30 s. */
const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 30 * SECOND_MS;

/** Sends up to `limit` queued messages; answers how many left. */
export const drainMessages = async (deps: Dependencies, limit = 20): Promise<number> => {
  const claimed = await claimMessages(deps.db, deps.clock.now(), limit);
  const marks = await Promise.all(claimed.map((message) => send(deps, message)));
  for (const mark of marks)
    if (mark.result !== "sent")
      deps.log.write("warn", "message", { messageId: mark.id, result: mark.result, error: mark.error });
  await Promise.all(marks.map((mark) => markMessage(deps.db, mark, deps.clock.now())));
  return marks.filter((mark) => mark.result === "sent").length;
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
