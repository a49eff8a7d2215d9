// What stations have said of their slots, for the rule that no bank is handed out which its station's last word calls unfit.
// A frame that was sent may have arrived although nobody answered: then either word may be the last one known.
import type { StationFrame } from "../../../durable-objects/protocol.ts";
import { defaultTerms } from "./settings.ts";

interface Word {
  boot: number;
  seq: number;
  bank: string | null;
  isUnfit: boolean;
  /** Of the step in which it was said. */
  step: number;
}

interface Said {
  slot: number;
  powerBankId: string | null;
  chargePercent: number | null;
  temperatureC?: number | null;
}

export class Words {
  /** By station and slot: the last word that surely arrived, and later ones that may have. */
  readonly #words = new Map<string, Word[]>();
  readonly #bootNumber: (bootId: string) => number;
  #step = 0;

  constructor(bootNumber: (bootId: string) => number) {
    this.#bootNumber = bootNumber;
  }

  nextStep(): void {
    this.#step++;
  }

  said(stationId: string, frames: readonly StationFrame[]): void {
    this.#each(stationId, frames, (key, word) => {
      this.#words.set(key, [...(this.#words.get(key) ?? []), word]);
    });
  }

  /** The server has acknowledged these. */
  took(stationId: string, frames: readonly StationFrame[]): void {
    this.#each(stationId, frames, (key, { boot, seq }) => {
      const isOlder = (word: Word): boolean => word.boot < boot || (word.boot === boot && word.seq < seq);
      this.#words.set(
        key,
        (this.#words.get(key) ?? []).filter((word) => !isOlder(word)),
      );
    });
  }

  /** Nobody can think that this bank is fit, and nobody could before this step. */
  isUnfit(stationId: string, slot: number, bank: string): boolean {
    const words = this.#words.get(`${stationId} ${slot}`) ?? [];
    return words.length > 0 && words.every((word) => word.isUnfit && word.bank === bank && word.step < this.#step);
  }

  #each(stationId: string, frames: readonly StationFrame[], act: (key: string, word: Word) => void): void {
    for (const frame of frames) {
      if (!("seq" in frame)) continue;
      const place = { boot: this.#bootNumber(frame.bootId), seq: frame.seq, step: this.#step };
      const slots: Said[] =
        frame.type === "inventory" ? frame.slots : frame.type === "slot" || frame.type === "returned" ? [frame] : [];
      for (const { slot, powerBankId: bank, chargePercent, temperatureC = null } of slots) {
        const isUnfit =
          (temperatureC ?? 0) > defaultTerms.maxTemperatureC || (chargePercent ?? 100) < defaultTerms.minChargePercent;
        act(`${stationId} ${slot}`, { ...place, bank, isUnfit });
      }
    }
  }
}
