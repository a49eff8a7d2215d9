// The statements of a rental while its bank is out, of disputes, and of what stations tell beside rentals.
import { atStation, call, type Frame, type HotStatement, key } from "./hot-statement.ts";
import { STAFF_ID, STATION } from "./world.ts";

const requestId = "req_bench";
/** The n-th of the batch, see fillLife. */
const nth = (tag: string, n: number) => `${tag}${String(n).padStart(12, "0")}`;
const rentalOf = (tag: string, n: number) => ({ rentalId: `rnt_${nth(tag, n)}`, userId: `usr_${nth(tag, n)}` });
const base = {
  lines: [{ kind: "base", quantity: 1, grossTzs: 1_000, netTzs: 847, vatTzs: 153 }],
  totalTzs: 1_000,
  vatTzs: 153,
  netTzs: 847,
};
const lost = {
  lines: [{ kind: "lost", quantity: 1, grossTzs: 45_000, netTzs: 38_136, vatTzs: 6_864 }],
  totalTzs: 45_000,
  vatTzs: 6_864,
  netTzs: 38_136,
};

export const ofLife = (frame: Frame): HotStatement[] => [
  ...whileOut(frame),
  ...ofDisputes(frame),
  ...ofStations(frame),
];

const whileOut = ({ tag, now }: Frame): HotStatement[] => {
  const extension = {
    version: 2,
    actor: "user:bench",
    offer: { amountTzs: 1_000, dueAtMs: Date.now(), boughtAtMs: Date.now() },
    key: key(tag),
    now,
    requestId,
  };
  const ask = {
    id: `pay_e${tag}`,
    provider: "mpesa",
    msisdnSealed: "s",
    externalId: `ext${tag}`,
    expiresAt: now,
    promptAt: null,
  };
  return [
    call(
      "rental_extend",
      { ...extension, ...rentalOf(tag, 2), payment: null, messageId: `msg_e${tag}` },
      "rental_extend from the wallet",
    ),
    call(
      "rental_extend",
      { ...extension, ...rentalOf(tag, 3), payment: ask, messageId: `msg_e${tag}` },
      "rental_extend by a payment",
    ),
    call("rental_lose", {
      ...rentalOf(tag, 3),
      ...lost,
      version: 2,
      at: now,
      key: key(tag),
      isReported: true,
      vatPercent: 18,
      receiptId: `rcp_l${tag}`,
      receiptToken: `l${tag}`,
      messageId: `msg_l${tag}`,
      actor: "user:bench",
      now,
      requestId,
    }),
    call("rental_swap", {
      ...rentalOf(tag, 4),
      cause: "no_power",
      successorId: `rnt_swap${tag}`,
      key: key(tag),
      actor: "user:bench",
      now,
      requestId,
    }),
    call("rental_found", {
      ...rentalOf(tag, 7),
      ...base,
      ...atStation(tag, 3),
      version: 2,
      at: now,
      isFreeReturn: false,
      creditNoteId: `crn_f${tag}`,
      creditToken: `f${tag}`,
      messageId: `msg_f${tag}`,
      actor: "station:bench",
      now,
      requestId,
    }),
    call("rental_due", {
      ...rentalOf(tag, 5),
      version: 2,
      notice: { messageId: `msg_n${tag}`, template: "rental_due", params: {}, atMs: Date.now(), untilMs: Date.now() },
      nextNoticeAtMs: Date.now(),
      now,
      requestId,
    }),
    call("rental_return_report", {
      ...rentalOf(tag, 6),
      version: 2,
      stationId: STATION.id,
      sight: "absent",
      dueAtMs: Date.now(),
      actor: "user:bench",
      now,
      requestId,
    }),
    call("rental_cancel", {
      rentalId: `rnt_waits${tag}`,
      from: ["dispensing"],
      reason: "eject_failed",
      messageId: `msg_c${tag}`,
      actor: "system:bench",
      now,
      requestId,
    }),
  ];
};

const ofDisputes = ({ tag, now }: Frame): HotStatement[] => {
  const decision = {
    disputeId: "dsp_h000000000050",
    staffId: STAFF_ID,
    actor: `staff:${STAFF_ID}`,
    amountTzs: 500,
    note: "n",
    messageId: `msg_d${tag}`,
    key: key(tag),
    now,
    requestId,
  };
  return [
    call("dispute_open", {
      ...rentalOf(tag, 6),
      disputeId: `dsp_x${tag}`,
      kind: "returned",
      textSealed: "s",
      stationCode: STATION.code,
      actor: "user:bench",
      key: key(tag),
      now,
      requestId,
    }),
    call("dispute_keep", { disputeId: decision.disputeId, stations: [{ stationId: STATION.id }] }),
    call(
      "dispute_decide",
      { ...decision, outcome: "refund", creditNoteId: `crn_d${tag}`, token: `d${tag}` },
      "dispute_decide with a refund",
    ),
    call("dispute_decide", { ...decision, outcome: "goodwill" }, "dispute_decide by goodwill"),
  ];
};

const ofStations = ({ tag, now }: Frame): HotStatement[] => [
  call("eject_failed", {
    ...atStation(tag, 4),
    commandId: `cmd_f${tag}`,
    powerBankId: "pb_1",
    kind: "not_out",
    at: now,
    now,
    requestId,
  }),
  call(
    "eject_failed",
    {
      ...atStation(tag, 5),
      commandId: `cmd_g${tag}`,
      powerBankId: "pb_1",
      kind: "wrong_slot",
      at: now,
      now,
      requestId,
    },
    "eject_failed of another slot",
  ),
  call("station_alert", { ...atStation(tag, 6), alert: "overheat", detail: null, at: now, now, requestId }),
  call("rental_hand_in", {
    rentalId: `rnt_${nth(tag, 8)}`,
    powerBankId: `pb_${tag}8`,
    stationCode: STATION.code,
    staffId: STAFF_ID,
    use: key(tag, "counter"),
    now,
    requestId,
  }),
  call("custody_taken", { ...atStation(tag, 7), slot: 2, powerBankId: "pb_1", at: now, now, requestId }),
  call("station_seen", { ...atStation(tag, 8), now }),
];
