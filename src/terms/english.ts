// The terms in English, as a person reads them: what the product really does, without the words of lawyers.
import { amountText } from "../lib/wording.ts";
import type { TermsText } from "./text.ts";
import type { Terms } from "./service.ts";

const spanEn = (minutes: number): string =>
  minutes % 60 === 0 ? (minutes === 60 ? "1 hour" : `${minutes / 60} hours`) : `${minutes} minutes`;

export const english = (terms: Terms): TermsText => {
  const { tariff: t, withdrawals: w } = terms;
  const tzs = (value: number): string => amountText(value, "en");
  return {
    title: "Terms",
    intro:
      "This is what we agree on when you rent a ChajiPoa power bank. You agree when you open an account: in the app, in the phone menu or by SMS.",
    other: "Kiswahili",
    prices: {
      title: "Prices",
      rows: [
        [`The first ${spanEn(t.includedMinutes)}`, t.baseFeeTzs],
        ...(t.maxExtensions > 0
          ? ([[`${spanEn(t.extensionMinutes)} more (up to ${t.maxExtensions} times)`, t.extensionFeeTzs]] as [
              string,
              number,
            ][])
          : []),
        [`Late, each hour begun (after ${t.graceMinutes} minutes)`, t.lateFeeTzs],
        ["In 24 hours never more than", t.capPer24hTzs],
        ["If you return it, never more than", t.capTotalTzs],
        ["A lost power bank", t.replacementTzs],
        [`Lost, and said within ${t.earlyReportWithinHours} hours after the end`, t.earlyReportReplacementTzs],
        ["Deposit", t.depositTzs],
      ],
      hint: "These are the standard prices, VAT included. A station may have its own: they are on its page and shown before you pay. What you began with stays until the rental ends.",
    },
    sections: [
      {
        title: "Deposit",
        points: [
          `Before a power bank comes out, a deposit of ${tzs(t.depositTzs)} is held in your wallet. If it is short, your phone is asked for the rest; a slot waits ${terms.leaseMinutes} minutes for you.`,
          "The cost comes out of the deposit, then out of the wallet. What is left of the deposit is back in your wallet as soon as the power bank is back.",
          "If no power bank comes out, you pay nothing and the whole deposit comes back.",
        ],
      },
      {
        title: "Time",
        points: [
          `Time runs from when the power bank comes out. We remind you by SMS ${terms.remindMinutes} minutes before the end, at the end, and ${terms.overdueHours.join(", ")} hours after it.`,
          "These texts wait during your quiet hours (22:00 to 06:00 unless you change them). Texts about money come at any hour.",
          ...(t.maxExtensions > 0
            ? ["You can buy more time before or after the end. Late hours that have begun are still paid."]
            : []),
          ...(t.freeReturnMinutes > 0 && t.freeReturnsPerDay > 0
            ? [
                `Returned within ${t.freeReturnMinutes} minutes it costs nothing, up to ${t.freeReturnsPerDay} times a day.`,
              ]
            : []),
        ],
      },
      {
        title: "Returning it",
        points: [
          "Return it to any ChajiPoa station, at any hour. When the station sees it, the rental ends by itself and you get a receipt.",
          "If the station did not notice, say “I returned it” in the app or the menu: we ask the station. Your word alone does not end the rental.",
          `If the station is full or offline, say so while you are there: the clock stops for ${terms.pauseMinutes} minutes, once in a rental.`,
          "You never pay for time after a station could have known that the power bank was back.",
        ],
      },
      {
        title: "A bad power bank",
        points: [
          `In the first ${t.freeReturnMinutes} minutes a bad power bank is swapped at the same station without a second deposit. Put the bad one back within ${terms.swapReturnMinutes} minutes and it costs nothing.`,
        ],
      },
      {
        title: "If it is lost",
        points: [
          `Say so at once: the rental's cost and ${tzs(t.earlyReportReplacementTzs)} when said within ${t.earlyReportWithinHours} hours after the end, otherwise ${tzs(t.replacementTzs)}. No late fees come on top.`,
          `Not back ${t.lostAfterHours} hours after the end, it counts as lost.`,
          `Back in any station within ${t.foundWithinDays} days, the bill becomes that of the day it came back, and the difference goes to your wallet.`,
          "What deposit and wallet do not cover is a debt. With a debt you cannot rent again until it is paid.",
        ],
      },
      {
        title: "Disputes",
        points: [
          `The bill is wrong? Say so once per rental, within ${terms.disputeDays} days after it ended. Our people look at what the stations and the power bank have on record, then decide. You get the answer by SMS.`,
          "What is given back goes to your wallet, with a credit note.",
        ],
      },
      {
        title: "Your money",
        points: [
          `The wallet is yours. You can take it out to mobile money: from ${tzs(w.minTzs)}, up to ${w.perDay} times a day${w.feeTzs > 0 ? `, fee ${tzs(w.feeTzs)}` : ", without a fee of ours"}. From the phone menu it goes to your own number alone.`,
          "Each payment has a receipt. Money that arrives late is in your wallet, it is not lost.",
        ],
      },
      {
        title: "Your account",
        points: [
          "The account belongs to your phone number. Give the codes we send to nobody, not even our staff.",
          "You can have one power bank at a time.",
          "An account that is misused may be suspended: you can still return a power bank and get your money back.",
          "You can close your account when you have no power bank and no debt. The wallet is paid out first.",
        ],
      },
      {
        title: "Your data",
        points: [
          "We keep your number, name, rentals and payments, for this service alone. Phone numbers are encrypted. We do not sell them.",
          "The payment and SMS companies that work for us get your number, for that alone. Offers are sent only if you say yes.",
          "You can download everything that we hold on you.",
          `When you close your account, name and number are erased at once, and numbers in payment records after ${terms.eraseDays} days. The books stay without a name, as the law wants.`,
        ],
      },
      { title: "Contact", points: [terms.contact] },
    ],
    version: `Version ${terms.version}`,
  };
};
