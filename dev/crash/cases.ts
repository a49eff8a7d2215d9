// Every place at which the Worker is killed, who comes back afterwards, and how the rental has to end. Two ends are right
// for one point only where the table says so; everything else about the end is in proofs.ts and the same for all.
import {
  after,
  afterCheckout,
  before,
  beforeCallback,
  beforeCheckout,
  callbackAnswered,
  ejectArrived,
  ejectedUnacknowledged,
  ejectedUnread,
  ejectLost,
  ejectSlow,
  late,
  type Point,
  returnPoints,
} from "./points.ts";

export type End =
  /** No rental was made. */
  | "none"
  /** Nothing left, the deposit is back in the wallet. */
  | "cancelled"
  /** One bank left, came back, and is paid for. */
  | "completed";

interface CaseBase {
  title: string;
  point: Point;
  end: End;
  /** Commands that may be handed to the station; 1 when missing. */
  ejects?: number;
  /** Takes tens of seconds because nothing but a timer of the object's may help. */
  isSlow?: boolean;
}

export interface StartCase extends CaseBase {
  kind: "start";
  wallet: "funded" | "short";
  /** The app sends the same start again under the same key, or nobody ever asks again. */
  client: "repeats" | "repeats before the station is back" | "is gone";
  /** The code with which a repeat is refused. */
  refusal?: "no_power_bank" | "station_offline";
  /** The renter answers the prompt before the kill or after the return. */
  approves?: "before" | "after";
  /** The station turns out to be empty when it is asked. */
  isEmpty?: boolean;
  /** The renter gives up while the prompt waits; the kill strikes this request, and it is what the client repeats. */
  cancels?: boolean;
  /** The provider tries its callback once and never again. */
  isProviderImpatient?: boolean;
}

export interface ReturnCase extends CaseBase {
  kind: "return";
  to: "origin" | "other";
  /** The station that took the bank is never heard of again. */
  isStationLost?: boolean;
}

export type Case = StartCase | ReturnCase;

type StartFacts = Omit<StartCase, "kind" | "title" | "client" | "end">;

const start = (facts: StartFacts, client: StartCase["client"], end: End): StartCase => ({
  ...facts,
  kind: "start",
  client,
  end,
  title: [
    facts.cancels ? "cancel" : `${facts.wallet} start`,
    facts.point.title,
    facts.isProviderImpatient ? "the provider never calls back again" : "",
    `the client ${client}`,
  ]
    .filter(Boolean)
    .join(", "),
});

/** One case with a client that repeats and one without: their ends may differ. */
const starts = (facts: StartFacts, ends: { repeats: End; gone: End }): StartCase[] => [
  start(facts, "repeats", ends.repeats),
  start(facts, "is gone", ends.gone),
];

const both = (end: End) => ({ repeats: end, gone: end });
const funded = (point: Point, ends: { repeats: End; gone: End }, more: Partial<StartFacts> = {}) =>
  starts({ point, wallet: "funded", ...more }, ends);
const short = (point: Point, ends: { repeats: End; gone: End }, more: Partial<StartFacts> = {}) =>
  starts({ point, wallet: "short", ...more }, ends);

const startCases: StartCase[] = [
  ...funded(before("rental_open"), { repeats: "completed", gone: "none" }),
  ...funded(late("rental_open"), { repeats: "completed", gone: "cancelled" }),
  ...funded(after("rental_open"), { repeats: "completed", gone: "cancelled" }),
  ...funded(ejectArrived, both("completed")),
  ...funded(ejectedUnread, both("completed")),
  ...funded(ejectedUnacknowledged, both("completed")),
  ...funded(before("rental_activate"), both("completed")),
  ...funded(after("rental_activate"), both("completed")),
  ...funded(before("rental_cancel"), both("cancelled"), { isEmpty: true, ejects: 0, refusal: "no_power_bank" }),
  ...funded(after("rental_cancel"), both("cancelled"), { isEmpty: true, ejects: 0, refusal: "no_power_bank" }),

  ...short(before("rental_open"), { repeats: "completed", gone: "none" }, { approves: "after" }),
  // Nobody can know whether a prompt was sent, so none is sent again: the wait for the money ends with its time.
  ...short(after("rental_open"), both("cancelled")),
  ...short(beforeCheckout, both("cancelled")),
  ...short(afterCheckout, both("completed"), { approves: "after" }),
  ...short(before("payment_submitted"), both("completed"), { approves: "after" }),
  ...short(after("payment_submitted"), both("completed"), { approves: "after" }),
  ...short(beforeCallback, both("completed"), { approves: "before" }),
  ...short(before("payment_settle"), both("completed"), { approves: "before" }),
  ...short(after("payment_settle"), both("completed"), { approves: "before" }),
  ...short(
    after("payment_settle"),
    { repeats: "completed", gone: "cancelled" },
    { approves: "before", isProviderImpatient: true },
  ),
  ...short(callbackAnswered, both("completed"), { approves: "before" }),
  ...short(ejectArrived, both("completed"), { approves: "before" }),
  ...short(before("rental_cancel"), both("cancelled"), { cancels: true }),
  // The renter gave up and approves all the same: the money is in the wallet, and no bank moves.
  ...short(after("rental_cancel"), both("cancelled"), { cancels: true, approves: "after" }),

  ...funded(ejectSlow, both("completed")),
  // Quicker than the hardware: what was begun goes on, what was not is undone.
  start({ point: ejectArrived, wallet: "funded" }, "repeats before the station is back", "completed"),
  start({ point: ejectSlow, wallet: "funded" }, "repeats before the station is back", "completed"),
  start(
    { point: after("rental_open"), wallet: "funded", refusal: "station_offline" },
    "repeats before the station is back",
    "cancelled",
  ),
  start({ point: ejectLost, wallet: "funded", ejects: 2, isSlow: true }, "is gone", "completed"),
];

const returnCases: ReturnCase[] = (["origin", "other"] as const).flatMap((to) => [
  ...returnPoints((scene) => scene[to]).map((point): ReturnCase => ({
    kind: "return",
    to,
    point,
    end: "completed",
    title: `return at ${to === "origin" ? "the same" : "another"} station, ${point.title}`,
  })),
]);

const lostStation: ReturnCase = {
  kind: "return",
  to: "other",
  point: before("custody_return"),
  end: "completed",
  isStationLost: true,
  isSlow: true,
  title: "return at another station, before custody_return, that station is never heard of again",
};

/** The slow ones first: the others run beside them. */
export const cases: Case[] = [...startCases, ...returnCases, lostStation].toSorted(
  (a, b) => Number(b.isSlow ?? false) - Number(a.isSlow ?? false),
);
