// The XML of TRA's virtual fiscal device API. No whitespace inside the signed element; numbers are written as the
// authority's integrators write them: sums of items shortest, VAT and payments with two decimals.
import type {
  FiscalAnswer,
  FiscalDayReport,
  FiscalDocument,
  FiscalReceipt,
  FiscalRegistration,
  VatSum,
} from "./fiscal-port.ts";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
const unescape = (text: string): string =>
  text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (entity) =>
    Object.keys(ENTITIES).find((key) => ENTITIES[key] === entity)!,
  );

const element = (name: string, content: string | number): string => `<${name}>${content}</${name}>`;
const text = (name: string, content: string): string => element(name, escape(content));

const decimals = (cents: number): string => (cents / 100).toFixed(2);
const shortest = (cents: number): string => String(cents / 100);
const letter = (taxCode: number): string => "ABCDE".charAt(taxCode - 1);
export const zNumber = (day: string): string => day.replaceAll("-", "");
export const verificationCode = (receiptCode: string, globalCounter: number): string =>
  `${receiptCode}${globalCounter}`;

export const registrationElement = (tin: string, certKey: string): string =>
  element("REGDATA", text("TIN", tin) + text("CERTKEY", certKey));

const vatTotals = (sums: readonly VatSum[], rate: (sum: VatSum) => string): string =>
  element(
    "VATTOTALS",
    sums
      .map(
        (sum) =>
          element("VATRATE", rate(sum)) +
          element("NETTAMOUNT", decimals(sum.netCents)) +
          element("TAXAMOUNT", decimals(sum.taxCents)),
      )
      .join(""),
  );

const receiptElement = ({ registration, ...receipt }: FiscalReceipt): string => {
  const totalCents = receipt.totalTzs * 100;
  const taxCents = receipt.vat.reduce((sum, vat) => sum + vat.taxCents, 0);
  const items = receipt.items.map((item, index) =>
    element(
      "ITEM",
      element("ID", index + 1) +
        text("DESC", item.description) +
        element("QTY", item.quantity) +
        element("TAXCODE", item.taxCode) +
        element("AMT", item.amountTzs),
    ),
  );
  return element(
    "RCT",
    [
      text("DATE", receipt.day),
      text("TIME", receipt.time),
      text("TIN", registration.tin),
      text("REGID", registration.regId),
      text("EFDSERIAL", registration.serial),
      // 6: the customer shows no identity. The renter's number stays with us.
      element("CUSTIDTYPE", 6),
      element("CUSTID", ""),
      element("CUSTNAME", ""),
      element("MOBILENUM", ""),
      element("RCTNUM", receipt.globalCounter),
      element("DC", receipt.dailyCounter),
      element("GC", receipt.globalCounter),
      element("ZNUM", zNumber(receipt.day)),
      text("RCTVNUM", verificationCode(registration.receiptCode, receipt.globalCounter)),
      element("ITEMS", items.join("")),
      element(
        "TOTALS",
        element("TOTALTAXEXCL", shortest(totalCents - taxCents)) +
          element("TOTALTAXINCL", shortest(totalCents)) +
          element("DISCOUNT", 0),
      ),
      element("PAYMENTS", element("PMTTYPE", "EMONEY") + element("PMTAMOUNT", decimals(totalCents))),
      vatTotals(receipt.vat, (sum) => letter(sum.taxCode)),
    ].join(""),
  );
};

const dayReportElement = ({ registration, ...report }: FiscalDayReport): string => {
  const total = decimals(report.totalTzs * 100);
  const lines = [
    registration.name,
    registration.street,
    `MOBILE: ${registration.mobile}`,
    `${registration.city},${registration.country}`,
  ];
  const payments = ["CASH", "CHEQUE", "CCARD", "EMONEY", "INVOICE"].map(
    (type) => element("PMTTYPE", type) + element("PMTAMOUNT", type === "EMONEY" ? total : "0.00"),
  );
  return element(
    "ZREPORT",
    [
      text("DATE", report.day),
      text("TIME", report.time),
      element("HEADER", lines.map((line) => text("LINE", line.toUpperCase())).join("")),
      text("VRN", registration.vrn),
      text("TIN", registration.tin),
      text("TAXOFFICE", registration.taxOffice),
      text("REGID", registration.regId),
      element("ZNUMBER", zNumber(report.day)),
      text("EFDSERIAL", registration.serial),
      text("REGISTRATIONDATE", report.registeredOn),
      text("USER", registration.uin),
      element("SIMIMSI", "WEBAPI"),
      element(
        "TOTALS",
        [
          element("DAILYTOTALAMOUNT", total),
          element("GROSS", decimals(report.grossTzs * 100)),
          element("CORRECTIONS", "0.00"),
          element("DISCOUNTS", "0.00"),
          element("SURCHARGES", "0.00"),
          element("TICKETSVOID", 0),
          element("TICKETSVOIDTOTAL", "0.00"),
          element("TICKETSFISCAL", report.receiptCount),
          element("TICKETSNONFISCAL", 0),
        ].join(""),
      ),
      vatTotals(report.vat, (sum) => `${letter(sum.taxCode)}-${sum.percent.toFixed(2)}`),
      element("PAYMENTS", payments.join("")),
      element("CHANGES", element("VATCHANGENUM", 0) + element("HEADCHANGENUM", 0)),
      element("ERRORS", ""),
      element("FWVERSION", "3.0"),
      element("FWCHECKSUM", "WEBAPI"),
    ].join(""),
  );
};

/** The element that is signed, byte for byte. */
export const documentElement = (document: FiscalDocument): string =>
  document.kind === "receipt" ? receiptElement(document) : dayReportElement(document);

/** `signature` is base64, over the bytes of `signed`. */
export const envelope = (signed: string, signature: string): string =>
  `<EFDMS>${signed}<EFDMSSIGNATURE>${signature}</EFDMSSIGNATURE></EFDMS>`;
export const declared = (xml: string): string => `${DECLARATION}\n${xml}`;

/** The content of the first element of this name; null when there is none or it has elements inside. */
const read = (xml: string, name: string): string | null => {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return found === undefined ? null : unescape(found.trim());
};

const readNumber = (xml: string, name: string): number | null => {
  const found = read(xml, name);
  return found !== null && /^\d{1,15}(\.\d+)?$/.test(found) ? Number(found) : null;
};

const ACK_CODES: Record<number, string> = {
  1: "invalid_signature",
  3: "invalid_tin",
  4: "approval_required",
  5: "unhandled",
  6: "invalid_serial",
  7: "invalid_client",
  8: "wrong_certificate",
};
export const ackReason = (ackCode: number): string => ACK_CODES[ackCode] ?? "unknown_code";

/** The answer to a receipt or a report; one that names another number says nothing of ours. */
export const readAcknowledgement = (xml: string, kind: FiscalDocument["kind"], number: string): FiscalAnswer => {
  const ackCode = readNumber(xml, "ACKCODE");
  if (ackCode === null) return { status: "unavailable", reason: "answer_unreadable" };
  if (ackCode !== 0) return { status: "refused", ackCode, reason: ackReason(ackCode) };
  return read(xml, kind === "receipt" ? "RCTNUM" : "ZNUMBER") === number
    ? { status: "accepted" }
    : { status: "unavailable", reason: "answer_of_another" };
};

/** Null when a part without which no receipt can be issued is missing. */
export const readRegistration = (
  xml: string,
): { registration: FiscalRegistration; username: string; password: string } | null => {
  const [regId, serial, receiptCode, tin, username, password] = [
    "REGID",
    "SERIAL",
    "RECEIPTCODE",
    "TIN",
    "USERNAME",
    "PASSWORD",
  ].map((name) => read(xml, name));
  const globalCounter = readNumber(xml, "GC");
  if (
    !regId ||
    !serial ||
    !receiptCode ||
    !tin ||
    !username ||
    !password ||
    globalCounter === null ||
    !Number.isInteger(globalCounter)
  )
    return null;
  const other = (name: string): string => read(xml, name) ?? "";
  return {
    registration: {
      regId,
      serial,
      receiptCode,
      tin,
      globalCounter,
      uin: other("UIN"),
      vrn: other("VRN"),
      name: other("NAME"),
      street: other("STREET"),
      mobile: other("MOBILE"),
      city: other("CITY"),
      country: other("COUNTRY"),
      taxOffice: other("TAXOFFICE"),
      routingKey: read(xml, "ROUTINGKEY") || "vfdrct",
      taxPercents: ["CODEA", "CODEB", "CODEC", "CODED"].map((name) => readNumber(xml, name) ?? 0),
    },
    username,
    password,
  };
};

export const readAckCode = (xml: string): number | null => readNumber(xml, "ACKCODE");
