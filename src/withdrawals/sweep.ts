// The second way of withdrawals: what a crash cut, what could not be sent, what the provider has to be asked about, what a statement proves.
import type { Dependencies } from "../deps.ts";
import type { Id } from "../lib/ids.ts";
import { report, retryDisbursementCallback } from "./callbacks.ts";
import {
  claimWithdrawal,
  type Proof,
  proveWithdrawal,
  type SweepList,
  sweepWithdrawals,
} from "./repository-outcome.ts";
import { sendWithdrawal } from "./send.ts";

/** One round over all withdrawals; one that fails does not hold up the others. Answers how many were worked on. */
export const runWithdrawals = async (
  deps: Dependencies,
  limit: number,
  requestId: string,
): Promise<{ cut: number; done: number; failed: number }> => {
  const list = await sweepWithdrawals(deps.db, deps.clock.now(), limit);
  const results = await Promise.allSettled([
    ...list.send.map((id) => sendLeft(deps, id, requestId)),
    ...list.query.map((row) => query(deps, row, requestId)),
    ...list.proven.map(({ id, ...told }) => prove(deps, { withdrawalId: id, source: "statement", ...told }, requestId)),
    ...list.failedCallbacks.map((stored) => retryDisbursementCallback(deps, stored, requestId)),
  ]);
  const failed = results.filter((result) => result.status === "rejected").length;
  return { cut: list.cut, done: results.length - failed, failed };
};

const sendLeft = async (deps: Dependencies, withdrawalId: Id<"wdr">, requestId: string): Promise<void> => {
  const claimed = await claimWithdrawal(deps.db, {
    withdrawalId,
    sendToken: deps.ids.secret(26),
    nowMs: deps.clock.now(),
    requestId,
  });
  if (claimed.status === "send") await sendWithdrawal(deps, claimed, requestId);
};

const query = async (
  deps: Dependencies,
  { id, providerReference, provider }: SweepList["query"][number],
  requestId: string,
): Promise<void> => {
  if (providerReference === null) return;
  const result = await deps.payouts.status({ providerReference, provider });
  // Everything but an exact word leaves the withdrawal as it is.
  if (result === "succeeded" || result === "failed") {
    await prove(deps, { withdrawalId: id, source: "query", result, amountTzs: null, providerReference }, requestId);
  }
};

const prove = async (
  deps: Dependencies,
  proof: Omit<Proof, "messageId" | "nowMs" | "requestId">,
  requestId: string,
): Promise<void> => {
  report(
    deps,
    await proveWithdrawal(deps.db, { ...proof, messageId: deps.ids.next("msg"), nowMs: deps.clock.now(), requestId }),
  );
};
