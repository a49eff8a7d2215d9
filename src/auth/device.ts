// What a handset calls itself, in two words, so that a person knows his own again among his sessions. Nothing more is kept of it.

type Rule = readonly [pattern: RegExp, name: string];

/** The first that fits: each browser also names those before it. */
const BROWSERS: readonly Rule[] = [
  [/opera mini|opios/i, "Opera Mini"],
  [/\bopr\/|opera/i, "Opera"],
  [/samsungbrowser/i, "Samsung Internet"],
  [/ucbrowser/i, "UC Browser"],
  [/\bedg/i, "Edge"],
  [/firefox|fxios/i, "Firefox"],
  [/chrome|crios/i, "Chrome"],
  [/safari/i, "Safari"],
];
const SYSTEMS: readonly Rule[] = [
  [/kaios/i, "KaiOS"],
  [/android/i, "Android"],
  [/iphone|ipad|ipod/i, "iOS"],
  [/windows/i, "Windows"],
  [/mac os|macintosh/i, "macOS"],
  [/linux|x11|cros/i, "Linux"],
];

const first = (rules: readonly Rule[], text: string): string | null =>
  rules.find(([pattern]) => pattern.test(text))?.[1] ?? null;

/** `Chrome · Android`; null for what says neither. */
export const deviceOf = (userAgent: string | undefined): string | null => {
  const text = (userAgent ?? "").slice(0, 500);
  return [first(BROWSERS, text), first(SYSTEMS, text)].filter((word) => word !== null).join(" · ") || null;
};
