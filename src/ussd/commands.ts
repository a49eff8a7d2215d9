// What a text message asks for: a word in either language, and a number. Pure; capitals, accents of autocorrection and a missing space do
// not matter. What is not understood is a question for help.
import type { Locale } from "../lib/i18n.ts";

export type Command =
  | { kind: "rent"; stationCode: string; locale: Locale }
  | { kind: "rent_nowhere"; locale: Locale }
  | { kind: "status" | "extend" | "balance" | "help"; locale: Locale }
  /** The reply to a text of ours that asked for one. */
  | { kind: "reply"; code: string; locale: Locale };

const WORDS: Record<string, { kind: Command["kind"]; locale: Locale }> = {
  KODI: { kind: "rent", locale: "sw" },
  KODISHA: { kind: "rent", locale: "sw" },
  HALI: { kind: "status", locale: "sw" },
  ONGEZA: { kind: "extend", locale: "sw" },
  SALIO: { kind: "balance", locale: "sw" },
  MSAADA: { kind: "help", locale: "sw" },
  NDIYO: { kind: "reply", locale: "sw" },
  NDIO: { kind: "reply", locale: "sw" },
  RENT: { kind: "rent", locale: "en" },
  STATUS: { kind: "status", locale: "en" },
  EXTEND: { kind: "extend", locale: "en" },
  BALANCE: { kind: "balance", locale: "en" },
  HELP: { kind: "help", locale: "en" },
  YES: { kind: "reply", locale: "en" },
};

const STATION_CODE = /^[0-9]{4,6}$/;
const REPLY_CODE = /^[0-9]{4}$/;

export const readCommand = (text: string): Command => {
  const [, head = "", digits = ""] = /^\s*([\p{L}]*)[^\p{L}\p{N}]*([0-9]*)/u.exec(text.normalize("NFKC")) ?? [];
  const word = WORDS[head.toUpperCase()];
  const locale = word?.locale ?? "sw";
  if (head === "" && REPLY_CODE.test(digits)) return { kind: "reply", code: digits, locale };
  switch (word?.kind) {
    case "rent":
      return STATION_CODE.test(digits)
        ? { kind: "rent", stationCode: digits, locale }
        : { kind: "rent_nowhere", locale };
    case "reply":
      return { kind: "reply", code: digits, locale };
    case "status":
    case "extend":
    case "balance":
      return { kind: word.kind, locale };
    default:
      return { kind: "help", locale };
  }
};
