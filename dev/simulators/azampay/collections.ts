// Collections beside the mobile prompt: bank checkout with a one-time password, and the status query that no published document
// has.
import type { App, Transaction } from "./app.ts";
import { behaviourOf } from "./behaviours.ts";
import {
  checkoutFault,
  commonFault,
  type Follow,
  INVALID_VENDOR,
  isJson,
  page,
  readJson,
  refusedCheckout,
  type Say,
} from "./endpoints.ts";
import { BankCheckoutRequest, validationProblem } from "./wire.ts";

/** `POST /azampay/bank/checkout`: the one-time password is the customer's consent, so nobody has to act on a handset. */
export const bankCheckout = async (app: App, request: Request, follow: Follow, say: Say): Promise<Response> => {
  const body = await readJson(request);
  const named = (body ?? {}) as { referenceId?: unknown; merchantMobileNumber?: unknown };
  const arm = app.take("bank_checkout", { externalId: named.referenceId, msisdn: named.merchantMobileNumber });
  if (arm?.answer && !arm.accept) return checkoutFault(app, arm.answer, request, arm.message);

  if (!isJson(request)) return new Response(null, { status: 415 });
  const read = BankCheckoutRequest.safeParse(body);
  if (!read.success) return validationProblem(read.error.issues);
  const { apiKey, requireApiKey, bankOtp, bankForm } = app.settings;
  if (requireApiKey && request.headers.get("x-api-key") !== apiKey) return refusedCheckout(INVALID_VENDOR);
  if (read.data.otp !== bankOtp) return refusedCheckout("Invalid OTP");

  const { merchantMobileNumber: accountNumber, amount, provider, referenceId, additionalProperties } = read.data;
  const behaviour = arm?.behaviour ?? behaviourOf(accountNumber);
  const transaction: Transaction = {
    transactionId: crypto.randomUUID().replaceAll("-", ""),
    externalId: referenceId ?? "",
    msisdn: accountNumber,
    amount: String(amount),
    provider,
    additionalProperties,
    behaviour: behaviour === "handset" ? "approve" : behaviour,
    prompt: "scripted",
    outcome: "pending",
    atMs: app.now(),
  };
  app.addTransaction(transaction);
  say(`bank ${provider}: TZS ${amount} for ${transaction.externalId} (${transaction.behaviour})`);
  const tried = follow(app, transaction, arm);
  if (transaction.behaviour === "callback_before_answer") await tried;
  if (arm?.answer) return checkoutFault(app, arm.answer, request, arm.message);
  const { transactionId } = transaction;
  if (bankForm === "properties") {
    return Response.json({
      success: true,
      msg: "Transaction is in process",
      data: { properties: { ReferenceID: transactionId } },
    });
  }
  return Response.json({
    transactionId,
    message: "Your request has been received and is being processed.",
    success: true,
  });
};

/** `GET /api/v1/partner/gettransactionstatus`: success is said of the query, the word is in `data`. */
export const collectionStatus = async (app: App, request: Request): Promise<Response> => {
  const query = new URL(request.url).searchParams;
  const arm = app.take("collection_status");
  if (arm?.answer) return commonFault(app, arm.answer, request);
  if (!app.settings.hasCollectionStatus) return page(404, "Not Found");
  const found = app.transactions.find((each) => each.transactionId === query.get("transactionId"));
  if (!found) {
    const message = "Transaction not found";
    return Response.json({ data: null, message, success: false, statusCode: 404 }, { status: 404 });
  }
  const data = arm?.word ?? found.outcome;
  return Response.json({ data, success: true, statusCode: 200, message: "Request completed" });
};
