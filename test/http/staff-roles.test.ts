// Who of staff may do what: by the role in the token, and again by the role in the database. What was done is in the audit log.
import { beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/lib/actor.ts";
import { defaultTariff } from "../../src/pricing/tariff.ts";
import { createBank, createStation, createTariff, createUser, ids } from "../support/factories.ts";
import { sql } from "../support/control.ts";
import { routes } from "./published.ts";
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
    newcomer: await createUser(),
  };
});

const reason = "it was asked for";
const NOBODY = "0".repeat(26);
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
  ["POST", "/stations/:station/commands", ["agent", "admin"], { reason, kind: "screen", showMinutes: 30 }],
  ["GET", "/stations/:station/label.svg", ["agent", "support", "admin"]],
  ["GET", "/labels.html", ["agent", "support", "admin"]],
  ["GET", `/station-commands/cmd_${NOBODY}`, ["agent", "support", "admin"]],
  ["POST", "/stations/:station/retire", ["admin"], { reason }],
  ["GET", "/power-banks", ["agent", "support", "admin"]],
  ["GET", "/power-banks/:bank", ["agent", "support", "admin"]],
  ["POST", "/power-banks", ["admin"], { powerBankIds: ["@fresh"] }],
  ["POST", "/power-banks/:bank/service", ["agent", "admin"], { reason, isInService: false }],
  ["POST", "/power-banks/:bank/take", ["agent", "admin"], { reason, to: "depot" }],
  ["POST", "/power-banks/:bank/retire", ["admin"], { reason }],
  ["GET", "/rebalancing?near=-6.8,39.28", ["agent", "support", "admin"]],
  ["GET", "/users?isStaff=true", ["support", "finance", "admin"]],
  ["GET", "/users/:person", ["support", "finance", "admin"]],
  ["POST", "/users/find", ["support", "finance", "admin"], { phone: "0712345678" }],
  ["POST", "/users/:person/state", ["support", "admin"], { reason, state: "suspended" }],
  ["POST", "/users/:newcomer/role", ["admin"], { reason, role: "agent" }],
  ["POST", "/users/:person/debt/forgive", ["finance", "admin"], { reason }],
  ["POST", "/users/:person/closed-wallet", ["finance", "admin"], { reason, closedUserId: `usr_${NOBODY}` }],
  ["GET", "/payments", ["support", "finance", "admin"]],
  ["GET", "/disputes", ["support", "finance", "admin"]],
  ["GET", `/disputes/dsp_${NOBODY}`, ["support", "finance", "admin"]],
  [
    "POST",
    `/disputes/dsp_${NOBODY}/decide`,
    ["support", "finance", "admin"],
    { outcome: "rejected", amountTzs: 0, note: "seen" },
  ],
  ["GET", "/rentals", ["support", "finance", "admin"]],
  ["GET", `/rentals/rnt_${NOBODY}`, ["agent", "support", "finance", "admin"]],
  ["GET", "/audit", ["support", "finance", "admin"]],
  ["GET", "/tariffs", ["support", "finance", "admin"]],
  ["POST", "/tariffs", ["finance", "admin"], { reason, name: "by-role", terms: defaultTariff }],
  ["GET", "/tickets", ["agent", "support", "admin"]],
  ["GET", "/tickets/:ticket", ["agent", "support", "admin"]],
  ["POST", "/tickets", ["agent", "support", "admin"], { title: "Door is open" }],
  ["POST", "/returns", ["agent", "admin"], { returnCode: "000000", powerBankId: "@bank", stationCode: "1001" }],
  ["POST", "/tickets/:ticket/work", ["agent", "support", "admin"], { note: "seen" }],
];

/** Behind the same guards; what the database says of who may is with the verbs that they belong to. */
const OF_MONEY: Action[] = [
  ["GET", "/messages", ["support", "finance", "admin"]],
  ["POST", `/messages/msg_${NOBODY}/resend`, ["support", "finance", "admin"], { reason }],
  ["GET", `/receipts/rcp_${NOBODY}`, ["support", "finance", "admin"]],
  ["POST", `/receipts/rcp_${NOBODY}/credit-notes`, ["finance", "admin"], { reason: "dispute", note: "seen" }],
  ["GET", "/suspense", ["finance", "admin"]],
  ["POST", "/suspense/999999999/refund", ["finance", "admin"], { reason, to: "phone" }],
  ["POST", "/suspense/999999999/dismiss", ["finance", "admin"], { reason }],
  ["GET", "/withdrawals", ["finance", "admin"]],
  ["POST", `/withdrawals/wdr_${NOBODY}/approve`, ["finance", "admin"], { reason }],
  ["POST", `/withdrawals/wdr_${NOBODY}/reject`, ["finance", "admin"], { reason }],
  ["POST", `/withdrawals/wdr_${NOBODY}/resend`, ["finance", "admin"], { reason }],
  ["POST", `/withdrawals/wdr_${NOBODY}/close`, ["finance", "admin"], { reason, outcome: "paid" }],
];

/**
 * There is nothing here that these could be done to; test/stations/staff, test/ledger, test/users, test/disputes and test/flow/counter see their
 * rows.
 */
const WITHOUT_SUBJECT = new Set([
  "/stations/:station/keys/retire",
  "/users/:person/debt/forgive",
  "/users/:person/closed-wallet",
  `/disputes/dsp_${NOBODY}/decide`,
  "/returns",
]);

it("every published route of staff is here", () => {
  const shape = (method: string, path: string) =>
    `${method} ${path.replace(/\?.*/, "").replaceAll(/:\w+|\w+_0{26}|999999999/g, ":")}`;
  const here = new Set([...ACTIONS, ...OF_MONEY].map(([method, path]) => shape(method, path)));
  const ofStaff = routes.filter(({ pattern }) => pattern.includes("/admin/"));
  expect(ofStaff.length).toBeGreaterThan(50);
  const missing = ofStaff
    .map(({ method, pattern }) => shape(method, pattern.slice(pattern.indexOf("/admin/") + "/admin".length)))
    .filter((one) => !here.has(one));
  expect(missing).toEqual([]);
});

const rowsOf = async (desk: Desk): Promise<number> =>
  (await sql<{ n: number }>("select count(*)::int as n from audit_log where actor = $1", [`staff:${desk.userId}`]))[0]!
    .n;

const perform = async (desk: Desk, [method, path, , body]: Action) => {
  const bank = await createBank();
  const named = (text: string) =>
    text.replaceAll(/[:@](\w+)/g, (whole, name: string) =>
      name === "bank"
        ? bank
        : name === "fresh"
          ? `N-${ids.secret(8)}`
          : name === "code"
            ? `7${String(Math.random()).slice(3, 8)}`
            : (values[name] ?? whole),
    );
  if (method === "GET") return desk.get(named(path));
  return desk.send(method, named(path), JSON.parse(named(JSON.stringify(body))), ids.secret(8));
};

const isForThese = async (action: Action): Promise<void> => {
  const [, path, may] = action;
  for (const role of ROLES) {
    const { status, body } = await perform(desks.get(role)!, action);
    const isRefused = status === 403 && body["code"] === "forbidden";
    expect([path, role, isRefused], JSON.stringify(body)).toEqual([path, role, !may.includes(role)]);
  }
};

describe.each(OF_MONEY)("%s %s", (...action) => {
  it(`is for ${action[2].join(", ")} and nobody else`, () => isForThese(action));
});

describe.each(ACTIONS)("%s %s", (...action) => {
  const [method, path, may] = action;
  const isDeed = method !== "GET" && path !== "/users/find";
  it(`is for ${may.join(", ")} and nobody else${isDeed ? ", and leaves a row in the audit log" : ""}`, async () => {
    const rows = async () => Promise.all(may.map((role) => rowsOf(desks.get(role)!)));
    const before = await rows();
    await isForThese(action);
    const after = await rows();
    // What a second person does once more changes nothing, and may leave no row.
    const hasLeft = after.some((count, n) => count > before[n]!);
    expect([path, hasLeft]).toEqual([path, isDeed && !WITHOUT_SUBJECT.has(path)]);
  });

  if (!isDeed) return;
  it("is refused by the database where the token still says admin", async () => {
    for (const [role, desk] of fallen) {
      const { status } = await perform(desk, action);
      expect([path, role, status === 403]).toEqual([path, role, !may.includes(role)]);
    }
  });
});
