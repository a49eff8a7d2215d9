// Every text message in both languages with the longest values that it can hold, measured as an operator measures it: part of `check`, so that no
// text that costs more than it says, or that has a letter outside GSM-7, is ever deployed. `bun dev/texts.ts` prints the longest of each.
import { locales } from "../src/lib/i18n.ts";
import { charactersOutsideGsm7, smsLength } from "../src/messages/gsm7.ts";
import { extremeTexts, type Measured } from "../src/messages/templates.ts";

/** As long as the address of any deployment. */
export const LONGEST_BASE_URL = "https://www.chajipoa.co.tz";

export interface LongestText {
  name: string;
  locale: string;
  text: string;
  units: number;
  segments: number;
  /** What the catalogue says it may need. */
  allowed: number;
  outside: string[];
}

/** The longest of each template in each language; where a letter is not of GSM-7, the text that has it. */
export const longestTexts = (catalogue: Measured[] = extremeTexts(LONGEST_BASE_URL)): LongestText[] =>
  catalogue.flatMap(({ name, segments: allowed, texts }) =>
    locales.map((locale) => {
      const measured = texts[locale].map((text) => ({
        name,
        locale,
        text,
        allowed,
        outside: charactersOutsideGsm7(text),
        ...smsLength(text),
      }));
      const worst = measured.toSorted((a, b) => b.outside.length - a.outside.length || b.units - a.units)[0];
      if (!worst) throw new Error(`${name} has no text in ${locale}`);
      return worst;
    }),
  );

/** One line for each text that is too long or not of GSM-7. */
export const textBreaks = (texts: LongestText[]): string[] =>
  texts.flatMap(({ name, locale, text, units, segments, allowed, outside }) => [
    ...(outside.length > 0 ? [`${name}, ${locale}: not of GSM-7: ${outside.join(" ")} in: ${text}`] : []),
    ...(segments > allowed ? [`${name}, ${locale}: ${segments} parts, ${allowed} allowed (${units}): ${text}`] : []),
  ]);

if (import.meta.main) {
  const texts = longestTexts();
  for (const { name, locale, units, text } of texts)
    console.log(`${String(units).padStart(3)} ${name} ${locale}  ${text}`);
  const breaks = textBreaks(texts);
  for (const line of breaks) console.error(line);
  process.exitCode = breaks.length === 0 ? 0 : 1;
}
