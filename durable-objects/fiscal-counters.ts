// The counters: every change is one transaction with the document that it belongs to, so that no number is without its
// receipt and no day without its report.
import type {
  FiscalDayReport,
  FiscalDocument,
  FiscalNumber,
  FiscalReceipt,
  FiscalRegistration,
  FiscalSale,
} from "../src/receipts/port.ts";
import { localMoment, nextDay } from "./fiscal-day.ts";
import { sumItems, TAX_CODES, taxCodeFor } from "./fiscal-sums.ts";
import type { Sql } from "./sql.ts";

/** One page of days at most, should the clock have been wrong by years. */
const MAX_DAYS_AT_ONCE = 400;

export interface Device {
  registration: FiscalRegistration;
  credentialsSealed: string;
  registeredAtMs: number;
  globalCounter: number;
  day: string;
  dailyCounter: number;
  dailyTzs: number;
  grossTzs: number;
  lastAtMs: number;
}

interface DeviceRow extends Record<string, SqlStorageValue> {
  registration: string;
  credentials_sealed: string;
  registered_at_ms: number;
  global_counter: number;
  day: string;
  daily_counter: number;
  daily_tzs: number;
  gross_tzs: number;
  last_at_ms: number;
}

export const readDevice = (sql: Sql): Device | null => {
  const row = sql.first<DeviceRow>("select * from device");
  return row
    ? {
        registration: JSON.parse(row.registration) as FiscalRegistration,
        credentialsSealed: row.credentials_sealed,
        registeredAtMs: row.registered_at_ms,
        globalCounter: row.global_counter,
        day: row.day,
        dailyCounter: row.daily_counter,
        dailyTzs: row.daily_tzs,
        grossTzs: row.gross_tzs,
        lastAtMs: row.last_at_ms,
      }
    : null;
};

/** The first registration stays: a second one would begin to count anew. */
export const keepRegistration = (
  sql: Sql,
  registration: FiscalRegistration,
  credentialsSealed: string,
  nowMs: number,
): void =>
  sql.run(
    `insert into device (one, registration, credentials_sealed, registered_at_ms, global_counter, day, daily_counter, daily_tzs, gross_tzs, last_at_ms)
     values (1, ?, ?, ?, ?, ?, 0, 0, 0, ?) on conflict do nothing`,
    JSON.stringify(registration),
    credentialsSealed,
    nowMs,
    registration.globalCounter,
    localMoment(nowMs).day,
    nowMs,
  );

interface NumberRow extends Record<string, SqlStorageValue> {
  global_counter: number;
  receipt_id: string;
  daily_counter: number;
  day: string;
  time: string;
  at_ms: number;
}

const toNumber = (row: NumberRow): FiscalNumber => ({
  receiptId: row.receipt_id as FiscalNumber["receiptId"],
  globalCounter: row.global_counter,
  dailyCounter: row.daily_counter,
  day: row.day,
  time: row.time,
  issuedAtMs: row.at_ms,
});

const queue = (sql: Sql, document: FiscalDocument, number: string, nowMs: number): void => {
  // The registration is the device's and does not change; it is put in again when the document is composed.
  const { registration: _registration, ...content } = document;
  sql.run(
    "insert into outbox (kind, number, content, made_at_ms, next_at_ms) values (?, ?, ?, ?, ?)",
    document.kind,
    number,
    JSON.stringify(content),
    nowMs,
    nowMs,
  );
};

/** Ends every day that is over with its report, also days without a receipt. */
export const turnDays = (sql: Sql, nowMs: number): void => {
  const device = readDevice(sql);
  if (!device) return;
  const today = localMoment(Math.max(nowMs, device.lastAtMs)).day;
  let { day } = device;
  for (let i = 0; day < today && i < MAX_DAYS_AT_ONCE; i++) {
    const report = dayReport(sql, { ...device, day, ...(i === 0 ? {} : { dailyCounter: 0, dailyTzs: 0 }) });
    queue(sql, report, day.replaceAll("-", ""), nowMs);
    sql.run("delete from day_sums");
    day = nextDay(day);
  }
  if (day !== device.day) sql.run("update device set day = ?, daily_counter = 0, daily_tzs = 0", day);
};

const dayReport = (sql: Sql, device: Device): FiscalDayReport => {
  const sums = sql.all<{ tax_code: number; percent: number; net_cents: number; tax_cents: number }>(
    "select * from day_sums",
  );
  return {
    kind: "z_report",
    // The day's last second: its receipts are all before it, and it is past when this is made.
    day: device.day,
    time: "23:59:59",
    registration: device.registration,
    registeredOn: localMoment(device.registeredAtMs).day,
    receiptCount: device.dailyCounter,
    totalTzs: device.dailyTzs,
    grossTzs: device.grossTzs,
    vat: TAX_CODES.map((taxCode) => {
      const sum = sums.find((row) => row.tax_code === taxCode);
      return {
        taxCode,
        percent: sum?.percent ?? device.registration.taxPercents[taxCode - 1] ?? 0,
        netCents: sum?.net_cents ?? 0,
        taxCents: sum?.tax_cents ?? 0,
      };
    }),
  };
};

/** The number of a receipt: the one it has, or the next. Null when the device has no code for its rate; nothing is counted then. */
export const issueNumber = (
  sql: Sql,
  sale: FiscalSale,
  taxCodes: Record<string, number>,
  nowMs: number,
): FiscalNumber | null => {
  const given = sql.first<NumberRow>("select * from numbers where receipt_id = ?", sale.receiptId);
  if (given) return toNumber(given);
  const device = readDevice(sql)!;
  const taxCode = taxCodeFor(sale.vatPercent, device.registration.taxPercents, taxCodes);
  if (taxCode === null) return null;
  // A clock that was set back does not make a receipt older than the one before it.
  const atMs = Math.max(nowMs, device.lastAtMs);
  const { time } = localMoment(atMs);
  const number: FiscalNumber = {
    receiptId: sale.receiptId,
    globalCounter: device.globalCounter + 1,
    dailyCounter: device.dailyCounter + 1,
    day: device.day,
    time,
    issuedAtMs: atMs,
  };
  const totalTzs = sale.items.reduce((sum, item) => sum + item.amountTzs, 0);
  const vat = sumItems(sale.items, sale.vatPercent, taxCode);
  sql.run(
    "update device set global_counter = ?, daily_counter = ?, daily_tzs = daily_tzs + ?, gross_tzs = gross_tzs + ?, last_at_ms = ?",
    number.globalCounter,
    number.dailyCounter,
    totalTzs,
    totalTzs,
    atMs,
  );
  sql.run(
    "insert into numbers (global_counter, receipt_id, daily_counter, day, time, at_ms) values (?, ?, ?, ?, ?, ?)",
    number.globalCounter,
    number.receiptId,
    number.dailyCounter,
    number.day,
    number.time,
    atMs,
  );
  sql.run(
    `insert into day_sums (tax_code, percent, net_cents, tax_cents) values (?1, ?2, ?3, ?4)
     on conflict (tax_code) do update set percent = ?2, net_cents = net_cents + ?3, tax_cents = tax_cents + ?4`,
    taxCode,
    sale.vatPercent,
    vat.netCents,
    vat.taxCents,
  );
  const receipt: FiscalReceipt = {
    kind: "receipt",
    day: number.day,
    time,
    registration: device.registration,
    globalCounter: number.globalCounter,
    dailyCounter: number.dailyCounter,
    items: sale.items.map((item) => ({ ...item, taxCode })),
    totalTzs,
    vat: [vat],
  };
  queue(sql, receipt, String(number.globalCounter), nowMs);
  return number;
};
