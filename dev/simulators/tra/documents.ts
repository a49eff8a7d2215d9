// What the authority checks in a receipt and in a daily report, and what it remembers of a device. A problem is a word: the
// authority itself only says "5", and whoever tests wants to know why.
import { z } from "zod";
import { childOf, type Element, shapeOf, textOf, XmlError } from "./xml.ts";

export interface DeviceFacts {
  tin: string;
  regId: string;
  serial: string;
  vrn: string;
  receiptCode: string;
  taxPercents: number[];
}

/** What was accepted so far. */
export const Books = z.object({
  globalCounter: z.int(),
  day: z.string(),
  dailyCounter: z.int(),
  moment: z.string(),
  grossCents: z.int(),
  days: z.map(
    z.string(),
    z.object({
      count: z.int(),
      totalCents: z.int(),
      netCents: z.map(z.string(), z.int()),
      isReported: z.boolean(),
    }),
  ),
});
export type Books = z.infer<typeof Books>;

export const emptyBooks = (globalCounter: number): Books => ({
  globalCounter,
  day: "",
  dailyCounter: 0,
  moment: "",
  grossCents: 0,
  days: new Map(),
});

export interface Judged {
  problems: string[];
  /** Takes the document into the books. */
  keep(): void;
}

const RECEIPT =
  "DATE TIME TIN REGID EFDSERIAL CUSTIDTYPE CUSTID CUSTNAME MOBILENUM RCTNUM DC GC ZNUM RCTVNUM ITEMS TOTALS PAYMENTS VATTOTALS";
const REPORT =
  "DATE TIME HEADER VRN TIN TAXOFFICE REGID ZNUMBER EFDSERIAL REGISTRATIONDATE USER SIMIMSI TOTALS VATTOTALS PAYMENTS CHANGES ERRORS FWVERSION FWCHECKSUM";
const TOTALS =
  "DAILYTOTALAMOUNT GROSS CORRECTIONS DISCOUNTS SURCHARGES TICKETSVOID TICKETSVOIDTOTAL TICKETSFISCAL TICKETSNONFISCAL";

const check = (problems: string[], isRight: boolean, problem: string): void => {
  if (!isRight) problems.push(problem);
};

const shape = (problems: string[], element: Element, expected: string): void =>
  check(problems, shapeOf(element) === expected, `shape_of_${element.name.toLowerCase()}`);

/** Cents of an amount with at most two decimals. */
const cents = (text: string): number => {
  if (!/^\d{1,12}(\.\d{1,2})?$/.test(text)) throw new XmlError(`"${text}" is no amount`);
  return Math.round(Number(text) * 100);
};
const whole = (text: string): number => {
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new XmlError(`"${text}" is no counter`);
  return Number(text);
};

const LETTERS = ["A", "B", "C", "D", "E"];
const netOf = (amountCents: number, percent: number): number => Math.round((amountCents * 100) / (100 + percent));

/** Repeated triples, as VATTOTALS has them. */
const vatRows = (problems: string[], vat: Element): { rate: string; netCents: number; taxCents: number }[] => {
  const rows = [];
  for (let i = 0; i < vat.children.length; i += 3) {
    const [rate, net, tax] = vat.children.slice(i, i + 3);
    if (rate?.name !== "VATRATE" || net?.name !== "NETTAMOUNT" || tax?.name !== "TAXAMOUNT") {
      problems.push("shape_of_vattotals");
      return [];
    }
    rows.push({ rate: rate.text, netCents: cents(net.text), taxCents: cents(tax.text) });
  }
  return rows;
};

/** `now` is the authority's day and time, `YYYY-MM-DD HH:MM:SS`. */
export const judgeReceipt = (receipt: Element, device: DeviceFacts, books: Books, now: string): Judged => {
  const problems: string[] = [];
  shape(problems, receipt, RECEIPT);
  const text = (name: string): string => textOf(receipt, name);
  const [day, globalCounter, dailyCounter] = [text("DATE"), whole(text("GC")), whole(text("DC"))];
  const moment = `${day} ${text("TIME")}`;
  check(problems, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(moment), "moment_malformed");
  check(problems, moment <= now, "moment_in_the_future");
  check(problems, moment >= books.moment, "moment_before_the_last");
  check(problems, text("TIN") === device.tin, "tin");
  check(problems, text("REGID") === device.regId, "regid");
  check(problems, text("EFDSERIAL") === device.serial, "serial");
  check(problems, text("CUSTIDTYPE") === "6" && text("CUSTID") === "", "customer");
  check(problems, /^(255\d{9})?$/.test(text("MOBILENUM")), "mobile");
  check(problems, text("RCTNUM") === text("GC"), "rctnum_is_not_gc");
  check(problems, globalCounter <= books.globalCounter + 1, "gc_gap");
  check(problems, globalCounter > books.globalCounter, "gc_repeated");
  check(problems, dailyCounter === (day === books.day ? books.dailyCounter + 1 : 1), "dc");
  check(problems, text("ZNUM") === day.replaceAll("-", ""), "znum");
  check(problems, !books.days.get(day)?.isReported, "day_is_reported");
  check(problems, text("RCTVNUM") === `${device.receiptCode}${globalCounter}`, "rctvnum");

  const items = childOf(receipt, "ITEMS").children;
  check(problems, items.length > 0, "no_items");
  const net = new Map<string, number>();
  const gross = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    shape(problems, item, "ID DESC QTY TAXCODE AMT");
    check(problems, textOf(item, "ID") === String(index + 1) && textOf(item, "DESC") !== "", "item");
    whole(textOf(item, "QTY"));
    const letter = LETTERS[whole(textOf(item, "TAXCODE")) - 1] ?? "";
    check(problems, letter !== "", "taxcode");
    const amountCents = cents(textOf(item, "AMT"));
    check(problems, amountCents > 0, "item_amount");
    net.set(letter, (net.get(letter) ?? 0) + netOf(amountCents, device.taxPercents[LETTERS.indexOf(letter)] ?? 0));
    gross.set(letter, (gross.get(letter) ?? 0) + amountCents);
  }
  const sum = (amounts: Map<string, number>): number =>
    [...amounts.values()].reduce((total, amount) => total + amount, 0);
  const totalCents = sum(gross);
  const totals = childOf(receipt, "TOTALS");
  shape(problems, totals, "TOTALTAXEXCL TOTALTAXINCL DISCOUNT");
  check(
    problems,
    cents(textOf(totals, "TOTALTAXINCL")) === totalCents && cents(textOf(totals, "TOTALTAXEXCL")) === sum(net),
    "totals",
  );
  check(problems, textOf(totals, "DISCOUNT") === "0", "discount");
  const payments = childOf(receipt, "PAYMENTS");
  shape(problems, payments, "PMTTYPE PMTAMOUNT");
  check(
    problems,
    textOf(payments, "PMTTYPE") === "EMONEY" && textOf(payments, "PMTAMOUNT") === (totalCents / 100).toFixed(2),
    "payments",
  );
  const rows = vatRows(problems, childOf(receipt, "VATTOTALS"));
  check(
    problems,
    rows.length === net.size &&
      rows.every(
        ({ rate, netCents, taxCents }) => netCents === net.get(rate) && netCents + taxCents === gross.get(rate),
      ),
    "vat",
  );

  return {
    problems,
    keep() {
      const kept = books.days.get(day) ?? {
        count: 0,
        totalCents: 0,
        netCents: new Map<string, number>(),
        isReported: false,
      };
      for (const [letter, amount] of net) kept.netCents.set(letter, (kept.netCents.get(letter) ?? 0) + amount);
      books.days.set(day, { ...kept, count: kept.count + 1, totalCents: kept.totalCents + totalCents });
      Object.assign(books, { globalCounter, day, dailyCounter, moment, grossCents: books.grossCents + totalCents });
    },
  };
};

export const judgeReport = (report: Element, device: DeviceFacts, books: Books, now: string): Judged => {
  const problems: string[] = [];
  shape(problems, report, REPORT);
  const text = (name: string): string => textOf(report, name);
  const day = text("DATE");
  const kept = books.days.get(day) ?? {
    count: 0,
    totalCents: 0,
    netCents: new Map<string, number>(),
    isReported: false,
  };
  check(problems, `${day} ${text("TIME")}` <= now, "moment_in_the_future");
  check(problems, text("ZNUMBER") === day.replaceAll("-", ""), "znumber");
  check(problems, !kept.isReported, "reported_twice");
  check(
    problems,
    [...books.days].every(([earlier, { isReported }]) => earlier >= day || isReported),
    "earlier_day_is_not_reported",
  );
  check(
    problems,
    text("TIN") === device.tin &&
      text("VRN") === device.vrn &&
      text("REGID") === device.regId &&
      text("EFDSERIAL") === device.serial,
    "device",
  );
  check(problems, /^\d{4}-\d\d-\d\d$/.test(text("REGISTRATIONDATE")), "registrationdate");
  check(
    problems,
    text("SIMIMSI") === "WEBAPI" &&
      text("FWVERSION") === "3.0" &&
      text("FWCHECKSUM") === "WEBAPI" &&
      text("ERRORS") === "",
    "fixed_words",
  );
  check(problems, shapeOf(childOf(report, "HEADER")) === "LINE LINE LINE LINE", "shape_of_header");
  const totals = childOf(report, "TOTALS");
  shape(problems, totals, TOTALS);
  check(problems, cents(textOf(totals, "DAILYTOTALAMOUNT")) === kept.totalCents, "daily_total");
  check(problems, cents(textOf(totals, "GROSS")) === books.grossCents, "gross");
  check(problems, textOf(totals, "TICKETSFISCAL") === String(kept.count), "tickets");
  const rows = vatRows(problems, childOf(report, "VATTOTALS"));
  check(problems, rows.map(({ rate }) => rate.split("-")[0]).join("") === "ABCDE", "vat_rates");
  check(
    problems,
    rows.every(({ rate, netCents }) => netCents === (kept.netCents.get(rate.charAt(0)) ?? 0)),
    "vat",
  );
  check(
    problems,
    rows.reduce((sum, { netCents, taxCents }) => sum + netCents + taxCents, 0) === kept.totalCents,
    "vat_total",
  );
  const payments = childOf(report, "PAYMENTS").children;
  const paid = payments
    .filter(({ name }) => name === "PMTAMOUNT")
    .reduce((sum, { text: amount }) => sum + cents(amount), 0);
  check(
    problems,
    payments
      .filter(({ name }) => name === "PMTTYPE")
      .map((each) => each.text)
      .join(" ") === "CASH CHEQUE CCARD EMONEY INVOICE" && paid === kept.totalCents,
    "payments",
  );
  return { problems, keep: () => void books.days.set(day, { ...kept, isReported: true }) };
};
