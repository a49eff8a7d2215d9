// ChargeNow's cloud as its documents and the people who looked at a real cabinet tell it: Basic authentication, `code` in the
// body, `vol` in per cent, no word about what became of an order, an unsigned push, and two orders that open every slot.
// Answers and pushes are read once more with the schemas of the client before they leave. Runs wherever `fetch` does.
import { Cabinet as CabinetAnswer } from "../../src/providers/chargenow.ts";
import { ChargeNowPush } from "../../src/stations/schemas-drivers.ts";
import { spoil } from "./spoilt-answers.ts";
import { doorOf } from "./vendor-door.ts";
import { type VendorArm, VendorMetal, type VendorSeed } from "./vendor-metal.ts";

export interface ChargeNowOptions {
  username: string;
  password: string;
  cabinets: VendorSeed[];
  now?: () => number;
  /** Where banks come out into; people of its own by default. */
  hands?: Set<string>;
  /** Each push, as it would be posted. */
  onPush?(body: string): void;
}

export interface ChargeNowOrder {
  path: string;
  query: Record<string, string>;
}

const OK = 0;
const UNBOUND = 2002;
const OFFLINE = 2004;
const BAD_REQUEST = 400;
const OPERATIONS = new Set([
  "restart",
  "pop",
  "popall",
  "popallForNoAuth",
  "popallForAuth",
  "heartbeat",
  "lock",
  "unlock",
  "lockStopCharge",
  "report",
]);

const code = (value: number, data?: unknown): Response =>
  Response.json({
    code: value,
    msg: value === OK ? "success" : `code ${value}`,
    ...(data === undefined ? {} : { data }),
  });

export class ChargeNowCloud {
  readonly metal: VendorMetal;
  /** Everything that came in and may move something, in order. */
  readonly orders: ChargeNowOrder[] = [];
  /** Orders that opened every slot. */
  sweeps = 0;
  /** The list of batteries breaks off after so many. */
  listedAtMost = Number.POSITIVE_INFINITY;
  volIn: "percent" | "millivolts" = "percent";
  readonly #options: ChargeNowOptions;
  readonly #stopping = new AbortController();

  constructor(options: ChargeNowOptions) {
    this.#options = options;
    this.metal = new VendorMetal(options.cabinets, options.now ?? Date.now, options.hands);
  }

  stop(): void {
    this.#stopping.abort();
  }

  readonly fetch = doorOf((request) => this.#answer(request));

  async #answer(request: Request): Promise<Response> {
    const { username, password } = this.#options;
    if (request.headers.get("authorization") !== `Basic ${btoa(`${username}:${password}`)}`)
      return new Response("Unauthorized", { status: 401 });
    const { pathname, searchParams } = new URL(request.url);
    const path = pathname.replace(/^\/cdb-open-api\/v1/, "");
    const query = Object.fromEntries(searchParams);
    const isRead = request.method === "GET" && path === "/rent/cabinet/query";
    const isEject = query["operationType"] === "pop" || path === "/cabinet/ejectByRepair";
    const arm = this.metal.strike(isRead ? "read" : isEject ? "eject" : "other");
    if (arm?.answer && !arm.accept) return this.#spoilt(request, arm);
    if (arm?.code !== undefined) return code(arm.code);
    const answer = isRead ? this.#query(query) : this.#order(request.method, path, query, arm);
    return arm?.answer ? this.#spoilt(request, arm) : answer;
  }

  #spoilt(request: Request, arm: VendorArm): Response | Promise<Response> {
    return spoil(arm.answer!, { url: request.url, cut: '{"code":0,"ms', stopped: this.#stopping.signal });
  }

  #query({ deviceId = "" }: Record<string, string>): Response {
    const metal = this.metal.cabinets.get(deviceId);
    if (!metal) return code(UNBOUND);
    if (!metal.isOnline) return code(OFFLINE);
    const reports = this.metal.report(deviceId);
    const full = reports.filter((report) => report.powerBankId !== null);
    const data = {
      batteries: full.slice(0, this.listedAtMost).map((report) => ({
        slotNum: report.slot,
        vol: this.volIn === "percent" ? report.chargePercent : report.millivolts,
        batteryId: report.powerBankId,
      })),
      cabinet: {
        id: deviceId,
        slots: reports.length,
        online: true,
        busySlots: full.length,
        emptySlots: reports.length - full.length,
      },
    };
    CabinetAnswer.parse(data);
    return code(OK, data);
  }

  #order(method: string, path: string, query: Record<string, string>, arm: VendorArm | null): Response {
    if (method !== "POST") return new Response(null, { status: 405 });
    this.orders.push({ path, query });
    const { cabinetid = "", operationType = "", slotNum } = query;
    const metal = this.metal.cabinets.get(cabinetid);
    if (!metal) return code(UNBOUND);
    if (!metal.isOnline) return code(OFFLINE);
    // As documented: no slot, or slot 0, is every slot.
    const isEvery = slotNum === undefined || Number(slotNum) === 0;
    if (path === "/cabinet/ejectByRepair") {
      if (isEvery) this.#sweep(cabinetid);
      else this.metal.eject(cabinetid, Number(slotNum), arm);
      return code(OK);
    }
    if (path !== "/cabinet/operation" || !OPERATIONS.has(operationType)) return code(BAD_REQUEST);
    if (operationType.startsWith("popall") || (operationType === "pop" && isEvery)) this.#sweep(cabinetid);
    else if (operationType === "pop") this.metal.eject(cabinetid, Number(slotNum), arm);
    return code(OK);
  }

  #sweep(cabinetId: string): void {
    this.sweeps += 1;
    this.metal.ejectAll(cabinetId);
  }

  /** What the cloud pushes; `isEscaped`: as a proxy on the way was seen to spoil it. */
  push(event: string, eventData: Record<string, unknown> & { cabinetId: string }, isEscaped = false): string {
    const push = { agentAccount: "chajipoa", event, eventData, timestamp: (this.#options.now ?? Date.now)() };
    const text = JSON.stringify(ChargeNowPush.parse(push));
    const body = isEscaped ? text.replaceAll("&", "&amp;").replaceAll('"', "&quot;") : text;
    this.#options.onPush?.(body);
    return body;
  }

  /** A person puts a bank in, and the cloud pushes it. */
  insert(cabinetId: string, powerBankId: string, slot?: number): number | null {
    const at = this.metal.insert(cabinetId, powerBankId, slot);
    if (at !== null) this.push("BATTERY_IN", { cabinetId, orderId: null, returnBatteryId: powerBankId, slotNum: at });
    return at;
  }
}
