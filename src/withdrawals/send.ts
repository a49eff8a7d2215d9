// Hands a claimed withdrawal over, once, and records the answer. The money has left the wallet before; what cannot be known
// stays unknown and is never sent under another id.
import type { Dependencies } from "../deps.ts";
import { describeError } from "../lib/describe-error.ts";
import type { Id } from "../lib/ids.ts";
import type { DisburseResult } from "../providers/ports.ts";
import type { WithdrawalRecord } from "./record.ts";
import type { Send } from "./repository.ts";
import { recordSend } from "./repository-outcome.ts";

/** Short enough for the provider, which takes 30 characters. */
const EXTERNAL_ID_LENGTH = 26;

/** What a withdrawal has before it exists anywhere. The external id is never shown to anybody. */
export const createPayout = async (deps: Dependencies, to: { msisdn: string; recipientName: string }) => {
  const withdrawalId = deps.ids.next("wdr");
  return {
    withdrawalId,
    externalId: deps.ids.secret(EXTERNAL_ID_LENGTH),
    sendToken: deps.ids.secret(EXTERNAL_ID_LENGTH),
    msisdnSealed: await deps.cipher.seal(to.msisdn, numberContext(withdrawalId)),
    recipientSealed: await deps.cipher.seal(to.recipientName, nameContext(withdrawalId)),
  };
};

const numberContext = (id: Id<"wdr">): string => `withdrawals.msisdn:${id}`;
const nameContext = (id: Id<"wdr">): string => `withdrawals.recipient:${id}`;

/** The number as 255… and the name that the renter saw; both empty where they were erased with the account. */
export const openRecipient = async (
  deps: Pick<Dependencies, "cipher">,
  { id, msisdnSealed, recipientSealed }: Pick<WithdrawalRecord, "id" | "msisdnSealed" | "recipientSealed">,
): Promise<{ msisdn: string; name: string }> =>
  msisdnSealed === ""
    ? { msisdn: "", name: "" }
    : {
        msisdn: await deps.cipher.open(msisdnSealed, numberContext(id)),
        name: await deps.cipher.open(recipientSealed, nameContext(id)),
      };

/** Answers the withdrawal as it stands afterwards. Throws only when the answer could not be recorded: then the sweep calls it unknown. */
export const sendWithdrawal = async (
  deps: Dependencies,
  { withdrawal, externalId, sendToken }: Send,
  requestId: string,
): Promise<WithdrawalRecord> => {
  const { id, amountTzs, provider } = withdrawal;
  const recipient = await openRecipient(deps, withdrawal);
  let result: DisburseResult;
  try {
    result = await deps.payouts.disburse({
      externalId,
      amountTzs,
      provider,
      msisdn: recipient.msisdn,
      recipientName: recipient.name,
    });
  } catch (error) {
    deps.log.write("error", "disburse", { withdrawalId: id, ...describeError(error) });
    result = { status: "unknown", reason: "exception" };
  }
  if (result.status !== "accepted") {
    deps.log.write("warn", "disburse", {
      withdrawalId: id,
      status: result.status,
      reason: "reason" in result ? result.reason : undefined,
    });
  }
  const recorded = await recordSend(deps.db, {
    withdrawalId: id,
    sendToken,
    result,
    messageId: deps.ids.next("msg"),
    nowMs: deps.clock.now(),
    requestId,
  });
  if (recorded.alert) deps.log.write("error", "alert", { alert: recorded.alert, withdrawalId: id });
  return recorded.withdrawal;
};
