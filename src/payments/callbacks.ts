// What the provider says about a payment, by callback or when it is asked: stored before it is acted on, compared with our own
// record, acted on once.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import { sha256Hex } from "../lib/crypto.ts";
import { type Finding, isFinding, readFinding, writeFinding } from "./finding.ts";
import {
  pruneCallbacks as pruneStored,
  settlePayment,
  type Settled,
  watchPayments as watchStored,
} from "./repository.ts";

const sealContext = (bodyHash: string): string => `payment_callbacks.body:${bodyHash}`;

/**
 * Authenticates, stores and applies one callback body. Answers what it did; `dispense` says that its rental now waits for a
 * bank. Throws `unauthenticated` for one that does not prove its sender, `unavailable` when the proof could not be checked:
 * the provider sends it again.
 */
export const settleCallback = async (deps: Dependencies, rawBody: string, requestId: string): Promise<Settled> => {
  const callback = deps.payments.parseCallback(rawBody);
  let signature = "not_checked";
  if (callback) {
    const verdict = await deps.payments.authenticateCallback(callback);
    if (!verdict.isAuthentic) {
      alert(deps, `callback_${verdict.reason}`, {});
      throw new AppError(verdict.reason === "key_unavailable" ? "unavailable" : "unauthenticated");
    }
    signature = verdict.signature;
  }
  const bodyHash = await sha256Hex(rawBody);
  const nowMs = deps.clock.now();
  const settled = await settlePayment(deps.db, {
    provider: "azampay",
    bodyHash,
    bodySealed: await deps.cipher.seal(rawBody, sealContext(bodyHash)),
    signature,
    callback,
    receivedAtMs: nowMs,
    messageId: deps.ids.next("msg"),
    nowMs,
    requestId,
  });
  report(deps, callback ? settled : { ...settled, alert: "callback_unreadable" });
  return settled;
};

/** Applies a stored callback, or finding of ours, again whose money part failed. */
export const retryCallback = async (
  deps: Dependencies,
  stored: { provider: string; bodyHash: string; bodySealed: string; signature: string; receivedAtMs: number },
  requestId: string,
): Promise<Settled> => {
  const body = await deps.cipher.open(stored.bodySealed, sealContext(stored.bodyHash));
  const callback = isFinding(stored.provider) ? readFinding(body) : deps.payments.parseCallback(body);
  const settled = await settlePayment(deps.db, {
    ...stored,
    callback,
    messageId: deps.ids.next("msg"),
    nowMs: deps.clock.now(),
    requestId,
  });
  report(deps, settled);
  return settled;
};

/** Asks about payments that nobody answered, for 7 days, and takes what a new statement proves. Answers how many came to an end. */
export const watchPayments = async (
  deps: Dependencies,
  limit: number,
  requestId: string,
  continueWith: (settled: Settled) => Promise<void>,
): Promise<{ done: number; failed: number }> => {
  const isProbed = deps.config.AZAMPAY_COLLECTION_STATUS === "on";
  const { probe, proven } = await watchStored(deps.db, { isProbed, limit, nowMs: deps.clock.now() });
  const settle = async (finding: Finding): Promise<boolean> => {
    const settled = await settleFinding(deps, finding, requestId);
    await continueWith(settled);
    return settled.outcome === "credited" || settled.outcome === "failed";
  };
  const results = await Promise.allSettled([
    ...probe.map(async (payment) => {
      const result = await deps.payments.status(payment);
      // Everything but an exact word leaves the payment as it is.
      return (result === "succeeded" || result === "failed") && settle({ ...payment, source: "azampay_probe", result });
    }),
    ...proven.map((payment) => settle({ ...payment, source: "azampay_statement", result: "succeeded" })),
  ]);
  return {
    done: results.filter((result) => result.status === "fulfilled" && result.value).length,
    failed: results.filter((result) => result.status === "rejected").length,
  };
};

// Stored like a callback before it is acted on; the same finding again changes nothing.
const settleFinding = async (deps: Dependencies, finding: Finding, requestId: string): Promise<Settled> => {
  const body = writeFinding(finding);
  const bodyHash = await sha256Hex(body);
  const nowMs = deps.clock.now();
  const settled = await settlePayment(deps.db, {
    provider: finding.source,
    bodyHash,
    bodySealed: await deps.cipher.seal(body, sealContext(bodyHash)),
    signature: "own_question",
    callback: readFinding(body),
    receivedAtMs: nowMs,
    messageId: deps.ids.next("msg"),
    nowMs,
    requestId,
  });
  report(deps, settled);
  return settled;
};

/** Forgets the bodies of callbacks that were acted on 90 days ago; the hashes stay. Answers how many. */
export const pruneCallbacks = (deps: Dependencies, limit: number): Promise<number> =>
  pruneStored(deps.db, deps.clock.now(), limit);

const alert = (deps: Dependencies, name: string, fields: Record<string, string | null | undefined>): void =>
  deps.log.write("error", "alert", { alert: name, ...fields });

const report = (deps: Dependencies, settled: Settled): void => {
  if (settled.alert)
    alert(deps, settled.alert, { paymentId: settled.payment?.id, rentalId: settled.rental?.id, error: settled.error });
};
