// What staff do and look at, what everybody reads of stations, and what a person is handed of his own: the queries of the
// repositories themselves.
import { listRows } from "../../src/audit/repository.ts";
import { findBank, listBankRecords, listMovements as listBankMovements } from "../../src/banks/repository.ts";
import { listDisputes, listMovements } from "../../src/disputes/repository.ts";
import { listNotes, listTicketRecords } from "../../src/maintenance/repository.ts";
import { findMessages } from "../../src/messages/repository-staff.ts";
import { listPayments } from "../../src/payments/repository.ts";
import { readSection, sectionNames } from "../../src/personal-data/repository.ts";
import { listAllRentals, listMovementsOf } from "../../src/rentals/repository-staff.ts";
import { findIdentities, findStation, findStationConfig } from "../../src/stations/repository.ts";
import { listOpenCommands, listStaffCommands } from "../../src/stations/repository-orders.ts";
import { findInCells, listPlaces, listPlans } from "../../src/stations/repository-public.ts";
import { countFailures, listBooked } from "../../src/stations/repository-reading.ts";
import { listStationRecords } from "../../src/stations/repository-staff.ts";
import { findPerson, listPeople } from "../../src/users/repository-staff.ts";
import type { Id } from "../../src/lib/ids.ts";
import { call, type Frame, type HotStatement, key, read } from "./hot-statement.ts";
import { STAFF_ID, STATION } from "./world.ts";

const PAGE = 21;
const FIRST = { beforeId: null, limit: PAGE };
const LAST_YEAR_MS = Date.now() - 365 * 86_400_000;
const requestId = "req_bench";
const stationId = STATION.id as Id<"stn">;

export const ofStaff = (frame: Frame): HotStatement[] => [
  ...deeds(frame),
  ...ofRentals(frame),
  ...ofMetal,
  ...ofPeople(frame),
  ...ofEverybody,
  ...ofOneself(frame),
];

const deeds = ({ tag, now }: Frame): HotStatement[] => {
  const staff = { staffId: STAFF_ID, now, requestId };
  return [
    call("bank_take", {
      ...staff,
      movementId: `mov_${tag}`,
      powerBankId: "pb_1",
      to: "hands",
      reason: "r",
      use: key(tag, "bank"),
    }),
    call("ticket_open", {
      ...staff,
      ticketId: `mnt_x${tag}`,
      title: "t",
      body: "b",
      stationId,
      use: key(tag, "ticket"),
    }),
    call("ticket_work", {
      ...staff,
      ticketId: "mnt_h000000000100",
      note: "n",
      parts: [],
      state: "done",
      assignee: STAFF_ID,
      use: key(tag, "work"),
    }),
    call("staff_command_open", {
      ...staff,
      commandId: `cmd_s${tag}`,
      stationId,
      kind: "lock",
      slot: 2,
      reason: "r",
      use: key(tag, "order"),
    }),
    call("slot_change", { ...staff, stationId, slot: 3, state: "out_of_service", reason: "r" }),
    call("message_resend", { ...staff, messageId: "msg_h000000000200", newId: `msg_r${tag}`, reason: "r" }),
    call("message_report", {
      provider: "beem",
      providerReference: "smsh1",
      statusWord: "FAILED",
      outcome: "failed",
      resolves: true,
      now,
    }),
    call("message_sent", {
      id: "msg_qh000000000001",
      result: "sent",
      provider: "beem",
      providerReference: "smsh2",
      now,
    }),
  ];
};

const ofRentals = ({ userId, rentalId }: Frame): HotStatement[] => [
  read("staff: rentals", (db) => listAllRentals(db, {}, null, PAGE)),
  read("staff: rentals of a person", (db) => listAllRentals(db, { userId }, null, PAGE)),
  read("staff: open rentals of a station", (db) => listAllRentals(db, { stationId }, null, PAGE)),
  read("staff: movements of a rental", (db) => listMovementsOf(db, rentalId as Id<"rnt">)),
  read("staff: payments", (db) => listPayments(db, null, null, PAGE)),
  read("staff: payments of a person", (db) => listPayments(db, userId, null, PAGE)),
  read("staff: audit log", (db) => listRows(db, {}, FIRST)),
  read("staff: audit log of a rental", (db) => listRows(db, { subject: rentalId }, FIRST)),
  read("staff: audit log of staff", (db) => listRows(db, { actor: "staff" }, FIRST)),
  read("staff: audit log of one of staff", (db) => listRows(db, { actor: `staff:${STAFF_ID}` }, FIRST)),
  read("staff: audit log of one kind of deed", (db) => listRows(db, { actor: "staff", action: "station_lock" }, FIRST)),
  read("staff: audit log of an hour of last year", (db) =>
    listRows(db, { action: "rental_settled", fromMs: LAST_YEAR_MS, toMs: LAST_YEAR_MS + 3_600_000 }, FIRST),
  ),
  read("staff: open disputes", (db) => listDisputes(db, { state: "open", beforeId: null, limit: PAGE })),
  read("staff: disputes", (db) => listDisputes(db, { state: "all", beforeId: null, limit: PAGE })),
  read("staff: movements of a disputed bank", (db) => listMovements(db, "pb_1", Date.now() - 86_400_000, Date.now())),
];

const ofMetal: HotStatement[] = [
  read("staff: banks", (db) => listBankRecords(db, {}, null, PAGE)),
  read("staff: banks of a place", (db) => listBankRecords(db, { place: "missing" }, null, PAGE)),
  read("staff: banks of a station", (db) => listBankRecords(db, { stationId }, null, PAGE)),
  read("staff: banks out of service", (db) => listBankRecords(db, { isOutOfService: true }, null, PAGE)),
  read("staff: banks in somebody's hands", (db) => listBankRecords(db, { heldBy: STAFF_ID }, null, PAGE)),
  read("staff: a bank", (db) => findBank(db, "pb_1", Date.now() - 86_400_000)),
  read("staff: movements of a bank", (db) => listBankMovements(db, "pb_1", PAGE)),
  read("staff: open tickets", (db) => listTicketRecords(db, { states: ["open", "in_progress"] }, null, PAGE)),
  read("staff: closed tickets", (db) => listTicketRecords(db, { states: ["dropped"] }, null, PAGE)),
  read("staff: tickets of a kind", (db) => listTicketRecords(db, { states: null, kind: "missing_bank" }, null, PAGE)),
  read("staff: tickets of a station", (db) => listTicketRecords(db, { states: null, stationId }, null, PAGE)),
  read("staff: tickets of a bank", (db) => listTicketRecords(db, { states: null, powerBankId: "pb_1" }, null, PAGE)),
  read("staff: tickets of somebody", (db) => listTicketRecords(db, { states: null, assignedTo: STAFF_ID }, null, PAGE)),
  read("staff: notes of a ticket", (db) => listNotes(db, "mnt_h000000000001")),
  read("staff: orders to a station", (db) => listStaffCommands(db, stationId, null, PAGE)),
  read("orders without an end", (db) => listOpenCommands(db, Date.now(), 200)),
  read("staff: failures of a station", (db) => countFailures(db, stationId, Date.now() - 604_800_000)),
  read("staff: banks booked at a station", (db) => listBooked(db, stationId)),
  read("staff: stations", (db) => listStationRecords(db, null, PAGE)),
];

const ofPeople = ({ userId }: Frame): HotStatement[] => [
  read("staff: people", (db) => listPeople(db, { isStaff: false, beforeId: null, limit: PAGE })),
  read("staff: staff", (db) => listPeople(db, { isStaff: true, beforeId: null, limit: PAGE })),
  read("staff: a person by number", (db) => findPerson(db, { phoneHash: "hashh1" })),
  read("staff: messages of a person", (db) => findMessages(db, { userId: userId as Id<"usr"> }, null, PAGE)),
  ...(["any", "unknown", "failed", "undelivered"] as const).map((trouble) =>
    read(`staff: messages in trouble, ${trouble}`, (db) => findMessages(db, { trouble }, null, PAGE)),
  ),
];

const ofEverybody: HotStatement[] = [
  read("stations nearby", (db) => findInCells(db, ["kyf5", "kyf7", "kyfh"], 100)),
  read("stations of the feed", (db) => listPlaces(db, null, 500)),
  read("prices of the feed", (db) => listPlans(db, 100)),
  read("page of a station", (db) => findStation(db, STATION.code)),
  read("who may speak for a station", (db) => findIdentities(db, [STATION.code])),
  read("settings of a station", (db) => findStationConfig(db, stationId)),
];

const ofOneself = ({ newcomer }: Frame): HotStatement[] =>
  sectionNames.map((name) =>
    read(`copy of one's data: ${name}`, (db) => readSection(db, name, newcomer as Id<"usr">, null, 200)),
  );
