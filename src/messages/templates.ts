// The catalogue: every text that leaves as an SMS, in both languages, by name. A text is one part of GSM-7 (160 letters) unless it declares
// two; test/messages/templates.test.ts measures each with the longest values. Names and other free text of renters do not enter.
import type { Locale } from "../lib/i18n.ts";
import { extremeValues, type Fields, type MessageKind, renderTemplate, schemaOf, type Template } from "./template.ts";
import { accountTexts } from "./texts-account.ts";
import { answerTexts } from "./texts-answer.ts";
import { moneyTexts, type WithdrawalRefusal, withdrawalRefusals } from "./texts-money.ts";
import { rentalTexts } from "./texts-rental.ts";
import { runningTexts } from "./texts-running.ts";

export { type WithdrawalRefusal, withdrawalRefusals };

const templates = { ...accountTexts, ...rentalTexts, ...runningTexts, ...moneyTexts, ...answerTexts };

export type TemplateName = keyof typeof templates;
/** What a text takes; the database stores it as it is here. */
export type TemplateParameters<N extends TemplateName> = Parameters<(typeof templates)[N]["sw"]>[0];
/** Texts that may lie in the outbox. */
export type StoredName = Exclude<TemplateName, keyof typeof accountTexts>;

export const templateNames = Object.keys(templates) as TemplateName[];

const declared = (name: TemplateName) => templates[name] as unknown as Template<Fields>;

/** The text of a message; `baseUrl` is where its links lead. */
export const renderMessage = <N extends TemplateName>(
  name: N,
  locale: Locale,
  parameters: TemplateParameters<N>,
  baseUrl = "",
): string => renderTemplate(declared(name), locale, parameters, baseUrl);

/** The same from what the outbox stores. Throws when the template is unknown or its parameters are not what it takes. */
export const renderStored = (name: string, locale: Locale, parameters: unknown, baseUrl: string): string => {
  const known = templateNames.find((candidate) => candidate === name);
  if (!known || templates[known].kind === "code") throw new Error(`no such stored template: ${name}`);
  return renderTemplate(declared(known), locale, schemaOf(declared(known)).parse(parameters), baseUrl);
};

export const namesOfKind = (kind: MessageKind): TemplateName[] =>
  templateNames.filter((name) => templates[name].kind === kind);

export interface Measured {
  name: TemplateName;
  segments: 1 | 2;
  /** With every set of extreme values. */
  texts: Record<Locale, string[]>;
}

/** Every text of the catalogue as short and as long as it can be written. */
export const extremeTexts = (baseUrl: string): Measured[] =>
  templateNames.map((name) => {
    const text = declared(name);
    const written = (locale: Locale) =>
      extremeValues(text.fields).map((values) => renderTemplate(text, locale, values, baseUrl));
    return { name, segments: text.segments ?? 1, texts: { sw: written("sw"), en: written("en") } };
  });
