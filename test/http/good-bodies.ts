// By operation: bodies that its route takes. The suites break them one field at a time.
import { defaultTariff } from "../../src/pricing/tariff.ts";
import type { Body } from "./breakage.ts";

const phone = "0712345678";
const challengeId = "chl_01k8m3r4t5v6w7x8y9zabcdefg";
const payment = { provider: "mpesa", phone };
/** Bodies that a route takes, together with every field that it knows. */
export const goodBodies: Record<string, Body[]> = {
  register: [{ phone, name: "Asha", locale: "sw" }],
  login: [{ phone }],
  resendOtp: [{ challengeId, phone }],
  verifyPhone: [{ challengeId, phone, otp: "123456" }],
  refresh: [{ refreshToken: "t1.x" }],
  updateProfile: [
    {
      name: "Asha",
      locale: "sw",
      email: "asha@example.co.tz",
      quietHours: { from: "22:00", to: "06:00" },
      wantsOffers: false,
    },
  ],
  startRental: [
    { stationCode: "1001", payment },
    { qr: "https://chajipoa.test/s/1001", payment },
  ],
  extendRental: [{ payment }],
  reportLost: [{ cause: "stolen" }],
  openDispute: [{ kind: "returned", text: "I put it in slot 4", stationCode: "1001" }],
  decideDispute: [{ outcome: "refund", amountTzs: 500, note: "the station did not see it" }],
  swapRental: [{ cause: "no_charge" }],
  endRental: [{ stationCode: "1001" }],
  takeByHand: [
    { qr: "a.b.c", powerBankId: "CP-00417", stationCode: "1001" },
    { returnCode: "402917", powerBankId: "CP-00417", stationCode: "1001" },
  ],
  issueCreditNote: [{ reason: "dispute", note: "bank was dead", lines: [{ line: 0, grossTzs: 500 }] }],
  initiatePayment: [
    { purpose: "top_up", amountTzs: 5_000, provider: "mpesa", phone },
    { purpose: "top_up", amountTzs: 5_000, provider: "crdb", phone, accountNumber: "0150123456789", otp: "123456" },
  ],
  previewWithdrawal: [{ amountTzs: 5_000, provider: "mpesa", phone }],
  requestWithdrawal: [{ preview: "t1.abc.def" }],
  approveWithdrawal: [{ reason: "called the renter" }],
  rejectWithdrawal: [{ reason: "called the renter" }],
  resendMessage: [{ reason: "she got none" }],
  resendWithdrawal: [{ reason: "no callback came" }],
  closeWithdrawal: [{ outcome: "paid", reason: "their statement" }],
  dismissSuspense: [{ reason: "the provider never had it" }],
  refundSuspense: [{ to: "phone", reason: "paid twice" }],
  registerStation: [
    {
      code: "9001",
      name: "Posta",
      address: "Samora Avenue",
      latitude: -6.8,
      longitude: 39.2,
      tariffId: `trf_${"0".repeat(26)}`,
      slotCount: 8,
      openingHours: [{ day: 1, opens: "08:00", closes: "22:00" }],
      maxTemperatureC: 45,
      heartbeatSeconds: 25,
      driver: "protocol1",
      publicX: "A".repeat(43),
    },
    {
      code: "9002",
      name: "Posta",
      address: "Samora Avenue",
      latitude: -6.8,
      longitude: 39.2,
      tariffId: `trf_${"0".repeat(26)}`,
      slotCount: 8,
      driver: "chargenow",
      vendorId: "DTA0001",
    },
  ],
  editStation: [
    {
      reason: "it moved",
      name: "Posta",
      address: "Samora Avenue",
      latitude: -6.8,
      longitude: 39.2,
      tariffId: `trf_${"0".repeat(26)}`,
      openingHours: [],
      maxTemperatureC: 45,
      heartbeatSeconds: 25,
      acceptsStaticCode: true,
    },
  ],
  setStationService: [{ isInService: false, reason: "flooded" }],
  findPerson: [{ phone: "0712345678" }],
  setPersonState: [{ state: "suspended", reason: "stolen phone" }],
  setPersonRole: [{ role: "agent", reason: "hired" }],
  orderStation: [
    { kind: "open", slot: 3, powerBankId: "CP-0101", reason: "jammed" },
    { kind: "screen", showMinutes: 30, reason: "its clock is wrong" },
  ],
  setSlotService: [{ slot: 3, isInService: false, reason: "bent spring" }],
  giveStationKey: [{ reason: "yearly", publicX: "A".repeat(43) }],
  retireStationKey: [{ keyId: "k-1", reason: "yearly", isLast: false }],
  retireStation: [{ reason: "the shop closed" }],
  registerPowerBanks: [{ powerBankIds: ["CP-9001"] }],
  setPowerBankService: [{ isInService: false, reason: "swollen" }],
  takePowerBank: [{ to: "hands", reason: "to Kariakoo" }],
  retirePowerBank: [{ reason: "worn out" }],
  publishTariff: [{ name: "default", terms: defaultTariff, reason: "new year" }],
  openTicket: [
    {
      title: "Screen is dark",
      body: "since Monday",
      stationId: `stn_${"0".repeat(26)}`,
      slot: 3,
      powerBankId: "CP-0101",
      rentalId: `rnt_${"0".repeat(26)}`,
    },
  ],
  workOnTicket: [{ note: "new spring", parts: [{ part: "spring", quantity: 1 }], state: "done", assignee: "me" }],
  moveClosedWallet: [{ closedUserId: `usr_${"0".repeat(26)}`, reason: "she was here with her phone" }],
  forgiveDebt: [{ amountTzs: 500, reason: "the station was broken" }],
};
/** Read behind another door than `validate`: they have suites of their own below. */
