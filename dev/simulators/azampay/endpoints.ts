// The provider's authenticator and checkout services, as far as a collection needs them.
import type { App, Arm, Transaction } from "./app.ts";
import { behaviourOf, planOf, planOfAction, type HandsetAction } from "./behaviours.ts";
import { runPlan, type CallbackOverrides } from "./callbacks.ts";
import type { Fault } from "./settings.ts";
import { CheckoutRequest, problem, TokenRequest, validationProblem } from "./wire.ts";

export type Say = (line: string) => void;

export const unauthorized = () =>
  Response.json({ status: "Error", message: "Please Provide Valid Authorization" }, { status: 401 });

export const page = (status: number, title: string) =>
  new Response(`<html><head><title>${status} ${title}</title></head><body><h1>${title}</h1></body></html>`, {
    status,
    headers: { "content-type": "text/html" },
  });

/** Never answers; ends only with the connection or the simulator. */
const hang = (app: App) =>
  new Promise<Response>((resolve) => {
    const end = () => resolve(new Response(null, { status: 500 }));
    if (app.stopped.aborted) end();
    else app.stopped.addEventListener("abort", end);
  });

/** The faults that look alike on every endpoint. */
export const commonFault = async (app: App, fault: Fault, request: Request): Promise<Response> => {
  switch (fault) {
    case "unauthorized":
      return unauthorized();
    case "bad_gateway":
      return page(502, "Bad Gateway");
    case "empty":
      return new Response(null, { status: 200 });
    case "html":
      return page(200, "Welcome");
    case "broken_json":
      return new Response('{"transactionId":"b85e9719818', {
        headers: { "content-type": "application/json" },
      });
    case "not_found":
      return page(404, "Not Found");
    case "redirect":
      return new Response(null, { status: 307, headers: { location: request.url } });
    case "throttled":
      return page(429, "Too Many Requests");
    case "hang":
      return hang(app);
    default:
      return new Response(null, { status: 500 });
  }
};

export const readJson = async (request: Request): Promise<unknown> => {
  try {
    return await request.json();
  } catch {
    return undefined;
  }
};

export const isJson = (request: Request) =>
  request.headers.get("content-type")?.toLowerCase().startsWith("application/json");

/** `POST /AppRegistration/GenerateToken`. `find` answers the application that the body names, if any. */
export const generateToken = async (request: Request, find: (clientId: unknown) => App): Promise<Response> => {
  const body = await readJson(request);
  const app = find((body as { clientId?: unknown } | undefined)?.clientId);
  app.count("token");
  const refused = () => {
    const message = "Provided detail is not valid for this app or secret key has been expired";
    return Response.json({ data: null, message, success: false, statusCode: 423 }, { status: 423 });
  };
  const fault = app.take("token")?.answer;
  if (fault === "refused") return refused();
  if (fault === "error") {
    const failed = {
      data: null,
      message: "Internal Server Error",
      success: false,
      statusCode: 500,
    };
    return Response.json(failed, { status: 500 });
  }
  if (fault === "invalid") return problem({ ClientSecret: ["The ClientSecret field is required."] });
  if (fault) return commonFault(app, fault, request);

  if (!isJson(request)) return new Response(null, { status: 415 });
  const read = TokenRequest.safeParse(body);
  if (!read.success) return validationProblem(read.error.issues, (field) => field[0]!.toUpperCase() + field.slice(1));
  const { appName, clientId, clientSecret } = app.settings;
  const { data } = read;
  if (data.clientId !== clientId || data.appName !== appName || data.clientSecret !== clientSecret) return refused();

  const { accessToken, expiresAtMs } = app.issueToken();
  const expire = new Date(expiresAtMs).toISOString();
  const ends = {
    zone: { expire },
    no_zone: { expire: expire.slice(0, -1) },
    expireAt: { expireAt: expire },
    absent: {},
  };
  const answer = { accessToken, ...ends[app.settings.expireForm] };
  return Response.json({
    data: answer,
    message: "Token generated successfully",
    success: true,
    statusCode: 200,
  });
};

/** `GET {checkout}/azampay/v1/public-key?format=Pem|Xml` and `GET {auth}/api/Token/PublicKey`. */
export const publicKey = async (app: App, request: Request, path: "v1" | "token"): Promise<Response> => {
  const fault = app.take("public_key")?.answer;
  if (fault) return commonFault(app, fault, request);
  if (app.settings.publicKeyPaths !== "both" && app.settings.publicKeyPaths !== path) return page(404, "Not Found");
  const key = await app.key();
  if (path === "token") return new Response(key.pem, { headers: { "content-type": "text/plain" } });
  const format = new URL(request.url).searchParams.get("format") === "Xml" ? "Xml" : "Pem";
  return Response.json({ success: true, format, publicKey: format === "Xml" ? key.xml : key.pem });
};

/** `GET /api/v1/Partner/GetPaymentPartners`: a bare array. */
export const partners = async (app: App, request: Request): Promise<Response> => {
  const fault = app.take("partners")?.answer;
  if (fault) return commonFault(app, fault, request);
  const names: [string, number][] = [
    ["Azampesa", 5],
    ["HaloPesa", 4],
    ["Tigopesa", 2],
    ["Airtel", 3],
    ["vodacom", 10],
  ];
  const list = names.map(([partnerName, provider]) => ({
    logoUrl: `https://example.invalid/${partnerName.toLowerCase()}.png`,
    partnerName,
    provider,
    vendorName: app.settings.appName,
    paymentVendorId: crypto.randomUUID(),
    paymentPartnerId: crypto.randomUUID(),
    currency: "TZS",
  }));
  return Response.json(list);
};

export const refusedCheckout = (message: string) =>
  Response.json({ success: false, transactionId: "null", message, messageCode: 1_000 });

export const INVALID_VENDOR = "Your request could not be initiated. Please contact system admin. Invalid Vendor";

export const checkoutFault = (
  app: App,
  fault: Fault,
  request: Request,
  message = INVALID_VENDOR,
): Response | Promise<Response> => {
  if (fault === "refused") return refusedCheckout(message);
  if (fault === "invalid") {
    return problem({
      amount: ["Amount Must be valid"],
      accountNumber: ["Account Number must be valid"],
    });
  }
  if (fault === "no_transaction_id") {
    return Response.json({
      success: true,
      message: "Your request has been received and is being processed.",
    });
  }
  return commonFault(app, fault, request);
};

const accept = (app: App, body: CheckoutRequest, arm: Arm | null): Transaction => {
  const behaviour = arm?.behaviour ?? behaviourOf(body.accountNumber);
  const transaction: Transaction = {
    transactionId: crypto.randomUUID().replaceAll("-", ""),
    externalId: body.externalId,
    msisdn: body.accountNumber,
    amount: String(body.amount),
    provider: body.provider,
    additionalProperties: body.additionalProperties,
    behaviour,
    prompt: behaviour === "handset" ? "waiting" : "scripted",
    outcome: "pending",
    atMs: app.now(),
  };
  app.addTransaction(transaction);
  return transaction;
};

/** `POST /azampay/mno/checkout`. */
export const checkout = async (app: App, request: Request, follow: Follow, say: Say): Promise<Response> => {
  const body = await readJson(request);
  const named = (body ?? {}) as { externalId?: unknown; accountNumber?: unknown };
  const arm = app.take("checkout", { externalId: named.externalId, msisdn: named.accountNumber });
  const reference = String(named.externalId);
  if (arm?.hold.includes("before_accept")) await app.hold("before_accept", reference);
  if (arm?.answer && !arm.accept) return checkoutFault(app, arm.answer, request, arm.message);

  if (!isJson(request)) return new Response(null, { status: 415 });
  const read = CheckoutRequest.safeParse(body);
  if (!read.success) return validationProblem(read.error.issues);
  const { apiKey, requireApiKey } = app.settings;
  if (requireApiKey && request.headers.get("x-api-key") !== apiKey) return refusedCheckout(INVALID_VENDOR);

  const transaction = accept(app, read.data, arm);
  say(`prompt to ${transaction.msisdn}: TZS ${transaction.amount} for ${reference} (${transaction.behaviour})`);
  const tried = follow(app, transaction, arm);
  if (arm?.hold.includes("after_accept")) await app.hold("after_accept", reference);
  if (transaction.behaviour === "callback_before_answer") await tried;
  if (arm?.answer) return checkoutFault(app, arm.answer, request, arm.message);
  const message = "Your request has been received and is being processed.";
  return Response.json({ transactionId: transaction.transactionId, message, success: true });
};

export type Follow = (app: App, transaction: Transaction, arm: Arm | null) => Promise<void>;

/** What an accepted request leads to: the script of the number, or the act of whoever holds the handset. */
export const createFollow = (
  say: Say,
): { follow: Follow; act: (app: App, id: string, action: HandsetAction) => boolean } => {
  const armed = new WeakMap<Transaction, CallbackOverrides>();
  const run = async (app: App, transaction: Transaction, action: HandsetAction | null): Promise<void> => {
    const overrides = armed.get(transaction) ?? { fields: {}, tamper: {}, isHeld: false };
    const { behaviour } = transaction;
    const steps = behaviour === "handset" ? planOfAction(action ?? "ignore") : planOf(behaviour);
    if (behaviour !== "callback_before_answer") await app.pause(app.settings.callbackDelayMs);
    await runPlan(app, transaction, steps, overrides, say);
  };
  const act = (app: App, id: string, action: HandsetAction): boolean => {
    const transaction = app.act(id, action);
    if (!transaction) return false;
    say(`handset ${transaction.msisdn}: ${action} ${transaction.externalId}`);
    void run(app, transaction, action);
    return true;
  };
  const follow: Follow = async (app, transaction, arm) => {
    const isHeld = arm?.hold.includes("before_callback") ?? false;
    if (arm) armed.set(transaction, { fields: arm.fields, tamper: arm.tamper, isHeld });
    if (transaction.behaviour !== "handset") return run(app, transaction, null);
    if (app.settings.mode === "handset") return;
    await app.pause(app.settings.callbackDelayMs);
    if (transaction.prompt === "waiting") act(app, transaction.transactionId, "approve");
  };
  return { follow, act };
};
