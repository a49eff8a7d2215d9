// Every sentence of the menu, in both languages, as people in Dar es Salaam speak. Letters of GSM-7; how long a whole screen may be is
// checked by a test that walks through all of them. Names of stations take what room is left.
import { amountText, clockText, dateText, hoursText } from "../lib/wording.ts";
import type { Locale } from "../lib/i18n.ts";

const DAY_MS = 86_400_000;

/** A duration as it is said: hours when they are whole. */
const spanSw = (minutes: number): string => (minutes % 60 === 0 ? hoursText(minutes / 60, "sw") : `dakika ${minutes}`);
const spanEn = (minutes: number): string => (minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`);

/** The time on the wall, with the day when it is not within the coming hours. */
const when = (atMs: number, nowMs: number, locale: Locale): string =>
  Math.abs(atMs - nowMs) < DAY_MS / 2 ? clockText(atMs, locale) : `${dateText(atMs)} ${clockText(atMs, locale)}`;

const sw = {
  tzs: (value: number) => amountText(value, "sw"),
  at: (atMs: number, nowMs: number) => when(atMs, nowMs, "sw"),
  welcome: "Karibu ChajiPoa",
  welcomeBack: (wallet: string) => `ChajiPoa. Salio ${wallet}`,
  headActive: (due: string) => `Irudishe kabla ya ${due}`,
  headOverdue: (price: string) => `UMECHELEWA: ${price}`,
  headPaying: "Tunasubiri malipo yako",
  headDebt: (debt: string) => `Unadaiwa ${debt}`,
  headSuspended: "Akaunti imesimamishwa",
  restarted: "Tumeanza upya.",
  home: [
    "1 Kodi power bank",
    "2 Hali na bei",
    "3 Ongeza muda",
    "4 Salio, pesa",
    "5 Imepotea/imerudi",
    "6 Simu nyingine",
    "7 Lugha/Language",
    "8 Msaada",
  ],
  mistaken: "Chaguo si sahihi.",
  goodbye: "Asante. Karibu tena.",
  back: "0 Rudi",
  other: "2 Mtandao mwingine",
  chooseNetwork: "Chagua mtandao wa kulipa:",
  askStation: "Andika namba ya kituo. Imeandikwa kwenye mashine.",
  noStation: (code: string) => `Kituo ${code} hakipo. Andika namba iliyo kwenye mashine.`,
  price: (p: { place: string; deposit: string; minutes: number; base: string; late: string; worst: string }) =>
    `${p.place}: amana ${p.deposit}, utarudishiwa. Bei: ${p.base} kwa ${spanSw(p.minutes)}, kisha ${p.late} kila saa. Haizidi ${p.worst}.`,
  goOn: "1 Endelea",
  payWallet: (deposit: string) => `Amana ${deposit} itashikiliwa kwenye salio lako. Power bank itatoka mara moja.`,
  rentNow: "1 Kodi sasa",
  payPrompt: (missing: string, network: string) => `Utapata ombi la kulipa ${missing} kwa ${network} kwenye simu hii.`,
  payAndAgree: (missing: string, network: string, host: string) =>
    `Utaombwa kulipa ${missing} kwa ${network}. Ukilipa unafungua akaunti na kukubali masharti: ${host}/terms`,
  pay: "1 Lipa",
  promptComes: (missing: string, code: string) =>
    `Sawa. Baada ya sekunde chache utapata ombi la kulipa ${missing}. Weka PIN yako, kisha chukua power bank kituo ${code} ndani ya dakika 3.`,
  takeIt: (code: string, slot: string) => `Power bank inatoka kituo ${code}${slot}. Ichukue sasa. Utapata SMS.`,
  slot: (slot: number) => `, nafasi ${slot}`,
  cancelled: "Ombi hili la kukodi limefutwa. Hujakatwa pesa yoyote.",
  none: "Huna power bank kwa sasa.",
  lastOne: (total: string, place: string) => `Huna power bank. Ya mwisho ilirudi ${place}, gharama ${total}.`,
  lastLost: (total: string) =>
    `Power bank yako ya mwisho imehesabiwa kuwa imepotea, gharama ${total}. Ukiipata, irudishe.`,
  waiting: (missing: string, code: string, until: string) =>
    `Tunasubiri malipo ya ${missing} kwa kituo ${code} hadi ${until}. Weka PIN kwenye ombi la simu yako.`,
  giveUp: "9 Ghairi",
  active: (p: { place: string; price: string; due: string; code: string }) =>
    `Kutoka ${p.place}. Hadi sasa ${p.price}. Irudishe kabla ya ${p.due}. Namba ya kukodi ${p.code}`,
  overdue: (p: { place: string; price: string; due: string; code: string }) =>
    `Kutoka ${p.place}. UMECHELEWA tangu ${p.due}. Hadi sasa ${p.price}. Namba ya kukodi ${p.code}`,
  moreTime: "1 Ongeza muda",
  iReturned: "2 Nimerudisha",
  extendOffer: (p: { minutes: number; price: string; due: string }) =>
    `Ongeza ${spanSw(p.minutes)} kwa ${p.price}. Muda utaisha ${p.due}.`,
  fromWallet: "1 Lipa kwa salio",
  extended: (due: string) => `Muda umeongezwa. Rudisha power bank kabla ya ${due}. Asante.`,
  promptOnly: (amount: string) =>
    `Sawa. Baada ya sekunde chache utapata ombi la kulipa ${amount}. Weka PIN yako. Utapata SMS.`,
  trouble: "Power bank yako:\n1 Imepotea\n2 Nimeirudisha",
  lost: (price: string) => `Ukisema imepotea, utalipa jumla ${price}. Ukiipata na kuirudisha, sehemu itarudi.`,
  yesLost: "1 Ndiyo, imepotea",
  lostDone: (total: string) =>
    `Tumepokea. Power bank imehesabiwa kuwa imepotea: ${total}. Ukiipata, irudishe kituo chochote.`,
  askReturned: "Uliirudisha kituo gani? Andika namba ya kituo.",
  returnedDone: "Asante. Tunauliza kituo. Utapata SMS.",
  returned: {
    paused: "Kituo kimejaa au hakina mtandao. Muda hauhesabiwi kwa dakika 30: rudisha hapa baadaye au kituo kingine.",
    not_seen: "Kituo hakijaona power bank yako. Isukume hadi mwisho. Tumewaambia wahudumu wetu.",
  },
  returnedNoAnswer: "Samahani, bado hatujapata jibu la kituo. Angalia hali ya kukodi, au sema tena kuwa umeirudisha.",
  returnedKnown: (total: string, place: string) => `Imeshapokelewa ${place}. Gharama ${total}. Asante!`,
  account: (wallet: string, held: string) => `Salio ${wallet}.${held}`,
  held: (held: string) => ` Amana iliyoshikiliwa ${held}.`,
  debt: (debt: string) => ` Deni ${debt}.`,
  withdrawOption: "1 Toa pesa",
  payDebtOption: "2 Lipa deni",
  noAccount: "Namba hii haina akaunti bado.",
  registerOption: "9 Jisajili",
  register: (host: string) => `Fungua akaunti ya ChajiPoa kwa namba hii? Masharti: ${host}/terms`,
  agree: "1 Nakubali",
  registered: "Karibu ChajiPoa! Akaunti yako iko tayari. Piga tena, chagua 1 kukodi power bank.",
  withdraw: (free: string) => `Unaweza kutoa ${free} kwenda namba hii.\n1 Zote\nAu andika kiasi`,
  withdrawNothing: (min: string) => `Huna pesa ya kutoa. Kiasi cha chini ni ${min}.`,
  withdrawTooMuch: (free: string) => `Kiasi hicho ni kikubwa. Unaweza kutoa hadi ${free}.`,
  withdrawConfirm: (amount: string, network: string, fee: string) =>
    `Tuma ${amount} kwa ${network} ya namba hii?${fee}`,
  fee: (fee: string) => ` Ada ${fee}.`,
  yes: "1 Ndiyo",
  withdrawing: (amount: string) => `Sawa. Tunatuma ${amount} kwenye namba hii. Utapata SMS ikifika.`,
  withdrawalOnTheWay: "Kuna pesa bado inatumwa. Subiri SMS kwanza.",
  debtConfirm: (debt: string, network: string) =>
    `Deni ${debt}. Utapata ombi la kulipa kwa ${network} kwenye simu hii.`,
  noDebt: "Huna deni. Asante!",
  askCode: "Andika namba ya kukodi (tarakimu 6). Ipo kwenye SMS ya mwenye power bank.",
  noCode: "Namba hiyo haipo. Andika tena tarakimu 6 za namba ya kukodi.",
  codesOver: "Umejaribu mara nyingi. Jaribu tena baadaye.",
  friendOut: (p: { place: string; price: string; due: string }) =>
    `Power bank ya ${p.place} bado haijarudi. Hadi sasa ${p.price}. Mwisho ${p.due}.`,
  friendReturned: "1 Nimeirudisha",
  friendEnded: (place: string, total: string) => `Imerudi ${place}. Gharama ${total}. Asante!`,
  friendLost: (total: string) => `Power bank hiyo imehesabiwa kuwa imepotea, ${total}. Ukiipata, irudishe.`,
  language: "Chagua lugha / Choose a language:\n1 Kiswahili\n2 English",
  help: (host: string) =>
    `Kukodi: namba ya kituo ipo kwenye mashine. Rudisha kituo chochote. SMS: KODI 1001, HALI, SALIO. Zaidi: ${host}`,
  confirmWallet: (p: { place: string; deposit: string; code: string }) =>
    `Kukodi ${p.place}: amana ${p.deposit} itashikiliwa kwenye salio lako. Kukubali, jibu NDIYO ${p.code} ndani ya dakika 10.`,
  confirmJoin: (p: { deposit: string; code: string; host: string }) =>
    `Kukodi utaombwa amana ${p.deposit}. Kufungua akaunti na kukubali masharti ${p.host}/terms, jibu NDIYO ${p.code}`,
  confirmExtend: (p: { price: string; due: string; code: string }) =>
    `Kuongeza muda hadi ${p.due} kwa ${p.price} kutoka kwenye salio lako, jibu NDIYO ${p.code} ndani ya dakika 10.`,
  noReply: "Namba ya kujibu si sahihi au muda wake umeisha. Tuma ombi lako tena.",
  rentWhere: "Tuma KODI na namba ya kituo, mfano KODI 1001. Namba ipo juu ya mashine.",
  commands: (host: string) =>
    `Tuma KODI na namba ya kituo kukodi, HALI kuona bei, ONGEZA kuongeza muda, SALIO kuona salio. Zaidi: ${host}`,
};
export type Words = typeof sw;

const en: Words = {
  tzs: (value) => amountText(value, "en"),
  at: (atMs, nowMs) => when(atMs, nowMs, "en"),
  welcome: "Welcome to ChajiPoa",
  welcomeBack: (wallet) => `ChajiPoa. Wallet ${wallet}`,
  headActive: (due) => `Return by ${due}`,
  headOverdue: (price) => `LATE: ${price}`,
  headPaying: "Waiting for your payment",
  headDebt: (debt) => `You owe ${debt}`,
  headSuspended: "Account suspended",
  restarted: "We start again.",
  home: [
    "1 Rent a power bank",
    "2 Status, price",
    "3 More time",
    "4 Wallet, money",
    "5 Lost/returned",
    "6 Another phone",
    "7 Lugha/Language",
    "8 Help",
  ],
  mistaken: "Not a choice here.",
  goodbye: "Thank you. See you again.",
  back: "0 Back",
  other: "2 Another network",
  chooseNetwork: "Choose the network that pays:",
  askStation: "Type the station's number. It is on top of the machine.",
  noStation: (code) => `No station ${code}. Type the number on top of the machine.`,
  price: (p) =>
    `${p.place}: deposit ${p.deposit}, refunded later. Price: ${p.base} for ${spanEn(p.minutes)}, then ${p.late} an hour. Never over ${p.worst}.`,
  goOn: "1 Continue",
  payWallet: (deposit) => `The deposit ${deposit} is held in your wallet. The power bank comes out at once.`,
  rentNow: "1 Rent now",
  payPrompt: (missing, network) => `You will get a request to pay ${missing} by ${network} on this phone.`,
  payAndAgree: (missing, network, host) =>
    `You will be asked to pay ${missing} by ${network}. By paying you open an account and agree: ${host}/terms`,
  pay: "1 Pay",
  promptComes: (missing, code) =>
    `In a few seconds you will get a request to pay ${missing}. Enter your PIN, then take the power bank at station ${code} within 3 minutes.`,
  takeIt: (code, slot) => `The power bank is coming out at station ${code}${slot}. Take it now. An SMS follows.`,
  slot: (slot) => `, slot ${slot}`,
  cancelled: "This rental was cancelled. You pay nothing.",
  none: "You have no power bank now.",
  lastOne: (total, place) => `You have no power bank. The last one came back at ${place} and cost ${total}.`,
  lastLost: (total) => `Your last power bank counts as lost, cost ${total}. If you find it, return it.`,
  waiting: (missing, code, until) =>
    `Waiting for your payment of ${missing} for station ${code} until ${until}. Enter your PIN when your phone asks.`,
  giveUp: "9 Cancel",
  active: (p) => `From ${p.place}. So far ${p.price}. Return by ${p.due}. Rental code ${p.code}`,
  overdue: (p) => `From ${p.place}. LATE since ${p.due}. So far ${p.price}. Rental code ${p.code}`,
  moreTime: "1 More time",
  iReturned: "2 I returned it",
  extendOffer: (p) => `${spanEn(p.minutes)} more for ${p.price}, until ${p.due}.`,
  fromWallet: "1 Pay from the wallet",
  extended: (due) => `You have more time. Return the power bank by ${due}. Thank you.`,
  promptOnly: (amount) => `In a few seconds you will get a request to pay ${amount}. Enter your PIN. An SMS follows.`,
  trouble: "Your power bank:\n1 It is lost\n2 I returned it",
  lost: (price) => `If you say it is lost you pay ${price} in all. If you find and return it, part is refunded.`,
  yesLost: "1 Yes, it is lost",
  lostDone: (total) => `Noted. The power bank counts as lost: ${total}. If you find it, return it to any station.`,
  askReturned: "At which station did you return it? Type its number.",
  returnedDone: "Thank you. We are asking the station. An SMS follows.",
  returned: {
    paused: "This station is full or offline. The clock is paused for 30 minutes: return it here later or elsewhere.",
    not_seen: "The station does not see your power bank. Push it in all the way. Our staff have been told.",
  },
  returnedNoAnswer:
    "Sorry, the station has not answered us yet. Look at the status, or say again that you returned it.",
  returnedKnown: (total, place) => `It has arrived at ${place}. Cost ${total}. Thank you!`,
  account: (wallet, held) => `Wallet ${wallet}.${held}`,
  held: (held) => ` Deposit held ${held}.`,
  debt: (debt) => ` Debt ${debt}.`,
  withdrawOption: "1 Withdraw",
  payDebtOption: "2 Pay the debt",
  noAccount: "This number has no account yet.",
  registerOption: "9 Register",
  register: (host) => `Open a ChajiPoa account for this number? Terms: ${host}/terms`,
  agree: "1 I agree",
  registered: "Welcome to ChajiPoa! Your account is ready. Dial again and choose 1 to rent a power bank.",
  withdraw: (free) => `You can withdraw ${free} to this number.\n1 All\nOr type an amount`,
  withdrawNothing: (min) => `You have nothing to withdraw. The minimum is ${min}.`,
  withdrawTooMuch: (free) => `That is too much. You can withdraw up to ${free}.`,
  withdrawConfirm: (amount, network, fee) => `Send ${amount} to ${network} of this number?${fee}`,
  fee: (fee) => ` Fee ${fee}.`,
  yes: "1 Yes",
  withdrawing: (amount) => `We are sending ${amount} to this number. An SMS follows when it is there.`,
  withdrawalOnTheWay: "Money is still on its way. Wait for the SMS first.",
  debtConfirm: (debt, network) => `Debt ${debt}. You will get a request to pay it by ${network} on this phone.`,
  noDebt: "You owe nothing. Thank you!",
  askCode: "Type the 6 digits of the rental code. They are in the renter's SMS.",
  noCode: "No such code. Type the 6 digits again.",
  codesOver: "Too many tries. Try again later.",
  friendOut: (p) => `The power bank from ${p.place} is not back yet. So far ${p.price}. Due ${p.due}.`,
  friendReturned: "1 I returned it",
  friendEnded: (place, total) => `It came back at ${place}. Cost ${total}. Thank you!`,
  friendLost: (total) => `That power bank counts as lost, ${total}. If you find it, return it.`,
  language: "Chagua lugha / Choose a language:\n1 Kiswahili\n2 English",
  help: (host) =>
    `To rent: the station's number is on top of the machine. Return to any station. SMS: RENT 1001, STATUS, BALANCE. More: ${host}`,
  confirmWallet: (p) =>
    `Rent at ${p.place}: the deposit ${p.deposit} is held in your wallet. To agree, reply YES ${p.code} within 10 minutes.`,
  confirmJoin: (p) =>
    `You will be asked for a deposit of ${p.deposit}. To open an account and agree to ${p.host}/terms, reply YES ${p.code}`,
  confirmExtend: (p) =>
    `More time until ${p.due} for ${p.price} from your wallet. To agree, reply YES ${p.code} within 10 minutes.`,
  noReply: "The reply code is wrong or too old. Send your request again.",
  rentWhere: "Send RENT and the station's number, for example RENT 1001. It is on top of the machine.",
  commands: (host) =>
    `Send RENT and the station's number to rent, STATUS for the price, EXTEND for more time, BALANCE for the wallet. More: ${host}`,
};

export const words: Record<Locale, Words> = { sw, en };
