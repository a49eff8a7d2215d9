// The terms in Swahili, as a person reads them: what the product really does, without the words of lawyers.
import { amountText } from "../lib/wording.ts";
import type { TermsText } from "./text.ts";
import type { Terms } from "./service.ts";

const spanSw = (minutes: number): string => (minutes % 60 === 0 ? `saa ${minutes / 60}` : `dakika ${minutes}`);
export const swahili = (terms: Terms): TermsText => {
  const { tariff: t, withdrawals: w } = terms;
  const tzs = (value: number): string => amountText(value, "sw");
  return {
    title: "Masharti",
    intro:
      "Haya ndiyo makubaliano yetu unapokodi power bank ya ChajiPoa. Unayakubali unapofungua akaunti: kwenye programu, kwa menyu ya simu au kwa SMS.",
    other: "English",
    prices: {
      title: "Bei",
      rows: [
        [`Kukodi kwa ${spanSw(t.includedMinutes)}`, t.baseFeeTzs],
        ...(t.maxExtensions > 0
          ? ([[`Kuongeza ${spanSw(t.extensionMinutes)} (hadi mara ${t.maxExtensions})`, t.extensionFeeTzs]] as [
              string,
              number,
            ][])
          : []),
        [`Ukichelewa, kila saa iliyoanza (baada ya dakika ${t.graceMinutes})`, t.lateFeeTzs],
        ["Kwa saa 24, hutalipa zaidi ya", t.capPer24hTzs],
        ["Ukirudisha, hutalipa zaidi ya", t.capTotalTzs],
        ["Power bank iliyopotea", t.replacementTzs],
        [`Iliyopotea, ukisema ndani ya saa ${t.earlyReportWithinHours} baada ya mwisho`, t.earlyReportReplacementTzs],
        ["Amana", t.depositTzs],
      ],
      hint: "Hizi ni bei za kawaida, VAT imo ndani. Kituo kinaweza kuwa na bei yake: unaiona kwenye ukurasa wake na kabla ya kulipa. Bei uliyoanza nayo haibadiliki hadi mwisho wa kukodi.",
    },
    sections: [
      {
        title: "Amana",
        points: [
          `Kabla power bank haijatoka, amana ya ${tzs(t.depositTzs)} inashikiliwa kwenye salio lako. Isipotosha utaombwa kiasi kinachopungua kwenye simu yako; nafasi inakusubiri dakika ${terms.leaseMinutes}.`,
          "Gharama inatolewa kwenye amana, kisha kwenye salio. Amana inayobaki inarudi kwenye salio lako mara tu power bank inaporudi.",
          "Power bank isipotoka, hulipi kitu na amana yote inarudi.",
        ],
      },
      {
        title: "Muda",
        points: [
          `Muda unaanza power bank inapotoka. Tunakukumbusha kwa SMS dakika ${terms.remindMinutes} kabla haujaisha, unapoisha, na ukichelewa saa ${terms.overdueHours.join(", ")}.`,
          "SMS hizo hazitumwi katika saa zako za utulivu (kawaida saa 4 usiku hadi saa 12 asubuhi). SMS za pesa zinatumwa wakati wowote.",
          ...(t.maxExtensions > 0
            ? ["Unaweza kuongeza muda kabla au baada ya mwisho. Saa za kuchelewa zilizokwisha kuanza bado zinalipwa."]
            : []),
          ...(t.freeReturnMinutes > 0 && t.freeReturnsPerDay > 0
            ? [
                `Ukirudisha ndani ya dakika ${t.freeReturnMinutes}, hulipi kitu: hadi mara ${t.freeReturnsPerDay} kwa siku.`,
              ]
            : []),
        ],
      },
      {
        title: "Kurudisha",
        points: [
          "Rudisha kituo chochote cha ChajiPoa, saa yoyote. Kituo kikiiona, kukodi kunaisha chenyewe na unapata risiti.",
          "Kituo kisipoiona, sema “Nimerudisha” kwenye programu au menyu: tunakiuliza kituo. Neno lako peke yake halimalizi kukodi.",
          `Kituo kikiwa kimejaa au hakina mtandao, sema ukiwa hapo: muda unasimama dakika ${terms.pauseMinutes}, mara moja kwa kila kukodi.`,
          "Hulipi kwa muda uliopita baada ya kituo kuweza kujua kuwa power bank imerudi.",
        ],
      },
      {
        title: "Power bank mbovu",
        points: [
          `Ndani ya dakika ${t.freeReturnMinutes} za mwanzo unaweza kubadilisha power bank mbovu kituo hicho hicho, bila amana mpya. Rudisha ile mbovu ndani ya dakika ${terms.swapReturnMinutes}, hulipi kitu kwa ajili yake.`,
        ],
      },
      {
        title: "Ikipotea",
        points: [
          `Sema mara moja: gharama ya kukodi pamoja na ${tzs(t.earlyReportReplacementTzs)} ukisema ndani ya saa ${t.earlyReportWithinHours} baada ya mwisho, vinginevyo ${tzs(t.replacementTzs)}. Hakuna ada ya kuchelewa juu yake.`,
          `Isiporudi ndani ya saa ${t.lostAfterHours} baada ya mwisho, inahesabiwa kuwa imepotea.`,
          `Ikirudi kituo chochote ndani ya siku ${t.foundWithinDays}, gharama inakuwa ile ya siku iliyorudi, na tofauti inarudi kwenye salio lako.`,
          "Kisichotosha kwenye amana na salio kinabaki kuwa deni. Ukiwa na deni huwezi kukodi tena hadi ulipe.",
        ],
      },
      {
        title: "Malalamiko",
        points: [
          `Gharama si sahihi? Sema mara moja kwa kila kukodi, ndani ya siku ${terms.disputeDays} baada ya mwisho wake. Wahudumu wanaangalia rekodi za vituo na za power bank, kisha wanaamua. Unapata jibu kwa SMS.`,
          "Kinachorudishwa kinaingia kwenye salio lako, pamoja na hati ya marejesho.",
        ],
      },
      {
        title: "Pesa zako",
        points: [
          `Salio ni lako. Unaweza kulitoa kwenda mobile money: kuanzia ${tzs(w.minTzs)}, hadi mara ${w.perDay} kwa siku${w.feeTzs > 0 ? `, ada ${tzs(w.feeTzs)}` : ", bila ada yetu"}. Kwa menyu ya simu inakwenda kwenye namba yako tu.`,
          "Kila malipo yana risiti. Pesa inayochelewa kufika inaingia kwenye salio lako, haipotei.",
        ],
      },
      {
        title: "Akaunti yako",
        points: [
          "Akaunti ni ya namba yako ya simu. Usimpe mtu namba za siri tunazokutumia, hata mfanyakazi wetu.",
          "Unaweza kuwa na power bank moja kwa wakati mmoja.",
          "Akaunti ikitumiwa vibaya tunaweza kuisimamisha: bado unaweza kurudisha power bank na kurudishiwa pesa.",
          "Unaweza kufunga akaunti yako kama huna power bank wala deni. Salio unalipwa kwanza.",
        ],
      },
      {
        title: "Taarifa zako",
        points: [
          "Tunahifadhi namba yako, jina, kukodi kwako na malipo yako, kwa ajili ya huduma hii tu. Namba za simu zimefichwa kwa ufunguo. Hatuziuzi.",
          "Namba yako inapewa kampuni za malipo na za SMS zinazotuhudumia, kwa kazi hiyo tu. Ujumbe wa ofa unatumwa ukikubali tu.",
          "Unaweza kupakua kila kitu tunachohifadhi juu yako.",
          `Ukifunga akaunti, jina na namba vinafutwa mara moja, na namba kwenye rekodi za malipo baada ya siku ${terms.eraseDays}. Hesabu za pesa zinabaki bila jina, kama sheria inavyotaka.`,
        ],
      },
      { title: "Wasiliana nasi", points: [terms.contact] },
    ],
    version: `Toleo ${terms.version}`,
  };
};
