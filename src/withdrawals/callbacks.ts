// What the provider says about a disbursement. Its callbacks carry no signature: the address is the secret, and what they say is
// compared with our own record. None of them makes money leave, and what follows a failure that only a callback told waits for staff.
import type { Dependencies } from "../deps.ts";
import { sha256Hex } from "../lib/crypto.ts";
import { settleWithdrawal, type Settled } from "./repository-outcome.ts";

const sealContext = (bodyHash: string): string => `withdrawal_callbacks.body:${bodyHash}`;

/** Stores and applies one callback body; answers what it did. The same bytes again change nothing. */
export const settleDisbursementCallback = async (
  deps: Dependencies,
  rawBody: string,
  requestId: string,
): Promise<Settled> => {
  const callback = deps.payouts.parseCallback(rawBody);
  const bodyHash = await sha256Hex(rawBody);
  const nowMs = deps.clock.now();
  const settled = await settleWithdrawal(deps.db, {
    bodyHash,
    bodySealed: await deps.cipher.seal(rawBody, sealContext(bodyHash)),
    callback,
    receivedAtMs: nowMs,
    messageId: deps.ids.next("msg"),
    nowMs,
    requestId,
  });
  report(deps, callback ? settled : { ...settled, alert: "disbursement_callback_unreadable" });
  return settled;
};

/** Applies a stored callback again whose money part failed. */
export const retryDisbursementCallback = async (
  deps: Dependencies,
  stored: { bodyHash: string; bodySealed: string; receivedAtMs: number },
  requestId: string,
): Promise<Settled> => {
  const callback = deps.payouts.parseCallback(await deps.cipher.open(stored.bodySealed, sealContext(stored.bodyHash)));
  const settled = await settleWithdrawal(deps.db, {
    ...stored,
    callback,
    messageId: deps.ids.next("msg"),
    nowMs: deps.clock.now(),
    requestId,
  });
  report(deps, settled);
  return settled;
};

export const report = (deps: Dependencies, { alert, withdrawal, error }: Settled): void => {
  if (alert) deps.log.write("error", "alert", { alert, withdrawalId: withdrawal?.id, error });
};
