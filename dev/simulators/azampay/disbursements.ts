// The provider's disbursement service: transfers with their checksum, name look-ups, status queries. An accepted transfer is
// made once per external id, whatever is asked afterwards.
import type { App, Arm } from "./app.ts";
import { payoutOf, type Payout } from "./behaviours.ts";
import { send } from "./callbacks.ts";
import { commonFault, readJson, type Say } from "./endpoints.ts";
import type { Fault } from "./settings.ts";
import { DisburseRequest, NameLookupRequest, validationProblem } from "./wire.ts";

export interface Disbursement {
  /** `pgReferenceId`. */
  transactionId: string;
  externalId: string;
  msisdn: string;
  bankName: string;
  recipient: string;
  amountTzs: number;
  payout: Payout;
  outcome: "pending" | "success" | "failed";
  atMs: number;
}

const spellings = {
  live: ["Yas", "Vodacom", "Airtel", "Halotel", "Azampesa", "Tpesa"],
  schema: ["tigo", "airtel", "azampesa"],
} as const;

const refused = (message: string, form: "status" | "statusCode" = "status"): Response =>
  Response.json({ success: false, pgReferenceId: null, message, [form]: 400 }, { status: 400 });

const EXPIRED = "Request expired";
const DUPLICATE = "Duplicate External Reference Id";
const INVALID_BANK = "Invalid BankName.";

const disburseFault = (
  app: App,
  fault: Fault,
  request: Request,
  message: string | undefined,
): Response | Promise<Response> => {
  switch (fault) {
    case "refused":
      return refused(message ?? "Transaction could not be processed");
    case "expired":
      return refused(EXPIRED);
    case "duplicate":
      return refused(DUPLICATE, "statusCode");
    case "invalid_bank":
      return refused(INVALID_BANK);
    case "no_transaction_id":
      return Response.json({
        pgReferenceId: null,
        message: "Your transaction is in process",
        success: true,
        statusCode: 200,
      });
    default:
      return commonFault(app, fault, request);
  }
};

const isSpelt = (app: App, bankName: string): boolean =>
  (spellings[app.settings.bankNames] as readonly string[]).includes(bankName);

const checksumText = ({ source, destination, transferDetails, externalReferenceId }: DisburseRequest): string =>
  [
    source.accountNumber,
    destination.accountNumber,
    destination.currency,
    transferDetails.amount,
    transferDetails.dateInEpoch,
    externalReferenceId,
  ].join("");

/** What is wrong with a transfer by the rules of the service, or null. */
const refusalOf = (app: App, body: DisburseRequest): Response | null => {
  const { sourceAccount, requestTtlSeconds } = app.settings;
  const ageSeconds = Math.abs(app.now() / 1_000 - body.transferDetails.dateInEpoch);
  if (!app.checksumKey().matches(body.checksum ?? "", checksumText(body))) return refused("Invalid checksum");
  if (ageSeconds > requestTtlSeconds) return refused(EXPIRED);
  if (!isSpelt(app, body.source.bankName) || !isSpelt(app, body.destination.bankName)) return refused(INVALID_BANK);
  if (body.source.accountNumber !== sourceAccount) return refused("Invalid source account");
  if (app.disbursements.some(({ externalId }) => externalId === body.externalReferenceId))
    return refused(DUPLICATE, "statusCode");
  return null;
};

/** `POST /api/v1/azampay/disburse`. */
export const disburse = async (app: App, request: Request, say: Say): Promise<Response> => {
  const body = await readJson(request);
  const named = (body ?? {}) as { externalReferenceId?: unknown; destination?: { accountNumber?: unknown } };
  const arm = app.take("disburse", { externalId: named.externalReferenceId, msisdn: named.destination?.accountNumber });
  const reference = String(named.externalReferenceId);
  if (arm?.hold.includes("before_accept")) await app.hold("before_accept", reference);
  if (arm?.answer && !arm.accept) return disburseFault(app, arm.answer, request, arm.message);

  const read = DisburseRequest.safeParse(body);
  if (!read.success) return validationProblem(read.error.issues);
  const refusal = refusalOf(app, read.data);
  if (refusal) return refusal;

  const { destination, transferDetails } = read.data;
  const disbursement: Disbursement = {
    transactionId: crypto.randomUUID().replaceAll("-", ""),
    externalId: reference,
    msisdn: destination.accountNumber,
    bankName: destination.bankName,
    recipient: destination.fullName,
    amountTzs: transferDetails.amount,
    payout: arm?.payout ?? payoutOf(destination.accountNumber),
    outcome: "pending",
    atMs: app.now(),
  };
  app.addDisbursement(disbursement);
  say(`disbursement of TZS ${disbursement.amountTzs} for ${reference} (${disbursement.payout})`);
  const tried = follow(app, disbursement, arm, say);
  if (arm?.hold.includes("after_accept")) await app.hold("after_accept", reference);
  if (disbursement.payout === "callback_before_answer") await tried;
  if (arm?.answer) return disburseFault(app, arm.answer, request, arm.message);
  const message = "Your transaction is in process";
  return Response.json({ pgReferenceId: disbursement.transactionId, message, success: true, statusCode: 200 });
};

interface Told {
  status: string;
  copies?: number;
  amountTzs?: number;
  externalId?: string;
}

const toldOf = ({ payout, amountTzs }: Disbursement): Told[] => {
  const paid = { status: "success" };
  const declined = { status: "failure" };
  switch (payout) {
    case "paid":
    case "callback_before_answer":
      return [paid];
    case "declined":
      return [declined];
    case "duplicate_callbacks":
      return [{ ...paid, copies: 3 }];
    case "success_after_failure":
      return [declined, paid];
    case "failure_after_success":
      return [paid, declined];
    case "wrong_amount":
      return [{ ...paid, amountTzs: amountTzs - 1 }];
    case "unknown_reference":
      return [{ ...paid, externalId: crypto.randomUUID().slice(0, 26) }];
    case "unknown_word":
      return [{ status: "processing" }];
    case "never_calls_back":
    case "held":
      return [];
  }
};

/** The callbacks of an accepted transfer, one after the other. `held` stays pending, everything else comes to an end. */
const follow = async (app: App, disbursement: Disbursement, arm: Arm | null, say: Say): Promise<void> => {
  if (disbursement.payout !== "callback_before_answer") await app.pause(app.settings.callbackDelayMs);
  if (arm?.hold.includes("before_callback")) await app.hold("before_callback", disbursement.externalId);
  const told = toldOf(disbursement);
  if (disbursement.payout !== "held") disbursement.outcome = told.at(-1)?.status === "failure" ? "failed" : "success";
  app.changes.notify();
  for (const { status, copies = 1, amountTzs = disbursement.amountTzs, externalId = disbursement.externalId } of told) {
    const body = JSON.stringify({
      initiatorReferenceId: externalId,
      fspReferenceId: crypto.randomUUID(),
      pgReferenceId: disbursement.transactionId,
      amount: String(amountTzs),
      status,
      message: status === "success" ? "Transaction completed successfully" : "Transaction failed",
      operator: disbursement.bankName,
      additionalProperties: {},
      ...arm?.fields,
      ...arm?.tamper,
    });
    const { externalId: ours, transactionId } = disbursement;
    await send(app, { kind: "disbursement", externalId: ours, transactionId, body, copies }, say);
  }
};

/** `POST /api/v1/azampay/namelookup`: every number has an owner but those that end in 99. */
export const nameLookup = async (app: App, request: Request): Promise<Response> => {
  const body = await readJson(request);
  const arm = app.take("name_lookup", { msisdn: (body as { accountNumber?: unknown } | undefined)?.accountNumber });
  if (arm?.answer && arm.answer !== "refused") return commonFault(app, arm.answer, request);
  const read = NameLookupRequest.safeParse(body);
  if (!read.success) return validationProblem(read.error.issues);
  const { bankName, accountNumber, checksum } = read.data;
  const told = { message: "Success", status: true, statusCode: 200, accountNumber, bankName };
  const unknown = (message: string) =>
    Response.json(
      { fname: null, lname: null, name: null, ...told, message, status: false, statusCode: 400 },
      { status: 400 },
    );
  if (!app.checksumKey().matches(checksum ?? "", bankName + accountNumber)) return unknown("Invalid checksum");
  if (!isSpelt(app, bankName)) return unknown(INVALID_BANK);
  if (arm?.answer === "refused" || accountNumber.endsWith("99")) return unknown("Account not found");
  switch (app.settings.nameForm) {
    case "documented":
      return Response.json({ fname: "ASHA", lname: "JUMA", name: "ASHA JUMA", ...told });
    case "test_host":
      return Response.json({ fName: "ASHA", lName: "JUMA", name: "ASHA JUMA", ...told });
    case "parts_only":
      return Response.json({ fName: "ASHA", lName: "JUMA", ...told });
  }
};

/** `GET /api/v1/azampay/transactionstatus`: `success` is said of the query. */
export const disbursementStatus = async (app: App, request: Request): Promise<Response> => {
  const query = new URL(request.url).searchParams;
  const pgReferenceId = query.get("pgReferenceId");
  const arm = app.take("disbursement_status");
  if (arm?.answer) return commonFault(app, arm.answer, request);
  const found = app.disbursements.find(({ transactionId }) => transactionId === pgReferenceId);
  if (!found) {
    const message = "Transaction not found";
    return Response.json({ data: null, message, success: false, statusCode: 404 }, { status: 404 });
  }
  const word = arm?.word ?? { pending: "pending", success: "success", failed: "failure" }[found.outcome];
  const told = { message: "Request completed", success: true, statusCode: 200 };
  switch (app.settings.statusForm) {
    case "published":
      return Response.json({ pgReferenceId, ...told });
    case "data":
      return Response.json({ data: word, ...told });
    case "status":
      return Response.json({
        pgReferenceId,
        initiatorReferenceId: found.externalId,
        amount: String(found.amountTzs),
        status: word,
        ...told,
      });
  }
};
