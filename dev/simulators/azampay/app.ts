// The state of one merchant application: its tokens, key, armed faults, holds, transactions and callbacks. In memory only.
import { z } from "zod";
import type { Clock } from "../../../src/lib/clock.ts";
import { toBase64Url, utf8 } from "../../../src/lib/bytes.ts";
import { behaviours, type Behaviour, type HandsetAction, payouts } from "./behaviours.ts";
import { createChanges, pause, type Changes } from "./changes.ts";
import type { Disbursement } from "./disbursements.ts";
import { checksumKey, createSigningKey, type ChecksumKey, type SigningKey } from "./keys.ts";
import { endpoints, faults, holdPoints, type AppSettings, type Endpoint, type HoldPoint } from "./settings.ts";

export const Arm = z.strictObject({
  on: z.enum(endpoints).default("checkout"),
  /** Without either, the next request whatever it names. */
  externalId: z.string().optional(),
  msisdn: z.string().optional(),
  answer: z.enum(faults).optional(),
  /** The text of a refused checkout. */
  message: z.string().optional(),
  /** With `answer`: the request is accepted all the same, only its answer is spoilt. */
  accept: z.boolean().default(false),
  behaviour: z.enum(behaviours).optional(),
  /** What becomes of a disbursement. */
  payout: z.enum(payouts).optional(),
  /** With a status query: the word it answers. */
  word: z.string().optional(),
  hold: z.array(z.enum(holdPoints)).default([]),
  /** Members of the callback to replace before, and after, it is signed. */
  fields: z.record(z.string(), z.unknown()).default({}),
  tamper: z.record(z.string(), z.unknown()).default({}),
  times: z.int().min(1).max(10_000).default(1),
});
export type Arm = z.infer<typeof Arm>;

export interface Transaction {
  transactionId: string;
  externalId: string;
  msisdn: string;
  amount: string;
  provider: string;
  additionalProperties: unknown;
  behaviour: Behaviour;
  /** Of the handset: `scripted` when nobody has to act. */
  prompt: "waiting" | "approved" | "refused" | "ignored" | "scripted";
  /** What a status query would say. */
  outcome: "pending" | "success" | "failed";
  atMs: number;
}

export interface CallbackAttempt {
  atMs: number;
  /** HTTP status, or null when nothing answered. */
  status: number | null;
  answer: string;
}

export interface CallbackRecord {
  id: string;
  kind: "checkout" | "disbursement";
  /** Ours, also when the body names another. */
  externalId: string;
  transactionId: string;
  body: string;
  /** `kept`: there is no URL to send it to. */
  state: "kept" | "pending" | "delivered" | "given_up";
  attempts: CallbackAttempt[];
}

export interface Hold {
  id: string;
  point: HoldPoint;
  externalId: string;
  isReleased: boolean;
}

const HISTORY = 2_000;

export class App {
  settings: AppSettings;
  readonly stopped: AbortSignal;
  readonly changes: Changes;
  readonly transactions: Transaction[] = [];
  readonly disbursements: Disbursement[] = [];
  readonly callbacks: CallbackRecord[] = [];
  readonly holds: Hold[] = [];
  readonly counters = new Map<string, number>();
  #arms: Arm[] = [];
  #tokens = new Map<string, number>();
  #key: Promise<SigningKey> | null = null;
  #clock: Clock;
  #clockOffsetMs = 0;

  constructor(settings: AppSettings, clock: Clock, stopped: AbortSignal) {
    this.settings = settings;
    this.stopped = stopped;
    this.changes = createChanges(stopped);
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.#clockOffsetMs;
  }

  advance(byMs: number): void {
    this.#clockOffsetMs += byMs;
  }

  count(path: string): void {
    this.counters.set(path, (this.counters.get(path) ?? 0) + 1);
  }

  issueToken(): { accessToken: string; expiresAtMs: number } {
    const expiresAtMs = this.now() + this.settings.tokenTtlSeconds * 1_000;
    const part = (value: unknown) => toBase64Url(utf8(JSON.stringify(value)));
    const claims = {
      clientId: this.settings.clientId,
      jti: crypto.randomUUID(),
      exp: Math.floor(expiresAtMs / 1_000),
    };
    const signature = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
    const accessToken = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}.${signature}`;
    this.#tokens.set(accessToken, expiresAtMs);
    return { accessToken, expiresAtMs };
  }

  /** Revoked and expired tokens are still this application's: the request counts here and is answered 401. */
  knowsToken(token: string): boolean {
    return this.#tokens.has(token);
  }

  acceptsToken(token: string): boolean {
    return (this.#tokens.get(token) ?? 0) > this.now();
  }

  revokeTokens(): void {
    for (const token of this.#tokens.keys()) this.#tokens.set(token, 0);
  }

  key(): Promise<SigningKey> {
    return (this.#key ??= createSigningKey());
  }

  /** The key that merchants encrypt their checksums to; they get its public half by e-mail. */
  checksumKey(): ChecksumKey {
    return checksumKey();
  }

  rotateKey(): void {
    this.#key = createSigningKey();
  }

  arm(arm: Arm): void {
    this.#arms.push({ ...arm });
  }

  disarm(): void {
    this.#arms = [];
  }

  /** The first armed script for this request; each is good for its `times`. */
  take(on: Endpoint, request: { externalId?: unknown; msisdn?: unknown } = {}): Arm | null {
    const arm = this.#arms.find(
      (candidate) =>
        candidate.on === on &&
        (candidate.externalId === undefined || candidate.externalId === request.externalId) &&
        (candidate.msisdn === undefined || candidate.msisdn === request.msisdn),
    );
    if (!arm) return null;
    arm.times -= 1;
    if (arm.times === 0) this.#arms.splice(this.#arms.indexOf(arm), 1);
    return arm;
  }

  /** Stays until somebody releases it, or the simulator stops. */
  async hold(point: HoldPoint, externalId: string): Promise<void> {
    const hold: Hold = { id: crypto.randomUUID(), point, externalId, isReleased: false };
    keep(this.holds, hold);
    this.changes.notify();
    while (!hold.isReleased && !this.stopped.aborted) {
      await this.changes.until(() => (hold.isReleased ? true : null), 60_000);
    }
  }

  addTransaction(transaction: Transaction): void {
    keep(this.transactions, transaction);
    this.changes.notify();
  }

  addDisbursement(disbursement: Disbursement): void {
    keep(this.disbursements, disbursement);
    this.changes.notify();
  }

  addCallback(record: CallbackRecord): void {
    keep(this.callbacks, record);
    this.changes.notify();
  }

  /** Answers the transaction whose prompt was acted on, or null when there is none that still can be. */
  act(transactionId: string, action: HandsetAction): Transaction | null {
    const transaction = this.transactions.find((candidate) => candidate.transactionId === transactionId);
    // A prompt that was ignored can still be found and answered: the late PIN.
    if (!transaction || (transaction.prompt !== "waiting" && transaction.prompt !== "ignored")) return null;
    transaction.prompt = ({ approve: "approved", refuse: "refused", ignore: "ignored" } as const)[action];
    this.changes.notify();
    return transaction;
  }

  pause(delayMs: number): Promise<void> {
    return pause(delayMs, this.stopped);
  }
}

const keep = <T>(list: T[], item: T): void => {
  list.push(item);
  if (list.length > HISTORY) list.shift();
};
