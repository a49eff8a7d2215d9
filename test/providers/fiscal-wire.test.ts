import { describe, expect, test } from "vitest";
import {
  documentElement,
  envelope,
  readAcknowledgement,
  readRegistration,
  registrationElement,
} from "../../src/providers/fiscal-wire.ts";
import type { FiscalDayReport, FiscalReceipt, FiscalRegistration } from "../../src/providers/ports.ts";

const registration: FiscalRegistration = {
  regId: "TZ0100",
  serial: "10TZ1",
  uin: "09VFD",
  tin: "100100100",
  vrn: "40001234A",
  name: "Chaji & Poa",
  street: "Msimbazi",
  mobile: "0754",
  city: "Dar es Salaam",
  country: "Tanzania",
  taxOffice: "Ilala",
  receiptCode: "ABC123",
  routingKey: "vfdrct",
  globalCounter: 0,
  taxPercents: [18, 0, 0, 0],
};

const receipt = (change: Partial<FiscalReceipt> = {}): FiscalReceipt => ({
  kind: "receipt",
  day: "2026-11-20",
  time: "10:15:30",
  registration,
  globalCounter: 387,
  dailyCounter: 5,
  items: [{ description: "Power bank rental", quantity: 1, taxCode: 1, amountTzs: 1_000 }],
  totalTzs: 1_000,
  vat: [{ taxCode: 1, percent: 18, netCents: 84_746, taxCents: 15_254 }],
  ...change,
});

const HEAD =
  "<RCT><DATE>2026-11-20</DATE><TIME>10:15:30</TIME><TIN>100100100</TIN><REGID>TZ0100</REGID><EFDSERIAL>10TZ1</EFDSERIAL>" +
  "<CUSTIDTYPE>6</CUSTIDTYPE><CUSTID></CUSTID><CUSTNAME></CUSTNAME><MOBILENUM></MOBILENUM>" +
  "<RCTNUM>387</RCTNUM><DC>5</DC><GC>387</GC><ZNUM>20261120</ZNUM><RCTVNUM>ABC123387</RCTVNUM>";
const item = (id: number, description: string, quantity: number, taxCode: number, amount: number) =>
  `<ITEM><ID>${id}</ID><DESC>${description}</DESC><QTY>${quantity}</QTY><TAXCODE>${taxCode}</TAXCODE><AMT>${amount}</AMT></ITEM>`;
const tail = (exclusive: string, inclusive: string, letter: string, net: string, tax: string) =>
  `<TOTALS><TOTALTAXEXCL>${exclusive}</TOTALTAXEXCL><TOTALTAXINCL>${inclusive}</TOTALTAXINCL><DISCOUNT>0</DISCOUNT></TOTALS>` +
  `<PAYMENTS><PMTTYPE>EMONEY</PMTTYPE><PMTAMOUNT>${inclusive}.00</PMTAMOUNT></PAYMENTS>` +
  `<VATTOTALS><VATRATE>${letter}</VATRATE><NETTAMOUNT>${net}</NETTAMOUNT><TAXAMOUNT>${tax}</TAXAMOUNT></VATTOTALS></RCT>`;

describe("the bytes of a receipt", () => {
  test.each<[string, Partial<FiscalReceipt>, string]>([
    [
      "one item at 18 %",
      {},
      `<ITEMS>${item(1, "Power bank rental", 1, 1, 1000)}</ITEMS>${tail("847.46", "1000", "A", "847.46", "152.54")}`,
    ],
    [
      "several items, with a sum whose last digit is a zero",
      {
        items: [
          { description: "Power bank rental", quantity: 1, taxCode: 1, amountTzs: 1_000 },
          { description: "Late return", quantity: 3, taxCode: 1, amountTzs: 1_500 },
        ],
        totalTzs: 2_500,
        vat: [{ taxCode: 1, percent: 18, netCents: 211_860, taxCents: 38_140 }],
      },
      `<ITEMS>${item(1, "Power bank rental", 1, 1, 1000)}${item(2, "Late return", 3, 1, 1500)}</ITEMS>${tail("2118.6", "2500", "A", "2118.60", "381.40")}`,
    ],
    [
      "zero rated",
      {
        items: [{ description: "x", quantity: 1, taxCode: 3, amountTzs: 500 }],
        totalTzs: 500,
        vat: [{ taxCode: 3, percent: 0, netCents: 50_000, taxCents: 0 }],
      },
      `<ITEMS>${item(1, "x", 1, 3, 500)}</ITEMS>${tail("500", "500", "C", "500.00", "0.00")}`,
    ],
    [
      "what XML has to escape",
      {
        items: [{ description: `<a> & "b" 'c'`, quantity: 1, taxCode: 2, amountTzs: 1_160 }],
        totalTzs: 1_160,
        vat: [{ taxCode: 2, percent: 16, netCents: 100_000, taxCents: 16_000 }],
      },
      `<ITEMS>${item(1, "&lt;a&gt; &amp; &quot;b&quot; &apos;c&apos;", 1, 2, 1160)}</ITEMS>${tail("1000", "1160", "B", "1000.00", "160.00")}`,
    ],
  ])("%s", (_, change, expected) => {
    expect(documentElement(receipt(change))).toBe(HEAD + expected);
  });

  test("have no whitespace between elements", () => {
    expect(documentElement(receipt())).not.toMatch(/>\s+</);
  });
});

test("the bytes of a registration are signed without a declaration", () => {
  const element = registrationElement("100100100", "10TZ1");
  expect(envelope(element, "c2ln")).toBe(
    "<EFDMS><REGDATA><TIN>100100100</TIN><CERTKEY>10TZ1</CERTKEY></REGDATA><EFDMSSIGNATURE>c2ln</EFDMSSIGNATURE></EFDMS>",
  );
});

test("the bytes of a daily report", () => {
  const report: FiscalDayReport = {
    kind: "z_report",
    day: "2026-11-20",
    time: "23:59:59",
    registration,
    registeredOn: "2026-11-01",
    receiptCount: 2,
    totalTzs: 2_000,
    grossTzs: 52_000,
    vat: [18, 0, 0, 0, 0].map((percent, index) => ({
      taxCode: index + 1,
      percent,
      netCents: index === 0 ? 169_492 : 0,
      taxCents: index === 0 ? 30_508 : 0,
    })),
  };
  const nothing = ["B", "C", "D", "E"]
    .map((letter) => `<VATRATE>${letter}-0.00</VATRATE><NETTAMOUNT>0.00</NETTAMOUNT><TAXAMOUNT>0.00</TAXAMOUNT>`)
    .join("");
  const payments = ["CASH", "CHEQUE", "CCARD", "EMONEY", "INVOICE"]
    .map((type) => `<PMTTYPE>${type}</PMTTYPE><PMTAMOUNT>${type === "EMONEY" ? "2000.00" : "0.00"}</PMTAMOUNT>`)
    .join("");
  expect(documentElement(report)).toBe(
    "<ZREPORT><DATE>2026-11-20</DATE><TIME>23:59:59</TIME><HEADER><LINE>CHAJI &amp; POA</LINE><LINE>MSIMBAZI</LINE><LINE>MOBILE: 0754</LINE><LINE>DAR ES SALAAM,TANZANIA</LINE></HEADER>" +
      "<VRN>40001234A</VRN><TIN>100100100</TIN><TAXOFFICE>Ilala</TAXOFFICE><REGID>TZ0100</REGID><ZNUMBER>20261120</ZNUMBER><EFDSERIAL>10TZ1</EFDSERIAL>" +
      "<REGISTRATIONDATE>2026-11-01</REGISTRATIONDATE><USER>09VFD</USER><SIMIMSI>WEBAPI</SIMIMSI>" +
      "<TOTALS><DAILYTOTALAMOUNT>2000.00</DAILYTOTALAMOUNT><GROSS>52000.00</GROSS><CORRECTIONS>0.00</CORRECTIONS><DISCOUNTS>0.00</DISCOUNTS><SURCHARGES>0.00</SURCHARGES>" +
      "<TICKETSVOID>0</TICKETSVOID><TICKETSVOIDTOTAL>0.00</TICKETSVOIDTOTAL><TICKETSFISCAL>2</TICKETSFISCAL><TICKETSNONFISCAL>0</TICKETSNONFISCAL></TOTALS>" +
      `<VATTOTALS><VATRATE>A-18.00</VATRATE><NETTAMOUNT>1694.92</NETTAMOUNT><TAXAMOUNT>305.08</TAXAMOUNT>${nothing}</VATTOTALS><PAYMENTS>${payments}</PAYMENTS>` +
      "<CHANGES><VATCHANGENUM>0</VATCHANGENUM><HEADCHANGENUM>0</HEADCHANGENUM></CHANGES><ERRORS></ERRORS><FWVERSION>3.0</FWVERSION><FWCHECKSUM>WEBAPI</FWCHECKSUM></ZREPORT>",
  );
});

describe("an answer", () => {
  const ack = (number: string, code: string) =>
    `<EFDMS><RCTACK><RCTNUM>${number}</RCTNUM><DATE/><TIME/><ACKCODE>${code}</ACKCODE><ACKMSG>Success</ACKMSG></RCTACK><EFDMSSIGNATURE/></EFDMS>`;
  test.each([
    ["0 for our number is taken", ack("387", "0"), { status: "accepted" }],
    ["0 for another number says nothing", ack("388", "0"), { status: "unavailable", reason: "answer_of_another" }],
    ["1", ack("387", "1"), { status: "refused", ackCode: 1, reason: "invalid_signature" }],
    ["3", ack("387", "3"), { status: "refused", ackCode: 3, reason: "invalid_tin" }],
    ["4", ack("387", "4"), { status: "refused", ackCode: 4, reason: "approval_required" }],
    ["5", ack("387", "5"), { status: "refused", ackCode: 5, reason: "unhandled" }],
    ["6", ack("387", "6"), { status: "refused", ackCode: 6, reason: "invalid_serial" }],
    ["7", ack("387", "7"), { status: "refused", ackCode: 7, reason: "invalid_client" }],
    ["8", ack("387", "8"), { status: "refused", ackCode: 8, reason: "wrong_certificate" }],
    [
      "a code that the table does not have",
      ack("387", "11"),
      { status: "refused", ackCode: 11, reason: "unknown_code" },
    ],
    ["no code", "<EFDMS></EFDMS>", { status: "unavailable", reason: "answer_unreadable" }],
    ["nothing", "", { status: "unavailable", reason: "answer_unreadable" }],
  ])("with %s", (_, xml, expected) => {
    expect(readAcknowledgement(xml, "receipt", "387")).toEqual(expected);
  });

  test("to a registration without a receipt code registers nothing", () => {
    const xml =
      "<REGID>TZ</REGID><SERIAL>10TZ</SERIAL><TIN>1</TIN><USERNAME>u</USERNAME><PASSWORD>p</PASSWORD><GC>0</GC>";
    expect(readRegistration(xml)).toBeNull();
    expect(readRegistration(`${xml}<RECEIPTCODE>A</RECEIPTCODE><NAME>A &amp; B</NAME>`)?.registration).toMatchObject({
      receiptCode: "A",
      name: "A & B",
      routingKey: "vfdrct",
      taxPercents: [0, 0, 0, 0],
    });
  });
});
