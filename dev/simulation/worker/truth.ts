// What really happened, beside what the product believes: the money that moved at the provider, what was told and forged,
// prices that renters saw. The judge of the facts that Postgres alone cannot judge.
import { z } from "zod";
import { MINUTE_MS } from "../../../src/lib/clock.ts";
import { SAME_MOMENT_MS } from "../../../src/rentals/pricing-facts.ts";
import type { Captured, SimulatedAzamPay } from "./azampay.ts";
import type { Metal } from "./metal.ts";
import { judgePayOuts, WithdrawalFacts } from "./pay-outs.ts";

const tzs = z.int();
export const Facts = z.object({
  entry: z.int(),
  audit: z.int(),
  breaks: z.array(z.string()),
  credits: z.array(
    z.object({
      reference: z.string(),
      provider: z.string().nullable(),
      externalId: z.string().nullable(),
      amountTzs: tzs.nullable(),
      creditedTzs: tzs.nullable(),
    }),
  ),
  suspense: z.array(
    z.object({ provider: z.string().nullable(), amountTzs: tzs.nullable(), reason: z.string().nullable() }),
  ),
  bills: z.array(
    z.object({
      id: z.string(),
      startedAtMs: z.int(),
      endedAtMs: z.int(),
      recordedAtMs: z.int(),
      bankId: z.string(),
      stationId: z.string(),
      commandId: z.string().nullable(),
      eventKey: z.string().nullable(),
      totalTzs: tzs,
      vatTzs: tzs,
      receiptTzs: tzs.nullable(),
      bookedTzs: tzs,
      capTzs: tzs,
      isFree: z.boolean(),
      /** Of its last extension. */
      lastBoughtAtMs: z.int().nullable(),
    }),
  ),
  pending: z.array(
    z.object({ id: z.string(), status: z.string(), leaseExpiresAtMs: z.int().nullable(), lastActionAtMs: z.int() }),
  ),
  withdrawals: z.array(WithdrawalFacts),
  failedCallbacks: z.int(),
  unnumbered: z.int(),
  /** Of the oldest receipt that has no number. */
  unnumberedSinceMs: z.int().nullable(),
  /** Rentals that run, and where Postgres has each bank. */
  rented: z.array(z.object({ id: z.string(), bankId: z.string(), commandId: z.string().nullable(), dueAtMs: z.int() })),
  /** Rentals whose bank counts as lost. */
  lost: z.array(z.object({ id: z.string(), bankId: z.string(), commandId: z.string().nullable(), lostAtMs: z.int() })),
  places: z.array(
    z.object({ bankId: z.string(), place: z.string(), stationId: z.string().nullable(), slot: z.int().nullable() }),
  ),
});
export type Facts = z.infer<typeof Facts>;

/** No rental waits longer: the lease, then what the sweep takes; an eject nobody can explain, then the sweep. */
const AWAITING_MS = 2 * MINUTE_MS;
const DISPENSING_MS = 15 * MINUTE_MS;
/** An object's outbox asks again after so long at the latest. */
const OUTBOX_MS = 5 * MINUTE_MS;
/** Rounds in which everything worked; the first may only begin what the second ends. */
const ROUNDS = 2;

interface Sighting {
  atMs: number;
  totalTzs: number;
}

export interface Round {
  /** When it began, ms. */
  startedAtMs: number;
  /** Everything that was asked in it was answered, and no station was silent. */
  isHealthy: boolean;
}

export class Truth {
  /** Sent by somebody who is not the provider: reference and amount. */
  readonly forged = new Map<string, number>();
  readonly metal: Metal;
  /** Of the last step. */
  facts: Facts | null = null;
  /** What an act saw that must not be. */
  readonly seen: string[] = [];
  readonly #azampay: SimulatedAzamPay;
  /** By the provider's reference: where the money went. */
  readonly #placed = new Map<string, string>();
  readonly #told = new Map<string, Captured>();
  readonly #sightings = new Map<string, Sighting[]>();
  #healthyRounds: number[] = [];
  /** By our external id, as they were last seen. */
  readonly withdrawals = new Map<string, WithdrawalFacts>();

  constructor(azampay: SimulatedAzamPay, metal: Metal) {
    this.#azampay = azampay;
    this.metal = metal;
  }

  told(captured: Captured): void {
    this.#told.set(captured.reference, captured);
  }

  isCredited(reference: string): boolean {
    return this.#placed.get(reference)?.startsWith("payment:") ?? false;
  }

  sawRental(view: Record<string, unknown>, atMs: number): void {
    const price = view["price"] as { totalTzs: number } | null;
    if (view["status"] !== "active" || !price) return;
    const id = String(view["id"]);
    const seen = this.#sightings.get(id) ?? [];
    seen.push({ atMs, totalTzs: price.totalTzs });
    this.#sightings.set(id, seen);
  }

  /** A round has ended. */
  round({ startedAtMs, isHealthy }: Round, facts: Facts): string[] {
    if (!isHealthy) return [];
    this.#healthyRounds = [...this.#healthyRounds, startedAtMs].slice(-ROUNDS);
    const sinceMs = facts.unnumberedSinceMs;
    return sinceMs !== null && sinceMs < startedAtMs
      ? ["10: a receipt has no number after a round in which everything worked"]
      : [];
  }

  /** Everything that is wrong with what this step left behind. `troubledAtMs`: when something last went wrong. */
  judge(facts: Facts, troubledAtMs: number): string[] {
    this.facts = facts;
    this.#azampay.collect();
    const payOuts = judgePayOuts(this.#azampay, this.withdrawals, facts.withdrawals, (atMs) => this.#roundsSince(atMs));
    return [
      ...this.seen.splice(0),
      ...facts.breaks,
      ...payOuts,
      ...this.#money(facts),
      ...facts.bills.flatMap((bill) => this.#bill(bill)),
      ...this.#pending(facts),
      ...this.metal.judge(facts, (atMs) => this.#roundsSince(Math.max(atMs, troubledAtMs + OUTBOX_MS))),
    ];
  }

  #money(facts: Facts): string[] {
    const wrong: string[] = [];
    const place = (reference: string | null, where: string, amountTzs: number | null): void => {
      const captured = reference === null ? undefined : this.#azampay.captured.get(reference);
      const forgedTzs = reference === null ? undefined : this.forged.get(reference);
      if (reference === null || (!captured && forgedTzs === undefined))
        return void wrong.push(`3: ${where} has money that nobody paid`);
      const before = this.#placed.get(reference);
      if (before !== undefined && before !== where)
        wrong.push(`3: the money of ${reference} is in ${before} and in ${where}`);
      if (!captured && !where.startsWith("suspense")) wrong.push(`3: forged money is in ${where}`);
      if (amountTzs !== (captured?.amountTzs ?? forgedTzs))
        wrong.push(`3: ${where} has ${amountTzs}, and ${captured?.amountTzs ?? forgedTzs} was paid`);
      this.#placed.set(reference, where);
    };
    for (const credit of facts.credits) {
      place(credit.provider, credit.reference, credit.creditedTzs);
      if (credit.creditedTzs !== credit.amountTzs)
        wrong.push(`3: ${credit.reference} credits another amount than was asked`);
      const captured = credit.provider === null ? undefined : this.#azampay.captured.get(credit.provider);
      if (captured && captured.externalId !== credit.externalId)
        wrong.push(`3: ${credit.reference} has the money of another payment`);
    }
    for (const item of facts.suspense) place(item.provider, `suspense ${item.provider}`, item.amountTzs);
    if (facts.failedCallbacks === 0) {
      for (const reference of this.#told.keys())
        if (!this.#placed.has(reference)) wrong.push(`3: the money of ${reference} was told of, and is nowhere`);
    }
    return wrong;
  }

  #bill(bill: Facts["bills"][number]): string[] {
    const wrong: string[] = [];
    const { id, totalTzs, endedAtMs } = bill;
    if (bill.receiptTzs !== totalTzs)
      wrong.push(`8: the receipt of ${id} says ${bill.receiptTzs}, the bill ${totalTzs}`);
    if (bill.bookedTzs !== totalTzs) wrong.push(`8: ${bill.bookedTzs} was booked for ${id}, the bill says ${totalTzs}`);
    if (totalTzs > bill.capTzs) wrong.push(`8: the bill of ${id} is above the cap`);
    if (endedAtMs < bill.startedAtMs) wrong.push(`8: ${id} ended before it began`);
    if (endedAtMs > bill.recordedAtMs) wrong.push(`9: ${id} is billed to a time that has not come`);
    // An extension that was bought as the bank came back counts only where it saves money.
    const isGivenBack = (bill.lastBoughtAtMs ?? 0) >= endedAtMs - SAME_MOMENT_MS;
    for (const { atMs, totalTzs: seenTzs } of this.#sightings.get(id) ?? []) {
      const isBelow = isGivenBack && seenTzs > totalTzs;
      if (atMs === endedAtMs && seenTzs !== totalTzs && !isBelow)
        wrong.push(`8: ${id} cost ${seenTzs} when it ended, the bill says ${totalTzs}`);
      if (atMs < endedAtMs && seenTzs > totalTzs && !bill.isFree && !isBelow)
        wrong.push(`8: ${id} cost ${seenTzs} before its end, the bill says ${totalTzs}`);
      if (atMs > endedAtMs && seenTzs < totalTzs)
        wrong.push(`8: ${id} cost ${seenTzs} after its end, the bill says ${totalTzs}`);
    }
    return wrong;
  }

  #roundsSince(atMs: number): number {
    return this.#healthyRounds.filter((startedAtMs) => startedAtMs > atMs).length;
  }

  /** A state is too old when rounds in which everything worked have passed over it. */
  #pending(facts: Facts): string[] {
    return facts.pending.flatMap(({ id, status, leaseExpiresAtMs, lastActionAtMs }) => {
      const limitMs =
        status === "awaiting_payment"
          ? (leaseExpiresAtMs ?? lastActionAtMs) + AWAITING_MS
          : lastActionAtMs + DISPENSING_MS;
      return this.#roundsSince(limitMs) >= ROUNDS ? [`13: ${id} is ${status} and should not be any more`] : [];
    });
  }
}
