// How a screen is put together: 160 septets at the most, so that every handset and every operator shows it whole.
import type { Config } from "../config.ts";
import type { ErrorCode } from "../errors.ts";
import type { Locale } from "../lib/i18n.ts";
import { smsLength, toGsm7 } from "../messages/gsm7.ts";
import type { WalletProvider } from "../providers/ports.ts";
import type { RentalRecord } from "../rentals/service.ts";
import type { Caller } from "./repository.ts";
import { type Words, words } from "./words.ts";

export const SCREEN_SEPTETS = 160;

export interface Screen {
  text: string;
  isEnd: boolean;
}

/** What came of what is done at a place. */
export type Outcome =
  | { kind: "refused"; code: ErrorCode }
  /** `promptTzs`: what the phone will be asked for, where it is. */
  | { kind: "rental"; rental: RentalRecord; promptTzs: number | null }
  | { kind: "amount"; amountTzs: number }
  | { kind: "done" };

/** What there is to know beside the place. */
export interface View {
  caller: Caller;
  locale: Locale;
  nowMs: number;
  /** Whose wallet the number's prefix suggests. */
  usual: WalletProvider;
  /** Where the terms are, without a scheme. */
  host: string;
  minTzs: number;
  feeTzs: number;
  /** What a gateway had kept of this session is gone. */
  isRestarted: boolean;
  isMistaken: boolean;
  outcome: Outcome | null;
}

/** What everybody is told who asks for nothing in particular. */
export const viewOf = (
  config: Pick<Config, "WITHDRAWAL_MIN_TZS" | "WITHDRAWAL_FEE_TZS" | "PUBLIC_BASE_URL">,
  who: Pick<View, "caller" | "locale" | "nowMs" | "usual">,
): View => ({
  ...who,
  host: config.PUBLIC_BASE_URL.replace(/^https?:\/\/|\/$/g, ""),
  minTzs: config.WITHDRAWAL_MIN_TZS,
  feeTzs: config.WITHDRAWAL_FEE_TZS,
  isRestarted: false,
  isMistaken: false,
  outcome: null,
});

export const say = (view: View): Words => words[view.locale];

const NAMES: Record<WalletProvider, string> = {
  mpesa: "M-Pesa",
  airtel: "Airtel Money",
  tigo: "Mixx by Yas",
  halopesa: "HaloPesa",
  azampesa: "AzamPesa",
};
export const networkName = (provider: WalletProvider): string => NAMES[provider];

const septets = (text: string): number => smsLength(text).units;

/** Writes a name into what room the rest of the screen leaves; a letter of it shows what stands around it. */
export const withName = (name: string, build: (name: string) => Screen): Screen =>
  build(toGsm7(name, Math.max(0, SCREEN_SEPTETS + 1 - septets(build("x").text))));

/** A screen that waits for an input; null lines are left out. A mistake is named where there is room for it. */
export const ask = (view: View, ...lines: (string | null)[]): Screen => {
  const text = lines.filter((line) => line !== null && line !== "").join("\n");
  const note = view.isMistaken ? say(view).mistaken : view.isRestarted ? say(view).restarted : null;
  const noted = note === null ? text : `${note}\n${text}`;
  return { text: septets(noted) <= SCREEN_SEPTETS ? noted : text, isEnd: false };
};

export const end = (text: string): Screen => ({ text, isEnd: true });
