// The minute's round: the second way of everything that has a first one. One more transport over the verbs.
import { sealAudit } from "./audit/service.ts";
import { closeBooks } from "./books/service.ts";
import type { Dependencies } from "./deps.ts";
import { describeError } from "./lib/describe-error.ts";
import type { Id } from "./lib/ids.ts";
import { ticketOffline } from "./maintenance/service.ts";
import { drainMessages, pruneReports } from "./messages/service.ts";
import { expirePayments, listDuePayments, pruneCallbacks, retryCallback, watchPayments } from "./payments/service.ts";
import { numberReceipts, wakeFiscalDevice } from "./receipts/service.ts";
import { continueAfterPayment, listUnfinished, sendPrompt, type SweepList, sweepRentals } from "./rentals/service.ts";
import { pushConfig, settleOrders, wakeStation } from "./stations/service.ts";
import { eraseAccounts } from "./users/service.ts";
import { runAskedWithdrawals, runWithdrawals } from "./withdrawals/service.ts";

const BATCH = 200;

/** Runs every job; one that fails is logged and does not hold up the others. */
export const runMinute = async (deps: Dependencies): Promise<void> => {
  const requestId = deps.ids.next("req");
  const job = (name: string, work: () => Promise<unknown>) => runJob(deps, requestId, name, work);
  await job("sweep", async () => {
    const list = await listUnfinished(deps.db, deps.clock.now(), BATCH);
    await Promise.all([
      job("stations_configure", () => eachOf(list.configs, (id) => pushConfig(deps, id as Id<"stn">))),
      job("callbacks_retry", () => eachOf(list.failedCallbacks, (stored) => retryStored(deps, stored, requestId))),
      job("rentals_sweep", () => sweepRentals(deps, list, requestId)),
      job("stations_wake", () =>
        eachOf([...list.openStations, ...list.silentStations], (id) => wakeStation(deps, id as Id<"stn">)),
      ),
    ]);
  });
  await job("prompts", async () =>
    eachOf(await listDuePayments(deps, BATCH), (paymentId) => sendPrompt(deps, paymentId, requestId)),
  );
  await job("payments_expire", () => expirePayments(deps, BATCH));
  await job("payments_watch", () =>
    watchPayments(deps, BATCH, requestId, (settled) => continueAfterPayment(deps, settled, requestId)),
  );
  await job("withdrawals_asked", () => runAskedWithdrawals(deps, { limit: BATCH }, requestId));
  await job("withdrawals", () => runWithdrawals(deps, BATCH, requestId));
  await job("callbacks_prune", () => pruneCallbacks(deps, BATCH));
  await job("accounts_erase", () => eraseAccounts(deps, BATCH));
  await job("receipts_number", () => numberReceipts(deps));
  if (deps.fiscal) await job("fiscal_device", () => wakeFiscalDevice(deps));
  await job("messages", () => drainMessages(deps, BATCH));
  await job("reports_prune", () => pruneReports(deps, BATCH));
  await job("station_orders", () => settleOrders(deps, BATCH, requestId));
  await job("stations_offline", () => ticketOffline(deps, BATCH, requestId));
  await job("audit_seal", () => sealAudit(deps));
  await job("books_close", () => closeBooks(deps));
};

const retryStored = async (
  deps: Dependencies,
  stored: SweepList["failedCallbacks"][number],
  requestId: string,
): Promise<void> => {
  const settled = await retryCallback(deps, stored, requestId);
  await continueAfterPayment(deps, settled, requestId);
};

const eachOf = async <T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<{ done: number; failed: number }> => {
  const results = await Promise.allSettled(items.map(work));
  const failed = results.filter((result) => result.status === "rejected").length;
  return { done: items.length - failed, failed };
};

const runJob = async (
  deps: Dependencies,
  requestId: string,
  job: string,
  work: () => Promise<unknown>,
): Promise<void> => {
  const startedMs = deps.clock.now();
  try {
    const result = await work();
    const counts =
      typeof result === "number"
        ? { count: result }
        : typeof result === "object" && result !== null
          ? { ...result }
          : {};
    deps.log.write("info", "job", { job, requestId, durationMs: deps.clock.now() - startedMs, ...counts });
  } catch (error) {
    deps.log.write("error", "job", {
      job,
      requestId,
      durationMs: deps.clock.now() - startedMs,
      ...describeError(error),
    });
  }
};
