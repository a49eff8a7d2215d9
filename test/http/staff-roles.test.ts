// Who of staff may do what: by the role in the token, and again by the role in the database.
import { beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/lib/actor.ts";
import { defaultTariff } from "../../src/pricing/tariff.ts";
import { createBank, createStation, createTariff, createUser, ids } from "../support/factories.ts";
import { type Desk, deskOf, startOffice } from "./staff.ts";

const ROLES = ["renter", "agent", "support", "finance", "admin"] as const satisfies Role[];
type Method = "GET" | "POST" | "PATCH";
type Action = [method: Method, path: string, may: Role[], body?: Record<string, unknown>];

const desks = new Map<Role, Desk>();
/** Their tokens say admin; the database says what they are now. */
const fallen = new Map<Role, Desk>();
let values: Record<string, string>;
beforeAll(async () => {
  const { app } = startOffice();
  for (const role of ROLES) {
    desks.set(role, await deskOf(app, role));
    if (role !== "admin") fallen.set(role, await deskOf(app, "admin", role));
  }
  const admin = desks.get("admin")!;
  const ticket = await admin.send("POST", "/tickets", { title: "Screen is dark" });
  values = {
    station: (await createStation()).id,
    tariff: await createTariff(),
    ticket: ticket.body["id"] as string,
    person: await createUser(),
  };
});

const reason = "it was asked for";
const ACTIONS: Action[] = [
  ["GET", "/stations", ["agent", "support", "finance", "admin"]],
  ["GET", "/stations/:station", ["agent", "support", "finance", "admin"]],
  [
    "POST",
    "/stations",
    ["admin"],
    {
      code: "@code",
      name: "Posta",
      address: "Samora",
      latitude: -6.8,
      longitude: 39.2,
      tariffId: "@tariff",
      slotCount: 8,
    },
  ],
  ["PATCH", "/stations/:station", ["admin"], { reason, name: "Posta" }],
  ["POST", "/stations/:station/service", ["agent", "admin"], { reason, isInService: false }],
  ["POST", "/stations/:station/slots", ["agent", "admin"], { reason, slot: 1, isInService: false }],
  ["POST", "/stations/:station/keys", ["admin"], { reason }],
  ["POST", "/stations/:station/keys/retire", ["admin"], { reason, keyId: "k-nothing" }],
  ["GET", "/stations/:station/commands", ["agent", "support", "admin"]],
  ["POST", "/stations/:station/commands", ["agent", "support", "admin"], { reason, kind: "refresh" }],
  ["POST", "/stations/:station/commands", ["agent", "admin"], { reason, kind: "open", slot: 2 }],
  ["GET", `/station-commands/cmd_${"0".repeat(26)}`, ["agent", "support", "admin"]],
  ["POST", "/stations/:station/retire", ["admin"], { reason }],
  ["GET", "/power-banks", ["agent", "support", "admin"]],
  ["GET", "/power-banks/:bank", ["agent", "support", "admin"]],
  ["POST", "/power-banks", ["admin"], { powerBankIds: ["@bank"] }],
  ["POST", "/power-banks/:bank/service", ["agent", "admin"], { reason, isInService: false }],
  ["POST", "/power-banks/:bank/take", ["agent", "admin"], { reason, to: "depot" }],
  ["POST", "/power-banks/:bank/retire", ["admin"], { reason }],
  ["GET", "/rebalancing?near=-6.8,39.28", ["agent", "support", "admin"]],
  ["GET", "/users?isStaff=true", ["support", "finance", "admin"]],
  ["GET", "/users/:person", ["support", "finance", "admin"]],
  ["POST", "/users/find", ["support", "finance", "admin"], { phone: "0712345678" }],
  ["POST", "/users/:person/state", ["support", "admin"], { reason, state: "suspended" }],
  ["POST", "/users/:person/role", ["admin"], { reason, role: "renter" }],
  ["POST", "/users/:person/debt/forgive", ["finance", "admin"], { reason }],
  ["POST", "/users/:person/closed-wallet", ["finance", "admin"], { reason, closedUserId: `usr_${"0".repeat(26)}` }],
  ["GET", "/payments", ["support", "finance", "admin"]],
  ["GET", "/disputes", ["support", "finance", "admin"]],
  ["GET", `/disputes/dsp_${"0".repeat(26)}`, ["support", "finance", "admin"]],
  [
    "POST",
    `/disputes/dsp_${"0".repeat(26)}/decide`,
    ["support", "finance", "admin"],
    { outcome: "rejected", amountTzs: 0, note: "seen" },
  ],
  ["GET", "/rentals", ["support", "finance", "admin"]],
  ["GET", `/rentals/rnt_${"0".repeat(26)}`, ["agent", "support", "finance", "admin"]],
  ["GET", "/audit", ["support", "finance", "admin"]],
  ["GET", "/tariffs", ["support", "finance", "admin"]],
  ["POST", "/tariffs", ["finance", "admin"], { reason, name: "by-role", terms: defaultTariff }],
  ["GET", "/tickets", ["agent", "support", "admin"]],
  ["GET", "/tickets/:ticket", ["agent", "support", "admin"]],
  ["POST", "/tickets", ["agent", "support", "admin"], { title: "Door is open" }],
  ["POST", "/returns", ["agent", "admin"], { returnCode: "000000", powerBankId: "@bank", stationCode: "1001" }],
  ["POST", "/tickets/:ticket/work", ["agent", "support", "admin"], { note: "seen" }],
];

const perform = async (desk: Desk, [method, path, , body]: Action) => {
  const bank = await createBank();
  const named = (text: string) =>
    text.replaceAll(/[:@](\w+)/g, (whole, name: string) =>
      name === "bank" ? bank : name === "code" ? `7${String(Math.random()).slice(3, 8)}` : (values[name] ?? whole),
    );
  if (method === "GET") return desk.get(named(path));
  return desk.send(method, named(path), JSON.parse(named(JSON.stringify(body))), ids.secret(8));
};

describe.each(ACTIONS)("%s %s", (...action) => {
  const [method, path, may] = action;
  it(`is for ${may.join(", ")} and nobody else`, async () => {
    for (const role of ROLES) {
      const { status, body } = await perform(desks.get(role)!, action);
      const isRefused = status === 403 && body["code"] === "forbidden";
      expect([path, role, isRefused], JSON.stringify(body)).toEqual([path, role, !may.includes(role)]);
    }
  });

  if (method === "GET" || path === "/users/find") return;
  it("is refused by the database where the token still says admin", async () => {
    for (const [role, desk] of fallen) {
      const { status } = await perform(desk, action);
      expect([path, role, status === 403]).toEqual([path, role, !may.includes(role)]);
    }
  });
});
