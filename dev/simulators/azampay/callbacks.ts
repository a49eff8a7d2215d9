// Makes callbacks in every shape that was documented or seen, signs them, and delivers them with retries.
import type { App, Arm, CallbackRecord, Transaction } from "./app.ts";
import type { CallbackStep } from "./behaviours.ts";

export interface CallbackOverrides {
  fields: Arm["fields"];
  tamper: Arm["tamper"];
  isHeld: boolean;
}

const hexId = () => crypto.randomUUID().replaceAll("-", "");

const wrongAmount = (amount: number) => (amount > 1 ? amount - 1 : amount + 1);

const writeAmount = (amountTzs: number, step: CallbackStep): string | number => {
  if (step.shape === "numeric_amount") return amountTzs;
  return step.shape === "decimal_amount" ? `${amountTzs}.00` : String(amountTzs);
};

const fieldsOf = (app: App, transaction: Transaction, step: CallbackStep): Record<string, unknown> => {
  const { settings } = app;
  const transactionId = step.transaction === "same" ? transaction.transactionId : hexId();
  const amountTzs = Number(transaction.amount);
  const captured = {
    message: step.message,
    transactionstatus: step.status,
    operator: transaction.provider,
    reference: transactionId,
    externalreference: transactionId,
    utilityref: step.reference === "ours" ? transaction.externalId : hexId().slice(0, 26),
    amount: writeAmount(step.amount === "right" ? amountTzs : wrongAmount(amountTzs), step),
    transid: transactionId,
    msisdn: transaction.msisdn,
    mnoreference: crypto.randomUUID(),
  };
  if (step.shape === "minimal") return captured;
  const additionalProperties = transaction.additionalProperties ?? null;
  if (step.shape === "old") {
    const { msisdn, amount, message, utilityref, operator, reference, transactionstatus, mnoreference } = captured;
    const fspReferenceId = mnoreference;
    const old = { msisdn, amount, message, utilityref, operator, reference, transactionstatus };
    return { ...old, submerchantAcc: null, fspReferenceId, additionalProperties };
  }
  const credentials =
    step.shape === "null_credentials"
      ? { user: null, password: null, clientId: null }
      : {
          user: settings.callbackUser,
          password: settings.callbackPassword,
          clientId: settings.clientId,
        };
  return {
    ...captured,
    ...credentials,
    submerchantAcc: null,
    additionalProperties,
    signature: null,
  };
};

/** Four fields, in this order, nothing between them; a field that is missing contributes nothing. */
const signedText = (fields: Record<string, unknown>): string => {
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : "");
  return text("utilityref") + text("externalreference") + text("transactionstatus") + text("operator");
};

const makeBody = async (
  app: App,
  transaction: Transaction,
  step: CallbackStep,
  overrides: CallbackOverrides,
): Promise<string> => {
  if (step.rotatesKey) app.rotateKey();
  const fields = { ...fieldsOf(app, transaction, step), ...overrides.fields };
  if (app.settings.signCallbacks && step.signature !== "absent") {
    const text = signedText(fields);
    const key = await app.key();
    Object.assign(fields, {
      signature: await key.sign(step.signature === "valid" ? text : `${text}?`),
    });
  }
  return JSON.stringify({ ...fields, ...overrides.tamper });
};

const urlOf = ({ settings }: App, kind: CallbackRecord["kind"]): string | null =>
  kind === "checkout" ? settings.callbackUrl : settings.disbursementCallbackUrl;

/** Only 200 ends it; everything else is tried again with exponential backoff. */
const deliver = async (app: App, record: CallbackRecord, log: (line: string) => void): Promise<void> => {
  const { callbackTimeoutMs, retryBaseMs, retryLimit } = app.settings;
  const callbackUrl = urlOf(app, record.kind);
  if (!callbackUrl) return;
  for (let attempt = 0; attempt <= retryLimit && !app.stopped.aborted; attempt++) {
    const status = await post(app, callbackUrl, record, callbackTimeoutMs);
    log(`callback for ${record.externalId}, attempt ${attempt + 1}: ${status ?? "no answer"}`);
    if (status === 200) record.state = "delivered";
    else if (attempt === retryLimit) record.state = "given_up";
    app.changes.notify();
    if (record.state !== "pending") return;
    await app.pause(retryBaseMs * 2 ** attempt);
  }
};

const post = async (app: App, url: string, record: CallbackRecord, timeoutMs: number): Promise<number | null> => {
  const attempt: CallbackRecord["attempts"][number] = { atMs: app.now(), status: null, answer: "" };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: record.body,
      redirect: "manual",
      signal: AbortSignal.any([app.stopped, AbortSignal.timeout(timeoutMs)]),
    });
    attempt.status = response.status;
    attempt.answer = (await response.text()).slice(0, 500);
  } catch (error) {
    attempt.answer = error instanceof Error ? error.name : "error";
  }
  record.attempts.push(attempt);
  return attempt.status;
};

/** Makes one step's callbacks and starts their delivery. Resolves when each was tried once; repetitions go on. */
const runStep = async (
  app: App,
  transaction: Transaction,
  step: CallbackStep,
  overrides: CallbackOverrides,
  log: (line: string) => void,
): Promise<void> => {
  const body = await makeBody(app, transaction, step, overrides);
  const { externalId, transactionId } = transaction;
  transaction.outcome = step.status === "success" ? "success" : "failed";
  await send(app, { kind: "checkout", externalId, transactionId, body, copies: step.copies }, log);
};

/** Makes the copies of one body and starts their delivery. Resolves when each was tried once. */
export const send = async (
  app: App,
  made: Pick<CallbackRecord, "kind" | "externalId" | "transactionId" | "body"> & { copies: number },
  log: (line: string) => void,
): Promise<void> => {
  const { copies, ...callback } = made;
  const state = urlOf(app, callback.kind) ? "pending" : "kept";
  const records = Array.from({ length: copies }, (): CallbackRecord => {
    return { id: crypto.randomUUID(), ...callback, state, attempts: [] };
  });
  for (const record of records) app.addCallback(record);
  for (const record of records) void deliver(app, record, log);
  const longestWaitMs = app.settings.callbackTimeoutMs + 1_000;
  const wereTried = () => records.every((record) => record.state === "kept" || record.attempts.length > 0);
  await app.changes.until(() => (wereTried() ? true : null), longestWaitMs);
};

/** Sends the plan's callbacks one after the other, each once the one before it was tried. */
export const runPlan = async (
  app: App,
  transaction: Transaction,
  steps: CallbackStep[],
  overrides: CallbackOverrides,
  log: (line: string) => void,
): Promise<void> => {
  if (overrides.isHeld) await app.hold("before_callback", transaction.externalId);
  for (const step of steps) {
    if (app.stopped.aborted) return;
    await runStep(app, transaction, step, overrides, log);
  }
};
