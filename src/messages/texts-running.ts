// Texts while a power bank is out, and when it does not come back.
import { amountText, clockText, dateText, hoursText } from "../lib/wording.ts";
import { days, type Field, hours, template, time, token, tzs } from "./template.ts";

/** A price of a rental; no tariff goes beyond six digits. */
const price: Field<number> = { schema: tzs.schema, extremes: [0, 1, 500, 999_999] };

export const runningTexts = {
  rental_reminder: template({
    kind: "notice",
    fields: { dueAtMs: time, lateFeeTzs: price },
    sw: ({ dueAtMs, lateFeeTzs }) =>
      `ChajiPoa: muda wako unaisha ${clockText(dueAtMs, "sw")}. Rudisha power bank kituo chochote au ongeza muda. Ukichelewa utalipa ${amountText(lateFeeTzs, "sw")} kila saa.`,
    en: ({ dueAtMs, lateFeeTzs }) =>
      `ChajiPoa: your time ends at ${clockText(dueAtMs, "en")}. Return the power bank to any station or add time. After that it costs ${amountText(lateFeeTzs, "en")} per hour.`,
  }),
  rental_due: template({
    kind: "notice",
    fields: { graceUntilMs: time, lateFeeTzs: price },
    sw: ({ graceUntilMs, lateFeeTzs }) =>
      `ChajiPoa: muda wako umeisha. Rudisha power bank kabla ya ${clockText(graceUntilMs, "sw")}, la sivyo utalipa ${amountText(lateFeeTzs, "sw")} kila saa. Unaweza kuongeza muda.`,
    en: ({ graceUntilMs, lateFeeTzs }) =>
      `ChajiPoa: your time is over. Return the power bank by ${clockText(graceUntilMs, "en")}, or it costs ${amountText(lateFeeTzs, "en")} for each hour. You can also add time.`,
  }),
  rental_price_step: template({
    kind: "notice",
    fields: { stepAtMs: time, totalTzs: price },
    sw: ({ stepAtMs, totalTzs }) =>
      `ChajiPoa: ikifika ${clockText(stepAtMs, "sw")} gharama itapanda hadi ${amountText(totalTzs, "sw")}. Rudisha power bank kabla ya hapo, kituo chochote.`,
    en: ({ stepAtMs, totalTzs }) =>
      `ChajiPoa: at ${clockText(stepAtMs, "en")} the price goes up to ${amountText(totalTzs, "en")}. Return the power bank before that to any station.`,
  }),
  rental_overdue: template({
    kind: "notice",
    fields: { hours, totalTzs: price, lostAtMs: time, replacementTzs: price },
    sw: ({ hours: late, totalTzs, lostAtMs, replacementTzs }) =>
      `ChajiPoa: umechelewa ${hoursText(late, "sw")}, gharama hadi sasa ${amountText(totalTzs, "sw")}. Rudisha power bank. Ikipita ${dateText(lostAtMs)} ${clockText(lostAtMs, "sw")} utailipia ${amountText(replacementTzs, "sw")}.`,
    en: ({ hours: late, totalTzs, lostAtMs, replacementTzs }) =>
      `ChajiPoa: you are ${hoursText(late, "en")} late, ${amountText(totalTzs, "en")} so far. If it is not back by ${dateText(lostAtMs)} ${clockText(lostAtMs, "en")}, it counts as lost: ${amountText(replacementTzs, "en")}.`,
  }),
  rental_extended: template({
    kind: "money",
    fields: { amountTzs: price, dueAtMs: time },
    sw: ({ amountTzs, dueAtMs }) =>
      `ChajiPoa: umeongeza muda kwa ${amountText(amountTzs, "sw")}. Rudisha power bank kituo chochote kabla ya ${clockText(dueAtMs, "sw")}.`,
    en: ({ amountTzs, dueAtMs }) =>
      `ChajiPoa: you added time for ${amountText(amountTzs, "en")}. Return the power bank to any station by ${clockText(dueAtMs, "en")}.`,
  }),
  extension_late: template({
    kind: "money",
    fields: { amountTzs: tzs, walletTzs: tzs },
    sw: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: ${amountText(amountTzs, "sw")} zimechelewa kufika, kwa hiyo muda haukuongezwa. Zipo kwenye salio lako, ambalo sasa ni ${amountText(walletTzs, "sw")}.`,
    en: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: ${amountText(amountTzs, "en")} came too late to add time. It is in your wallet, which now holds ${amountText(walletTzs, "en")}.`,
  }),
  rental_lost: template({
    kind: "money",
    fields: { totalTzs: price, debtTzs: price, foundWithinDays: days, token },
    sw: ({ totalTzs, debtTzs, foundWithinDays, token: address }, link) =>
      `ChajiPoa: power bank imepotea, ${amountText(totalTzs, "sw")}.${debtTzs > 0 ? ` Deni ${amountText(debtTzs, "sw")}.` : ""}${foundWithinDays > 0 ? ` Irudishe ndani ya siku ${foundWithinDays}, sehemu itarudi.` : ""} ${link(`/r/${address}`)}`,
    en: ({ totalTzs, debtTzs, foundWithinDays, token: address }, link) =>
      `ChajiPoa: power bank lost, ${amountText(totalTzs, "en")}.${debtTzs > 0 ? ` You owe ${amountText(debtTzs, "en")}.` : ""}${foundWithinDays > 0 ? ` Back within ${foundWithinDays} days, part is refunded.` : ""} ${link(`/r/${address}`)}`,
  }),
  rental_found: template({
    kind: "money",
    fields: { amountTzs: price, walletTzs: tzs, debtTzs: price, token },
    sw: ({ amountTzs, walletTzs, debtTzs, token: address }, link) =>
      `ChajiPoa: power bank imerudi, asante! Umerudishiwa ${amountText(amountTzs, "sw")}. ${debtTzs > 0 ? `Unadaiwa ${amountText(debtTzs, "sw")}` : `Salio ${amountText(walletTzs, "sw")}`}. ${link(`/r/${address}`)}`,
    en: ({ amountTzs, walletTzs, debtTzs, token: address }, link) =>
      `ChajiPoa: the power bank is back, thank you! Refund ${amountText(amountTzs, "en")}. ${debtTzs > 0 ? `You owe ${amountText(debtTzs, "en")}` : `Wallet ${amountText(walletTzs, "en")}`}. ${link(`/r/${address}`)}`,
  }),
  rental_swapped: template({
    kind: "money",
    fields: { untilMs: time },
    sw: ({ untilMs }) =>
      `ChajiPoa: umepewa power bank nyingine bila amana mpya. Ile mbovu irudishe kabla ya ${clockText(untilMs, "sw")}, hutailipia.`,
    en: ({ untilMs }) =>
      `ChajiPoa: you have another power bank, without a second deposit. Return the bad one by ${clockText(untilMs, "en")}, you pay nothing for it.`,
  }),
  rental_swap_undone: template({
    kind: "money",
    fields: { untilMs: time },
    sw: ({ untilMs }) =>
      `ChajiPoa: samahani, power bank nyingine haikutoka. Unabaki na ile ya kwanza. Ukiirudisha kabla ya ${clockText(untilMs, "sw")}, hutalipa chochote.`,
    en: ({ untilMs }) =>
      `ChajiPoa: sorry, no other power bank came out. You still have the first one. Return it by ${clockText(untilMs, "en")} and you pay nothing.`,
  }),
  dispute_decided: template({
    kind: "money",
    fields: { amountTzs: tzs, walletTzs: tzs },
    sw: ({ amountTzs, walletTzs }) =>
      amountTzs > 0
        ? `ChajiPoa: tumeangalia malalamiko yako na tumekurudishia ${amountText(amountTzs, "sw")}. Salio lako sasa ni ${amountText(walletTzs, "sw")}.`
        : "ChajiPoa: tumeangalia malalamiko yako kwa makini. Gharama inabaki kama ilivyo. Ukiwa na swali, wasiliana nasi.",
    en: ({ amountTzs, walletTzs }) =>
      amountTzs > 0
        ? `ChajiPoa: we looked at your complaint and gave back ${amountText(amountTzs, "en")}. Your wallet holds ${amountText(walletTzs, "en")}.`
        : "ChajiPoa: we looked at your complaint with care. The price stays as it is. If you have a question, contact us.",
  }),
};
