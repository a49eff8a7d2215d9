// The cabinets of other vendors in the local stack: ChargeNow's cloud and the broker of the Volinks cabinets over HTTP, and the
// hands of whoever stands before a cabinet. What a cabinet says goes to the Worker's own doors, once: what is lost is lost, as
// out there. Banks stay where they were over a restart, as metal does.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { VendorName } from "../../src/providers/ports.ts";
import { HOST } from "../ports.ts";
import type { Log } from "../process.ts";
import { ChargeNowCloud } from "./chargenow-cloud.ts";
import type { SlotSeed } from "./station-cabinet.ts";
import type { Door } from "./vendor-door.ts";
import { type Metal, VendorArm, type VendorMetal } from "./vendor-metal.ts";
import { VolinksBroker } from "./volinks-broker.ts";

export interface VendorCabinetsOptions {
  cabinets: { stationId: string; driver: VendorName; vendorId: string; slots: SlotSeed[] }[];
  /** Where the cloud pushes to, and under which the broker's and the cabinets' calls are. */
  doors: Record<VendorName, string>;
  now(): number;
  /** Banks that people carry, whatever they came out of. */
  hands: Set<string>;
  stateFile: string;
  log: Log;
}

export interface VendorCabinet {
  driver: VendorName;
  vendorId: string;
  metal: Metal;
  /** Reached by its vendor, and heard from since the start. */
  isConnected(): boolean;
  /** Its mishaps that were not met yet. */
  armed(): VendorArm[];
}

export interface VendorCabinets {
  chargenow: { url: string; username: string; password: string };
  volinks: { url: string; key: string; secret: string };
  /** By station. */
  cabinets: Record<string, VendorCabinet>;
  /** Each cabinet is switched on and tells the Worker that it is there. */
  switchOn(): Promise<void>;
  /** Each says that something happened, and has been looked at. */
  report(): Promise<void>;
  /** What a person does at a cabinet; the actions of the station simulator, as far as these have them. */
  act(stationId: string, action: string, request: Request): Promise<Response>;
  stop(): Promise<void>;
}

const CHARGENOW = { username: "simulated-agent", password: "simulated-chargenow-password" };
const VOLINKS = { key: "simulated-broker-key", secret: "simulated-broker-secret" };
const CHARGE_EVERY_MS = 60_000;
const LOOKED_AT_WITHIN_MS = 5_000;

const Banks = z.array(z.object({ slot: z.int(), powerBankId: z.string(), chargePercent: z.int() }));
const Saved = z.object({ hands: z.array(z.string()), cabinets: z.record(z.string(), Banks) });

const Insert = z.strictObject({
  slot: z.int().min(1).max(64).optional(),
  powerBankId: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/),
  chargePercent: z.int().min(0).max(100).optional(),
});
const Remove = z.strictObject({ slot: z.int().min(1).max(64) });
const Offline = z.strictObject({ ms: z.int().positive().optional() });

const refused = (message: string): Response => Response.json({ message }, { status: 409 });

export const startVendorCabinets = (options: VendorCabinetsOptions): VendorCabinets => {
  const { doors, now, hands, stateFile, log } = options;
  const saved = readSaved(stateFile);
  saved?.hands.forEach((bank) => hands.add(bank));
  const seedsOf = (driver: VendorName) =>
    options.cabinets
      .filter((each) => each.driver === driver)
      .map(({ vendorId: id, slots }) => ({ id, slots: settle(slots, saved?.cabinets[id]) }));
  const tell = async (driver: VendorName, path: string, body: string): Promise<Response | null> => {
    try {
      const headers = { "content-type": "application/json" };
      return await fetch(`${doors[driver]}${path}`, { method: "POST", headers, body });
    } catch {
      log(driver, "what it said was not heard");
      return null;
    }
  };
  const cloud = new ChargeNowCloud({
    ...CHARGENOW,
    now,
    hands,
    cabinets: seedsOf("chargenow"),
    onPush: (body) => void tell("chargenow", "", body),
  });
  const broker = new VolinksBroker({
    ...VOLINKS,
    now,
    hands,
    cabinets: seedsOf("volinks"),
    md5: (text) => createHash("md5").update(text).digest("hex"),
    onMessage: (body) => void tell("volinks", "/messages", body),
  });
  const vendors: Record<VendorName, { metal: VendorMetal; fetch: Door }> = { chargenow: cloud, volinks: broker };
  /** Cabinets by how often somebody asked what is in them. */
  const looks = new Map<string, number>();
  const cabinets = Object.fromEntries(
    options.cabinets.map(({ stationId, driver, vendorId }): [string, VendorCabinet] => {
      const metal = vendors[driver].metal.cabinets.get(vendorId)!;
      metal.isOnline = false;
      const isConnected = () => metal.isOnline && looks.has(vendorId);
      return [stationId, { driver, vendorId, metal, isConnected, armed: () => vendors[driver].metal.armed }];
    }),
  );
  const save = (): void => writeSaved(stateFile, hands, Object.values(cabinets));

  const serve = (driver: VendorName) =>
    Bun.serve({
      hostname: HOST,
      port: 0,
      async fetch(request) {
        const before = new Set(hands);
        const text = request.method === "POST" ? await request.clone().text() : "";
        const vendorId = Object.values(cabinets).find(
          (each) => request.url.includes(each.vendorId) || text.includes(each.vendorId),
        )?.vendorId;
        const answer = await vendors[driver].fetch(request);
        const isLook = driver === "chargenow" ? request.method === "GET" : text.includes("check");
        if (vendorId !== undefined && isLook && answer.ok) looks.set(vendorId, (looks.get(vendorId) ?? 0) + 1);
        for (const bank of hands) if (!before.has(bank)) log(driver, `${vendorId}: ${bank} is out`);
        if (hands.size !== before.size) save();
        return answer;
      },
    });
  const servers = { chargenow: serve("chargenow"), volinks: serve("volinks") };
  const charging = setInterval(
    () => Object.values(cabinets).forEach(({ metal }) => metal.cabinet.charge(1)),
    CHARGE_EVERY_MS,
  );

  const sayThere = ({ driver, vendorId }: VendorCabinet): void => {
    if (driver === "chargenow") cloud.push("CABINET_ONLINE", { cabinetId: vendorId });
    else broker.sendInventory(vendorId);
  };
  const goOnline = async (cabinet: VendorCabinet): Promise<void> => {
    cabinet.metal.isOnline = cabinet.driver === "chargenow" || (await connect(cabinet.vendorId));
    if (cabinet.metal.isOnline) sayThere(cabinet);
  };
  /** Like the firmware: asks where its broker is, and the broker asks whether the password is right. */
  const connect = async (uuid: string): Promise<boolean> => {
    const query = await broker.deviceCall("connect", {
      uuid,
      deviceId: "0",
      simUUID: "8925500000000000001",
      simMobile: "",
    });
    const told = await tell("volinks", `/api/rentbox/client/connect?${query}`, "hardware=1&software=2");
    const { data } = z
      .object({ data: z.string().optional() })
      .catch({})
      .parse(await told?.json().catch(() => ({})));
    const [, , , , username, password] = data?.split(",") ?? [];
    const verdict = await tell("volinks", "/login", JSON.stringify({ username, password }));
    const isAllowed = ((await verdict?.json().catch(() => null)) as { result?: string } | null)?.result === "allow";
    log("volinks", `${uuid} ${isAllowed ? "is connected to its broker" : "was not let in by its broker"}`);
    return isAllowed;
  };
  const report = async (): Promise<void> => {
    const there = Object.values(cabinets).filter(({ metal }) => metal.isOnline);
    const seen = new Map(looks);
    there.forEach(sayThere);
    const untilMs = Date.now() + LOOKED_AT_WITHIN_MS;
    while (Date.now() < untilMs && there.some(({ vendorId }) => looks.get(vendorId) === seen.get(vendorId)))
      await new Promise((done) => setTimeout(done, 20));
  };

  const insert = ({ driver, vendorId, metal }: VendorCabinet, body: unknown): Response => {
    const { slot, powerBankId, chargePercent } = Insert.parse(body);
    if (!hands.has(powerBankId)) return refused("nobody carries this power bank");
    if (driver === "volinks" && !/^[1-9][0-9]{0,9}$/.test(powerBankId))
      return refused("a Volinks cabinet knows power banks by serial number; this one does not fit");
    const at = (driver === "chargenow" ? cloud : broker).insert(vendorId, powerBankId, slot);
    if (at === null) return refused("there is no free slot");
    metal.cabinet.put(at, powerBankId, chargePercent ?? 50);
    return Response.json({ slot: at, result: "ok" });
  };
  const act = async (stationId: string, action: string, request: Request): Promise<Response> => {
    const cabinet = cabinets[stationId]!;
    const { metal } = vendors[cabinet.driver];
    const body: unknown = request.method === "POST" ? JSON.parse((await request.text()) || "{}") : null;
    switch (`${request.method} ${action}`) {
      case "POST insert":
        return insert(cabinet, body);
      case "POST remove": {
        const powerBankId = cabinet.metal.cabinet.remove(Remove.parse(body).slot);
        if (powerBankId === null) return refused("the slot is empty");
        hands.add(powerBankId);
        return Response.json({ powerBankId });
      }
      case "POST faults":
        metal.arm(VendorArm.parse(body));
        return Response.json(metal.armed);
      case "DELETE faults":
        metal.disarm();
        return Response.json(metal.armed);
      case "POST offline": {
        const { ms } = Offline.parse(body);
        cabinet.metal.isOnline = false;
        if (ms !== undefined) setTimeout(() => void goOnline(cabinet), ms).unref();
        return Response.json({});
      }
      case "POST online":
      case "POST reboot":
        await goOnline(cabinet);
        return Response.json({});
      default:
        return Response.json({ message: `no ${request.method} ${action} here` }, { status: 404 });
    }
  };
  return {
    chargenow: { url: servers.chargenow.url.origin, ...CHARGENOW },
    volinks: { url: servers.volinks.url.origin, ...VOLINKS },
    cabinets,
    async switchOn() {
      await Promise.all(Object.values(cabinets).map(goOnline));
    },
    report,
    async act(stationId, action, request) {
      const answer = await act(stationId, action, request);
      save();
      return answer;
    },
    async stop() {
      clearInterval(charging);
      save();
      cloud.stop();
      broker.stop();
      await Promise.all(Object.values(servers).map((server) => server.stop(true)));
    },
  };
};

/** The slots with the banks where they were left. */
const settle = (seeds: SlotSeed[], banks: z.infer<typeof Banks> | undefined): SlotSeed[] =>
  banks === undefined ? seeds : seeds.map(({ slot }) => ({ slot, ...banks.find((bank) => bank.slot === slot) }));

const readSaved = (file: string): z.infer<typeof Saved> | null => {
  try {
    return Saved.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
};

const writeSaved = (file: string, hands: ReadonlySet<string>, cabinets: VendorCabinet[]): void => {
  mkdirSync(dirname(file), { recursive: true });
  const banks = Object.fromEntries(cabinets.map(({ vendorId, metal }) => [vendorId, metal.cabinet.banks()]));
  writeFileSync(file, JSON.stringify({ hands: [...hands], cabinets: banks } satisfies z.infer<typeof Saved>));
};
