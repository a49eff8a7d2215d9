// How an SMS is counted: GSM 03.38, default alphabet and extension table. One character outside both makes the whole message
// UCS-2, which holds less than half of it. A segment holds 160 septets alone and 153 in a chain; 70 and 67 in UCS-2.

const DEFAULT_ALPHABET =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION_TABLE = "\f^{}\\[~]|€";

const SEPTETS = new Map<string, number>([
  ...Array.from(DEFAULT_ALPHABET, (character) => [character, 1] as const),
  // An escape and the character: both must be in the same segment.
  ...Array.from(EXTENSION_TABLE, (character) => [character, 2] as const),
]);

export interface SmsLength {
  encoding: "gsm7" | "ucs2";
  /** Septets in GSM-7, 16-bit units in UCS-2. */
  units: number;
  /** What the operator charges for. An empty text is one segment. */
  segments: number;
}

/** Characters that would make the text UCS-2, each once, in order of appearance. */
export const charactersOutsideGsm7 = (text: string): string[] => [
  ...new Set(Array.from(text).filter((character) => !SEPTETS.has(character))),
];

/** Typography that has a plain form. */
const PLAIN: Record<string, string> = {
  "‘": "'",
  "’": "'",
  "“": '"',
  "”": '"',
  "–": "-",
  "—": "-",
  "…": "...",
  "\u00a0": " ",
};

/** The text in letters of GSM-7, cut to `most` septets: accents go, what has no such letter is left out. */
export const toGsm7 = (text: string, most: number): string => {
  let septets = 0;
  let kept = "";
  for (const character of Array.from(text).flatMap(plainly)) {
    septets += SEPTETS.get(character) ?? 0;
    if (septets > most) break;
    kept += character;
  }
  return kept.replace(/ {2,}/g, " ").trim();
};

const plainly = (character: string): string[] => {
  if (SEPTETS.has(character)) return [character];
  const plain = PLAIN[character] ?? character.normalize("NFD");
  return Array.from(plain).filter((each) => SEPTETS.has(each));
};

export const smsLength = (text: string): SmsLength => {
  const sizes = Array.from(text, (character) => SEPTETS.get(character));
  if (sizes.includes(undefined))
    return counted(
      "ucs2",
      Array.from(text, (character) => character.length),
      70,
      67,
    );
  return counted("gsm7", sizes as number[], 160, 153);
};

/** A character of two units is never cut: where one does not fit any more, the next segment begins. */
const counted = (encoding: SmsLength["encoding"], sizes: number[], alone: number, chained: number): SmsLength => {
  const units = sizes.reduce((sum, size) => sum + size, 0);
  if (units <= alone) return { encoding, units, segments: 1 };
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > chained) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return { encoding, units, segments };
};
