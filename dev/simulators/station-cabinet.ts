// The metal: what is in which slot, and what its sensors say of it.
import type { SlotReport } from "../../durable-objects/protocol.ts";

export interface SlotSeed {
  slot: number;
  powerBankId?: string;
  chargePercent?: number;
  temperatureC?: number;
  state?: SlotReport["state"];
  locked?: boolean;
  fault?: string;
}

interface Slot {
  slot: number;
  powerBankId: string | null;
  chargePercent: number;
  temperatureC: number;
  /** What the slot says of itself while something is in it. */
  state: SlotReport["state"];
  locked: boolean;
  fault: string | null;
  /** A bank that left and is still shown. */
  ghost: { powerBankId: string; untilMs: number } | null;
}

export class Cabinet {
  readonly #slots: Map<number, Slot>;

  constructor(seeds: SlotSeed[]) {
    this.#slots = new Map(
      seeds.map((seed) => [
        seed.slot,
        {
          slot: seed.slot,
          powerBankId: seed.powerBankId ?? null,
          chargePercent: seed.chargePercent ?? 100,
          temperatureC: seed.temperatureC ?? 30,
          state: seed.state ?? "ok",
          locked: seed.locked ?? false,
          fault: seed.fault ?? null,
          ghost: null,
        },
      ]),
    );
  }

  get size(): number {
    return this.#slots.size;
  }

  bankIn(slot: number): string | null {
    return this.#slots.get(slot)?.powerBankId ?? null;
  }

  banks(): { slot: number; powerBankId: string; chargePercent: number }[] {
    return [...this.#slots.values()].flatMap(({ slot, powerBankId, chargePercent }) =>
      powerBankId === null ? [] : [{ slot, powerBankId, chargePercent }],
    );
  }

  /** The slot if it is free, else any free one; null when there is none. */
  freeSlot(wanted?: number): number | null {
    const isFree = (slot: Slot): boolean => slot.powerBankId === null && !slot.locked;
    if (wanted !== undefined) return this.#slots.has(wanted) && isFree(this.#slots.get(wanted)!) ? wanted : null;
    return [...this.#slots.values()].find(isFree)?.slot ?? null;
  }

  nextFull(but: number): number | null {
    return this.banks().find((bank) => bank.slot !== but)?.slot ?? null;
  }

  put(slot: number, powerBankId: string, chargePercent: number): void {
    Object.assign(this.#slots.get(slot)!, { powerBankId, chargePercent, temperatureC: 30, ghost: null });
  }

  /** Takes the bank out; it is shown until `ghostUntilMs`. Null when there is none. */
  remove(slot: number, ghostUntilMs = 0): string | null {
    const found = this.#slots.get(slot);
    const bank = found?.powerBankId ?? null;
    if (!found || bank === null) return null;
    found.powerBankId = null;
    found.ghost = ghostUntilMs > 0 ? { powerBankId: bank, untilMs: ghostUntilMs } : null;
    return bank;
  }

  setLocked(slot: number, locked: boolean): void {
    const found = this.#slots.get(slot);
    if (found) found.locked = locked;
  }

  heat(slot: number): void {
    this.#slots.get(slot)!.temperatureC = 60;
  }

  cool(slot: number): void {
    this.#slots.get(slot)!.temperatureC = 30;
  }

  /** Charges what is in the slots; a driver calls it as time passes. */
  charge(percent: number): void {
    for (const slot of this.#slots.values()) slot.chargePercent = Math.min(100, slot.chargePercent + percent);
  }

  shows(slot: number, nowMs: number): boolean {
    return this.reportOne(slot, nowMs).powerBankId !== null;
  }

  reportOne(number: number, nowMs: number): SlotReport {
    const slot = this.#slots.get(number)!;
    const shown = slot.powerBankId ?? (slot.ghost && nowMs < slot.ghost.untilMs ? slot.ghost.powerBankId : null);
    return {
      slot: slot.slot,
      state: shown === null ? "empty" : slot.state,
      powerBankId: shown,
      chargePercent: shown === null ? null : slot.chargePercent,
      millivolts: shown === null ? null : 3_700 + slot.chargePercent * 5,
      temperatureC: shown === null ? null : slot.temperatureC,
      locked: slot.locked,
      fault: slot.fault,
      rawCode: null,
    };
  }

  report(nowMs: number): SlotReport[] {
    return [...this.#slots.keys()].map((slot) => this.reportOne(slot, nowMs));
  }
}
