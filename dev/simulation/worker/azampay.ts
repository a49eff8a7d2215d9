// AzamPay inside the simulation: the simulator's own application and endpoints, without its network. Callbacks are made and
// kept; when each one goes out, how often and in what order is the seed's. Keeps the truth: which money was really moved.
import { z } from "zod";
import { App } from "../../simulators/azampay/app.ts";
import { behaviours, payouts } from "../../simulators/azampay/behaviours.ts";
import { disburse, disbursementStatus, nameLookup } from "../../simulators/azampay/disbursements.ts";
import { bankCheckout, collectionStatus } from "../../simulators/azampay/collections.ts";
import {
  checkout,
  createFollow,
  generateToken,
  partners,
  publicKey,
  unauthorized,
} from "../../simulators/azampay/endpoints.ts";
import { AppSettings, defaultSettings, type Fault } from "../../simulators/azampay/settings.ts";
import type { Clock } from "../../../src/lib/clock.ts";
import type { Random } from "../random.ts";
import { microtasks } from "./native.ts";

/** Money that a customer's operator has really moved to the provider. */
export interface Captured {
  /** The provider's id of the transaction. */
  reference: string;
  /** What the merchant called it; of another when the provider mixed it up. */
  externalId: string;
  amountTzs: number;
}

export interface Outgoing {
  id: number;
  kind: "checkout" | "disbursement";
  body: string;
  /** Set when the callback tells of money that moved. */
  captured: Captured | null;
  deliveries: number;
}

const CallbackBody = z.object({
  transactionstatus: z.string(),
  utilityref: z.string(),
  amount: z.union([z.string(), z.number()]).transform(Number),
  reference: z.string(),
});

export const capturedOf = (body: string): Captured | null => {
  const read = CallbackBody.safeParse(JSON.parse(body));
  if (!read.success || read.data.transactionstatus !== "success") return null;
  return { reference: read.data.reference, externalId: read.data.utilityref, amountTzs: read.data.amount };
};

/** Making and signing one never leaves the isolate. */
const MICROTASKS_OF_A_CALLBACK = 100;
const say = (): void => {};
const never = new AbortController().signal;

const spoilt: readonly Fault[] = [
  "error",
  "bad_gateway",
  "empty",
  "html",
  "broken_json",
  "no_transaction_id",
  "hang",
  "throttled",
  "redirect",
];
const refusing: readonly Fault[] = ["refused", "invalid", "unauthorized", "not_found"];

export class SimulatedAzamPay {
  readonly app: App;
  /** By the provider's id. */
  readonly captured = new Map<string, Captured>();
  readonly outgoing: Outgoing[] = [];
  readonly #random: Random;
  readonly #follow = createFollow(say);
  #seenCallbacks = new Set<string>();
  #lastId = 0;

  constructor(settings: Partial<AppSettings>, clock: Clock, random: Random) {
    this.app = new App(
      AppSettings.parse({
        ...defaultSettings,
        ...settings,
        callbackUrl: null,
        disbursementCallbackUrl: null,
        callbackDelayMs: 0,
      }),
      clock,
      never,
    );
    this.#random = random;
  }

  /** How this request is met: nearly always as it should be. */
  script(path: string, isRough: boolean): void {
    const random = this.#random;
    if (path === "/AppRegistration/GenerateToken" && isRough && random.chance(0.3)) {
      this.app.arm(
        armed({ on: "token", answer: random.pick(["refused", "error", "unauthorized", "hang", "broken_json"]) }),
      );
    }
    if (path === "/azampay/mno/checkout") {
      const behaviour = random.chance(0.5) ? random.pick(behaviours) : "handset";
      const isSpoilt = random.chance(isRough ? 0.4 : 0.05);
      const isTaken = random.chance(0.6);
      const answer = random.pick(isTaken ? spoilt : [...spoilt, ...refusing]);
      this.app.arm(armed({ on: "checkout", behaviour, ...(isSpoilt ? { answer, accept: isTaken } : {}) }));
    }
    if (path === "/azampay/v1/public-key" && isRough && random.chance(0.3)) {
      this.app.arm(armed({ on: "public_key", answer: random.pick(["error", "not_found", "hang", "html"]) }));
    }
    if (path === "/api/v1/azampay/disburse") this.#scriptDisbursement(isRough);
    if (isRough && random.chance(0.02)) this.app.revokeTokens();
  }

  #scriptDisbursement(isRough: boolean): void {
    const random = this.#random;
    const payout = random.pick(["paid", ...payouts] as const);
    const isTaken = random.chance(0.6);
    const bad = isTaken ? spoilt : ([...spoilt, "refused", "expired", "invalid_bank", "unauthorized"] as const);
    const answer = random.weighted([
      [isRough ? 5 : 8, null],
      [isRough ? 4 : 1, random.pick(bad)],
      [2, "duplicate"],
    ] as const);
    // A gateway between us may have repeated the request itself; then the first answer we see is that it is a duplicate.
    const accept = isTaken || answer === "duplicate";
    this.app.arm(armed({ on: "disburse", payout, ...(answer === null ? {} : { answer, accept }) }));
  }

  async handle(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    const { app } = this;
    if (path === "/AppRegistration/GenerateToken") return generateToken(request, () => app);
    const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    if (!app.acceptsToken(token)) return unauthorized();
    switch (`${request.method} ${path}`) {
      case "POST /azampay/mno/checkout":
        return checkout(app, request, this.#follow.follow, say);
      case "POST /azampay/bank/checkout":
        return bankCheckout(app, request, this.#follow.follow, say);
      case "GET /api/v1/partner/gettransactionstatus":
        return collectionStatus(app, request);
      case "POST /api/v1/azampay/disburse":
        return disburse(app, request, say);
      case "POST /api/v1/azampay/namelookup":
        return nameLookup(app, request);
      case "GET /api/v1/azampay/transactionstatus":
        return disbursementStatus(app, request);
      case "GET /azampay/v1/public-key":
        return publicKey(app, request, "v1");
      case "GET /api/v1/Partner/GetPaymentPartners":
        return partners(app, request);
      default:
        return new Response("<html><body>404</body></html>", { status: 404 });
    }
  }

  /** Transactions whose prompt somebody can still act on. */
  prompts(): string[] {
    return this.app.transactions.flatMap(({ prompt, transactionId }) =>
      prompt === "waiting" || prompt === "ignored" ? [transactionId] : [],
    );
  }

  /** Resolves when the callbacks that follow are made. */
  async act(transactionId: string, action: "approve" | "refuse" | "ignore"): Promise<void> {
    this.#follow.act(this.app, transactionId, action);
    await microtasks(MICROTASKS_OF_A_CALLBACK);
  }

  /** Takes note of callbacks that were made since. */
  collect(): void {
    for (const { id, kind, body } of this.app.callbacks) {
      if (this.#seenCallbacks.has(id)) continue;
      this.#seenCallbacks.add(id);
      const captured = kind === "checkout" ? capturedOf(body) : null;
      if (captured) this.captured.set(captured.reference, captured);
      this.outgoing.push({ id: ++this.#lastId, kind, body, captured, deliveries: 0 });
    }
  }
}

type Armed = Parameters<App["arm"]>[0];
const armed = (arm: Partial<Armed>): Armed => ({
  on: "checkout",
  accept: false,
  hold: [],
  fields: {},
  tamper: {},
  times: 1,
  ...arm,
});
