export const locales = ["sw", "en"] as const;
export type Locale = (typeof locales)[number];
export const DEFAULT_LOCALE: Locale = "sw";

/** Picks from an Accept-Language header by weight, then by order; what we do not speak is passed over. */
export const chooseLocale = (header: string | null | undefined): Locale => {
  let best: { locale: Locale; weight: number } | null = null;
  for (const part of (header ?? "").slice(0, 200).split(",")) {
    const [range = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    const language = range.split("-")[0];
    const locale = language === "*" ? DEFAULT_LOCALE : locales.find((known) => known === language);
    if (!locale) continue;
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    const weight = q ? Number(q.slice(2)) : 1;
    if (weight > 0 && weight <= 1 && (!best || weight > best.weight)) best = { locale, weight };
  }
  return best?.locale ?? DEFAULT_LOCALE;
};
