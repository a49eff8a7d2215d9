// The shape of the terms in either language.
export interface TermsText {
  title: string;
  intro: string;
  /** The other language, in its own words. */
  other: string;
  /** Names and amounts, TZS. */
  prices: { title: string; rows: [string, number][]; hint: string };
  /** Each point is a sentence or two that stands for itself. */
  sections: { title: string; points: string[] }[];
  version: string;
}
