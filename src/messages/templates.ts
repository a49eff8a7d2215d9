// Every text that leaves as an SMS, in both languages. GSM-7 letters only, so that a message is one part of 160 and not
// three of 67; a test checks it with the longest values. Names and other free text of renters do not enter.
import { z } from "zod";
import { errorDetails } from "../error-details.ts";
import type { Locale } from "../lib/i18n.ts";

const tzs = z.int();

/** Why a withdrawal that was asked for did not come to be. */
export const withdrawalRefusals = [
  "account_closed",
  "forbidden",
  "recipient_unknown",
  "unavailable",
  "withdrawal_amount_invalid",
  "withdrawal_exceeds_balance",
  "withdrawal_in_flight",
  "withdrawal_limit",
  "withdrawal_stopped",
  "withdrawals_off",
] as const;
export type WithdrawalRefusal = (typeof withdrawalRefusals)[number];

/** What each template takes; the database stores the parameters as they are here. */
export const templateParameters = {
  otp: z.object({ code: z.string(), minutes: z.int() }),
  /** With the code, the rental's state can be read from any phone. */
  rental_started: z.object({ dueAtMs: z.int(), stationName: z.string(), returnCode: z.string().nullish() }),
  rental_receipt: z.object({ totalTzs: tzs, refundTzs: tzs, debtTzs: tzs, walletTzs: tzs, token: z.string() }),
  rental_not_dispensed: z.object({ amountTzs: tzs }),
  rental_eject_unknown: z.object({ amountTzs: tzs }),
  rental_payment_failed: z.object({ amountTzs: tzs }),
  payment_late: z.object({ amountTzs: tzs, walletTzs: tzs }),
  payment_received: z.object({ amountTzs: tzs, walletTzs: tzs }),
  credit_note: z.object({ amountTzs: tzs, walletTzs: tzs, token: z.string() }),
  withdrawal_paid: z.object({ amountTzs: tzs }),
  withdrawal_returned: z.object({ amountTzs: tzs, walletTzs: tzs }),
  withdrawal_refused: z.object({ code: z.enum(withdrawalRefusals) }),
  debt_forgiven: z.object({ amountTzs: tzs, debtTzs: tzs }),
} as const;
export type TemplateName = keyof typeof templateParameters;
export type TemplateParameters<N extends TemplateName> = z.infer<(typeof templateParameters)[N]>;

type Template<N extends TemplateName> = Record<Locale, (parameters: TemplateParameters<N>, baseUrl: string) => string>;

const amount = (value: number): string => `TZS ${String(value).replace(/\B(?=(\d{3})+$)/g, ",")}`;

/** Hours and minutes on the wall in Dar es Salaam, which has no daylight saving. */
const clock = (atMs: number): string => new Date(atMs + 3 * 3_600_000).toISOString().slice(11, 16);

const templates: { [N in TemplateName]: Template<N> } = {
  otp: {
    sw: ({ code, minutes }) =>
      `${code} ni namba yako ya siri ya ChajiPoa. Usimpe mtu yeyote, hata mfanyakazi wetu. Inaisha baada ya dakika ${minutes}.`,
    en: ({ code, minutes }) =>
      `${code} is your ChajiPoa code. Give it to nobody, not even our staff. It ends in ${minutes} minutes.`,
  },
  rental_started: {
    sw: ({ dueAtMs, returnCode }) =>
      `ChajiPoa: umechukua power bank. Irudishe kabla ya saa ${clock(dueAtMs)} kwenye kituo chochote. Ukichelewa utalipa zaidi.${returnCode ? ` Namba ya ukodishaji: ${returnCode}` : ""}`,
    en: ({ dueAtMs, returnCode }) =>
      `ChajiPoa: you have a power bank. Return it by ${clock(dueAtMs)} at any station. Later costs more.${returnCode ? ` Rental code: ${returnCode}` : ""}`,
  },
  rental_receipt: {
    sw: ({ totalTzs, refundTzs, debtTzs, token }, baseUrl) =>
      `ChajiPoa: umerudisha, asante! Gharama ${amount(totalTzs)}. ${debtTzs > 0 ? `Unadaiwa ${amount(debtTzs)}` : `Umerudishiwa ${amount(refundTzs)}`}. Risiti: ${baseUrl}/r/${token}`,
    en: ({ totalTzs, refundTzs, debtTzs, token }, baseUrl) =>
      `ChajiPoa: returned, thank you! Cost ${amount(totalTzs)}. ${debtTzs > 0 ? `You owe ${amount(debtTzs)}` : `Back to you ${amount(refundTzs)}`}. Receipt: ${baseUrl}/r/${token}`,
  },
  rental_not_dispensed: {
    sw: ({ amountTzs }) =>
      `ChajiPoa: samahani, power bank haikutoka. Hujakatwa chochote${amountTzs > 0 ? `; ${amount(amountTzs)} ipo kwenye salio lako` : ""}. Jaribu tena au kituo kingine.`,
    en: ({ amountTzs }) =>
      `ChajiPoa: sorry, no power bank came out. Nothing was charged${amountTzs > 0 ? `; ${amount(amountTzs)} is in your wallet` : ""}. Try again or another station.`,
  },
  rental_eject_unknown: {
    sw: ({ amountTzs }) =>
      `ChajiPoa: kituo hakijajibu, hivyo tumefuta ukodishaji. ${amount(amountTzs)} ipo kwenye salio lako. Kama power bank ilitoka, irudishe kituo chochote.`,
    en: ({ amountTzs }) =>
      `ChajiPoa: the station did not answer, so we cancelled. ${amount(amountTzs)} is in your wallet. If a power bank did come out, return it anywhere.`,
  },
  rental_payment_failed: {
    sw: () =>
      "ChajiPoa: malipo hayakukamilika, hivyo ukodishaji umefutwa. Hujakatwa gharama yoyote. Unaweza kujaribu tena.",
    en: () =>
      "ChajiPoa: the payment did not go through, so the rental was cancelled. You pay nothing. You can try again.",
  },
  payment_late: {
    sw: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: ${amount(amountTzs)} imefika baada ya muda, ipo kwenye salio lako (${amount(walletTzs)}). Anza tena kukodi, hutalipa mara mbili.`,
    en: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: ${amount(amountTzs)} came after the time, it is in your wallet (${amount(walletTzs)}). Start again, you do not pay twice.`,
  },
  payment_received: {
    sw: ({ amountTzs, walletTzs }) => `ChajiPoa: tumepokea ${amount(amountTzs)}. Salio lako ni ${amount(walletTzs)}.`,
    en: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: we received ${amount(amountTzs)}. Your wallet holds ${amount(walletTzs)}.`,
  },
  credit_note: {
    sw: ({ amountTzs, walletTzs, token }, baseUrl) =>
      `ChajiPoa: tumekurudishia ${amount(amountTzs)}. Salio lako ni ${amount(walletTzs)}. Hati: ${baseUrl}/r/${token}`,
    en: ({ amountTzs, walletTzs, token }, baseUrl) =>
      `ChajiPoa: we gave back ${amount(amountTzs)}. Your wallet holds ${amount(walletTzs)}. Document: ${baseUrl}/r/${token}`,
  },
  withdrawal_paid: {
    sw: ({ amountTzs }) => `ChajiPoa: ${amount(amountTzs)} imetumwa kwenye simu yako. Asante.`,
    en: ({ amountTzs }) => `ChajiPoa: ${amount(amountTzs)} has been sent to you. Thank you.`,
  },
  withdrawal_returned: {
    sw: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: samahani, ${amount(amountTzs)} haikuweza kutumwa. Imerudi kwenye salio lako, ambalo sasa ni ${amount(walletTzs)}.`,
    en: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: sorry, ${amount(amountTzs)} could not be sent. It is back in your wallet, which holds ${amount(walletTzs)}.`,
  },
  withdrawal_refused: {
    sw: ({ code }) => `ChajiPoa: pesa haijatumwa. ${errorDetails[code].sw}`,
    en: ({ code }) => `ChajiPoa: the money was not sent. ${errorDetails[code].en}`,
  },
  debt_forgiven: {
    sw: ({ amountTzs, debtTzs }) =>
      `ChajiPoa: tumekusamehe deni la ${amount(amountTzs)}.${debtTzs > 0 ? ` Deni lililobaki ni ${amount(debtTzs)}.` : " Huna deni tena."}`,
    en: ({ amountTzs, debtTzs }) =>
      `ChajiPoa: we have written off ${amount(amountTzs)} of your debt.${debtTzs > 0 ? ` You still owe ${amount(debtTzs)}.` : " You owe nothing."}`,
  },
};

export const templateNames = Object.keys(templates) as TemplateName[];

/** The text of a message; `baseUrl` is where its links lead. */
export const renderMessage = <N extends TemplateName>(
  name: N,
  locale: Locale,
  parameters: TemplateParameters<N>,
  baseUrl = "",
): string => templates[name][locale](parameters, baseUrl);

/** The same from what the outbox stores. Throws when the template is unknown or its parameters are not what it takes. */
export const renderStored = (name: string, locale: Locale, parameters: unknown, baseUrl: string): string => {
  const known = templateNames.find((candidate) => candidate === name);
  if (!known || known === "otp") throw new Error(`no such stored template: ${name}`);
  return renderParsed(known, locale, parameters, baseUrl);
};

const renderParsed = <N extends TemplateName>(name: N, locale: Locale, parameters: unknown, baseUrl: string): string =>
  renderMessage(name, locale, templateParameters[name].parse(parameters) as TemplateParameters<N>, baseUrl);
