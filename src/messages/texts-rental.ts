// Texts about a rental, from the bank that came out to the receipt.
import { amountText, clockText } from "../lib/wording.ts";
import { digits, optional, template, time, token, tzs, words } from "./template.ts";

export const rentalTexts = {
  rental_started: template({
    kind: "money",
    // With the code, the rental's state can be read from any phone.
    fields: { dueAtMs: time, stationName: words(40), returnCode: optional(digits(6)) },
    sw: ({ dueAtMs, returnCode }) =>
      `ChajiPoa: umechukua power bank. Irudishe kituo chochote kabla ya ${clockText(dueAtMs, "sw")}, ukichelewa utalipa zaidi.${returnCode ? ` Namba yako ya kukodi: ${returnCode}` : ""}`,
    en: ({ dueAtMs, returnCode }) =>
      `ChajiPoa: you have a power bank. Return it to any station by ${clockText(dueAtMs, "en")}. Later costs more.${returnCode ? ` Rental code: ${returnCode}` : ""}`,
  }),
  rental_receipt: template({
    kind: "money",
    fields: { totalTzs: tzs, refundTzs: tzs, debtTzs: tzs, walletTzs: tzs, token },
    sw: ({ totalTzs, refundTzs, debtTzs, token: address }, link) =>
      `ChajiPoa: power bank imerudi, asante! Gharama ${amountText(totalTzs, "sw")}. ${
        debtTzs > 0
          ? `Unadaiwa ${amountText(debtTzs, "sw")}. `
          : refundTzs > 0
            ? `Umerudishiwa ${amountText(refundTzs, "sw")}. `
            : ""
      }Risiti: ${link(`/r/${address}`)}`,
    en: ({ totalTzs, refundTzs, debtTzs, token: address }, link) =>
      `ChajiPoa: returned, thank you! Cost ${amountText(totalTzs, "en")}. ${
        debtTzs > 0
          ? `You owe ${amountText(debtTzs, "en")}. `
          : refundTzs > 0
            ? `Refunded ${amountText(refundTzs, "en")}. `
            : ""
      }Receipt: ${link(`/r/${address}`)}`,
  }),
  rental_not_dispensed: template({
    kind: "money",
    fields: { amountTzs: tzs },
    sw: ({ amountTzs }) =>
      `ChajiPoa: samahani, power bank haikutoka. Hujakatwa pesa yoyote${amountTzs > 0 ? `; ${amountText(amountTzs, "sw")} zako zipo kwenye salio` : ""}. Jaribu tena au nenda kituo kingine.`,
    en: ({ amountTzs }) =>
      `ChajiPoa: sorry, no power bank came out. Nothing was charged${amountTzs > 0 ? `; ${amountText(amountTzs, "en")} is in your wallet` : ""}. Try again or another station.`,
  }),
  rental_eject_unknown: template({
    kind: "money",
    fields: { amountTzs: tzs },
    sw: ({ amountTzs }) =>
      `ChajiPoa: kituo hakikutujibu, tumesitisha. ${amountText(amountTzs, "sw")} zako zipo kwenye salio. Kama power bank ilitoka, irudishe kituo chochote.`,
    en: ({ amountTzs }) =>
      `ChajiPoa: the station did not answer, so we cancelled. ${amountText(amountTzs, "en")} is in your wallet. If a power bank did come out, return it anywhere.`,
  }),
  rental_payment_failed: template({
    kind: "money",
    fields: { amountTzs: tzs },
    sw: () =>
      "ChajiPoa: malipo hayakukamilika, kwa hiyo tumesitisha. Hujakatwa pesa yoyote. Unaweza kujaribu tena muda wowote.",
    en: () =>
      "ChajiPoa: the payment did not go through, so the rental was cancelled. You pay nothing. You can try again.",
  }),
};
