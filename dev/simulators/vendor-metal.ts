// Cabinets of other vendors as metal and mishaps: what both simulators of vendors share. Pure: time is handed in, nothing waits.
import { z } from "zod";
import { Cabinet, type SlotSeed } from "./station-cabinet.ts";
import { spoiltAnswers } from "./spoilt-answers.ts";

export const VendorArm = z.strictObject({
  /** Which calls it strikes; any when missing. */
  on: z.enum(["read", "eject", "other"]).optional(),
  /** The answer breaks. */
  answer: z.enum(spoiltAnswers).optional(),
  /** With `answer`: the call is carried out all the same. */
  accept: z.boolean().default(false),
  /** The vendor's own code in place of its word of success; nothing is carried out. */
  code: z.int().optional(),
  /** What the cabinet does with an eject: `late`: only when `carryOut` is called. */
  effect: z.enum(["out", "stays", "late", "other_slot"]).default("out"),
  /** A bank that left is shown for so long. */
  ghostMs: z.int().default(0),
  times: z.int().min(1).max(10_000).default(1),
});
export type VendorArm = z.output<typeof VendorArm>;

export interface VendorSeed {
  id: string;
  slots: SlotSeed[];
}

export class Metal {
  readonly cabinet: Cabinet;
  isOnline = true;
  constructor(seed: VendorSeed) {
    this.cabinet = new Cabinet(seed.slots);
  }
}

export class VendorMetal {
  readonly cabinets: ReadonlyMap<string, Metal>;
  /** Banks that came out, by command, late or by force. */
  readonly pocket: Set<string>;
  readonly #now: () => number;
  #arms: VendorArm[] = [];
  #late: { id: string; slot: number }[] = [];

  /** `pocket`: the hands that banks of other cabinets come into, too. */
  constructor(seeds: VendorSeed[], now: () => number, pocket = new Set<string>()) {
    this.#now = now;
    this.pocket = pocket;
    this.cabinets = new Map(seeds.map((seed) => [seed.id, new Metal(seed)]));
  }

  arm(arm: z.input<typeof VendorArm>): void {
    this.#arms.push(VendorArm.parse(arm));
  }

  get armed(): VendorArm[] {
    return this.#arms;
  }

  disarm(): void {
    this.#arms = [];
  }

  /** The mishap of this call; one of its times is over then. */
  strike(call: "read" | "eject" | "other"): VendorArm | null {
    const arm = this.#arms.find(({ on }) => on === undefined || on === call);
    if (!arm) return null;
    arm.times -= 1;
    if (arm.times === 0) this.#arms = this.#arms.filter((candidate) => candidate !== arm);
    return arm;
  }

  /** An eject that reached the cabinet; the bank that came out, null when none did. */
  eject(id: string, slot: number, arm: VendorArm | null): string | null {
    const metal = this.cabinets.get(id);
    if (!metal || arm?.effect === "stays") return null;
    if (arm?.effect === "late") {
      this.#late.push({ id, slot });
      return null;
    }
    const from = arm?.effect === "other_slot" ? (metal.cabinet.nextFull(slot) ?? slot) : slot;
    const ghostUntilMs = arm && arm.ghostMs > 0 ? this.#now() + arm.ghostMs : 0;
    const bank = metal.cabinet.remove(from, ghostUntilMs);
    if (bank !== null) this.pocket.add(bank);
    return bank;
  }

  /** What a vendor does with an order for every slot. */
  ejectAll(id: string): void {
    for (const { slot } of this.cabinets.get(id)?.cabinet.banks() ?? []) this.eject(id, slot, null);
  }

  /** Commands that lay somewhere are carried out, however old they are. */
  carryOut(): string[] {
    return this.#late.splice(0).flatMap(({ id, slot }) => this.eject(id, slot, null) ?? []);
  }

  /** A person puts a bank in; null: no free slot. */
  insert(id: string, powerBankId: string, slot?: number, chargePercent = 20): number | null {
    const { cabinet } = this.cabinets.get(id)!;
    const free = cabinet.freeSlot(slot);
    if (free === null) return null;
    cabinet.put(free, powerBankId, chargePercent);
    this.pocket.delete(powerBankId);
    return free;
  }

  report(id: string) {
    return this.cabinets.get(id)!.cabinet.report(this.#now());
  }
}
