// Texts about money in the wallet, on its way in and on its way out.
import { errorDetails } from "../error-details.ts";
import { amountText } from "../lib/wording.ts";
import { oneOf, template, token, tzs } from "./template.ts";

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

const sw = (amountTzs: number): string => amountText(amountTzs, "sw");
const en = (amountTzs: number): string => amountText(amountTzs, "en");

export const moneyTexts = {
  payment_late: template({
    kind: "money",
    fields: { amountTzs: tzs, walletTzs: tzs },
    sw: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: malipo yako ya ${sw(amountTzs)} yamechelewa kufika. Yapo kwenye salio lako (${sw(walletTzs)}). Anza upya kukodi, hutalipa mara mbili.`,
    en: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: ${en(amountTzs)} came too late, it is in your wallet (${en(walletTzs)}). Start again, you do not pay twice.`,
  }),
  payment_received: template({
    kind: "money",
    fields: { amountTzs: tzs, walletTzs: tzs },
    sw: ({ amountTzs, walletTzs }) => `ChajiPoa: tumepokea ${sw(amountTzs)}. Salio lako sasa ni ${sw(walletTzs)}.`,
    en: ({ amountTzs, walletTzs }) => `ChajiPoa: we received ${en(amountTzs)}. Your wallet holds ${en(walletTzs)}.`,
  }),
  credit_note: template({
    kind: "money",
    fields: { amountTzs: tzs, walletTzs: tzs, token },
    sw: ({ amountTzs, walletTzs, token: address }, link) =>
      `ChajiPoa: tumekurudishia ${sw(amountTzs)}. Salio lako sasa ni ${sw(walletTzs)}. Maelezo: ${link(`/r/${address}`)}`,
    en: ({ amountTzs, walletTzs, token: address }, link) =>
      `ChajiPoa: we gave back ${en(amountTzs)}. Your wallet holds ${en(walletTzs)}. See: ${link(`/r/${address}`)}`,
  }),
  withdrawal_paid: template({
    kind: "money",
    fields: { amountTzs: tzs },
    sw: ({ amountTzs }) => `ChajiPoa: ${sw(amountTzs)} zimetumwa kwenye simu yako. Asante.`,
    en: ({ amountTzs }) => `ChajiPoa: ${en(amountTzs)} has been sent to your phone. Thank you.`,
  }),
  withdrawal_returned: template({
    kind: "money",
    fields: { amountTzs: tzs, walletTzs: tzs },
    sw: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: samahani, tumeshindwa kukutumia ${sw(amountTzs)}. Pesa imerudi kwenye salio lako, sasa una ${sw(walletTzs)}.`,
    en: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: sorry, ${en(amountTzs)} could not be sent. It is back in your wallet, which holds ${en(walletTzs)}.`,
  }),
  withdrawal_refused: template({
    kind: "money",
    fields: { code: oneOf(...withdrawalRefusals) },
    sw: ({ code }) => `ChajiPoa: pesa haijatumwa. ${errorDetails[code].sw}`,
    en: ({ code }) => `ChajiPoa: the money was not sent. ${errorDetails[code].en}`,
  }),
  closed_wallet_moved: template({
    kind: "money",
    fields: { amountTzs: tzs, walletTzs: tzs },
    sw: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: ${sw(amountTzs)} za akaunti yako ya zamani zimehamishiwa kwenye akaunti hii. Salio lako sasa ni ${sw(walletTzs)}.`,
    en: ({ amountTzs, walletTzs }) =>
      `ChajiPoa: ${en(amountTzs)} of your old account was moved to this one. Your wallet holds ${en(walletTzs)}.`,
  }),
  debt_forgiven: template({
    kind: "money",
    fields: { amountTzs: tzs, debtTzs: tzs },
    sw: ({ amountTzs, debtTzs }) =>
      `ChajiPoa: tumekusamehe deni la ${sw(amountTzs)}. ${debtTzs > 0 ? `Deni lililobaki ni ${sw(debtTzs)}.` : "Hudaiwi tena."}`,
    en: ({ amountTzs, debtTzs }) =>
      `ChajiPoa: we have written off ${en(amountTzs)} of your debt. ${debtTzs > 0 ? `You still owe ${en(debtTzs)}.` : "You owe nothing."}`,
  }),
};
