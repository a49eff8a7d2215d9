// Callers of every kind, with the shortest and the longest values that a screen may have to hold.
import { locales } from "../../src/lib/i18n.ts";
import { defaultTariff, defaultVatRates } from "../../src/pricing/tariff.ts";
import type { Place } from "../../src/ussd/menu.ts";
import type { Caller } from "../../src/ussd/repository.ts";
import type { View } from "../../src/ussd/screen.ts";

export const NOW_MS = Date.parse("2026-12-31T08:31:00.000Z");
const HOUR_MS = 3_600_000;
const LONG_NAME = "Mlimani City Shopping Centre ya Sam Nujoma Road, mlango wa pili karibu na benki – ghorofa ya chini";

export const steepTariff = {
  ...defaultTariff,
  depositTzs: 1_000_000,
  baseFeeTzs: 1_000_000,
  includedMinutes: 9_999,
  lateFeeTzs: 999_999,
  extensionMinutes: 9_999,
  extensionFeeTzs: 999_999,
  maxExtensions: 6,
  capPer24hTzs: 9_000_000,
  capTotalTzs: 9_500_000,
  earlyReportReplacementTzs: 9_900_000,
  replacementTzs: 9_999_999,
};

type Rental = NonNullable<Caller["rental"]>;

export const rentalWith = (status: Rental["status"], overrides: Partial<Rental> = {}): Rental => ({
  id: "rnt_00000000000000000000000000",
  userId: "usr_00000000000000000000000000",
  stationId: "stn_00000000000000000000000000",
  stationCode: "999999",
  stationName: LONG_NAME,
  status,
  reason: "test",
  version: 1,
  tariff: steepTariff,
  depositTzs: 1_000_000,
  openedAtMs: NOW_MS - HOUR_MS,
  lastActionAtMs: NOW_MS - HOUR_MS,
  leaseExpiresAtMs: NOW_MS + 180_000,
  slot: 48,
  powerBankId: "pb_1",
  startedAtMs: NOW_MS - HOUR_MS,
  dueAtMs: NOW_MS + 30 * HOUR_MS,
  isOverdue: false,
  isDisputed: false,
  extensions: [],
  pauses: [],
  endedAtMs: null,
  returnStationId: null,
  returnStationName: LONG_NAME,
  isFreeReturn: false,
  lostAtMs: null,
  isLostReported: false,
  noticedAtMs: null,
  nextNoticeAtMs: null,
  swappedToId: null,
  swappedAtMs: null,
  swapOfId: null,
  lines: null,
  totalTzs: 9_999_999,
  vatTzs: null,
  netTzs: null,
  vatRates: defaultVatRates,
  freeReturnsAtMs: [],
  payment: {
    id: "pay_00000000000000000000000000",
    purpose: "deposit",
    state: "submitted",
    reason: null,
    amountTzs: 1_000_000,
    provider: "airtel",
  },
  returnCode: "000000",
  ...overrides,
});

const cheap = { stationName: "A", returnStationName: "A", tariff: defaultTariff, totalTzs: 0, stationCode: "1001" };
const overdue = { startedAtMs: NOW_MS - 400 * HOUR_MS, dueAtMs: NOW_MS - 71 * HOUR_MS, isOverdue: true };
const rentals: (Rental | null)[] = [
  null,
  rentalWith("awaiting_payment"),
  rentalWith("dispensing"),
  rentalWith("dispensing", { slot: null }),
  rentalWith("active"),
  rentalWith("active", overdue),
  rentalWith("active", { ...cheap, dueAtMs: NOW_MS + HOUR_MS }),
  rentalWith("completed"),
  rentalWith("completed", cheap),
  rentalWith("lost"),
  rentalWith("swapped"),
  rentalWith("cancelled"),
];

const station = (overrides: Partial<NonNullable<Caller["station"]>> = {}): NonNullable<Caller["station"]> => ({
  code: "999999",
  name: LONG_NAME,
  isInService: true,
  isOpen: true,
  isOnline: true,
  freeBanks: 8,
  terms: steepTariff,
  vatRates: defaultVatRates,
  ...overrides,
});
const stations: Caller["station"][] = [
  null,
  station(),
  station({ code: "1001", name: "A", terms: defaultTariff }),
  station({ isInService: false }),
  station({ isOpen: false }),
  station({ isOnline: false }),
  station({ freeBanks: 0 }),
  station({ isOnline: null, freeBanks: null }),
];

const callersOf = (rental: Rental | null): Caller[] =>
  (["none", "pending", "active", "suspended"] as const).flatMap((state) =>
    [0, 9_999_999].flatMap((debtTzs) =>
      (debtTzs > 0 ? [0] : [700, 9_999_999]).map((walletTzs) => ({
        user:
          state === "none"
            ? null
            : { id: "usr_00000000000000000000000000" as const, name: "Asha", locale: "sw" as const, state },
        walletTzs,
        debtTzs,
        rental,
        rentals: rental?.status === "active" ? [{ rental, holdTzs: 9_999_999 }] : [],
        isWithdrawing: false,
        station: null,
        found: null,
      })),
    ),
  );

/** As long as the host of any deployment that is not measured with its own. */
export const LONGEST_HOST = "www.chajipoa.co.tz";
const base = { nowMs: NOW_MS, host: LONGEST_HOST, minTzs: 1_000, isRestarted: false, outcome: null };

const callers = {
  rentals: rentals.flatMap(callersOf),
  stations: stations.flatMap((each) => callersOf(null).map((caller) => ({ ...caller, station: each }))),
  found: rentals.map((found) => ({ ...callersOf(null)[0]!, found })),
  withdrawing: callersOf(null).map((caller) => ({ ...caller, isWithdrawing: true })),
};

const seenBy = (known: Caller[]): View[] =>
  locales.flatMap((locale) =>
    // The longest name of a network, and the shortest.
    (["airtel", "mpesa"] as const).flatMap((usual) =>
      [false, true].flatMap((isMistaken) =>
        known.map((caller) => ({ ...base, locale, usual, feeTzs: usual === "airtel" ? 2_000 : 0, isMistaken, caller })),
      ),
    ),
  );
const byRentals = seenBy([...callers.rentals, ...callers.withdrawing]);
const byStations = seenBy([...callers.stations, ...callers.rentals]);
const byFound = seenBy(callers.found);

/** Everybody who may come to a place, but what came of what is done there. */
export const viewsAt = ({ at }: Place): View[] =>
  at.startsWith("friend") ? byFound : at.startsWith("rent_") ? byStations : byRentals;

export const outcomeRentals = rentals.filter((rental) => rental !== null);
