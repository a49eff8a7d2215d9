// Stations on the outside, speaking wire protocol 1 like real ones, with every fault to arm. For the stack:
//
//   startStationSimulator(options: StationSimulatorOptions): Promise<StationSimulator>
//   { url: "http://127.0.0.1:<port>", port, stations: {[id]: {model, link}}, pocket, stop(): Promise<void> }
//
// Banks that came out of any station are in people's pockets, and can be put into any other. With `stateFile` the banks
// stay where they were when the simulator starts again, as metal does.
//
// Control API, JSON, under {url}:
//   GET  /stations                   → {pocket: [powerBankId], stations: [State]}
//   GET  /stations/:id               → State {stationId, transport, isConnected, isOffline, bootId, unacknowledged, slots, faults}
//   GET  /stations/:id/screen        → {address}: what the QR code on its screen holds now, also while it is offline
//   POST /stations/:id/insert        {slot?, powerBankId, chargePercent?}   → {slot, result: "ok" | "rejected"}
//   POST /stations/:id/remove        {slot}                                 → {powerBankId}
//   POST /stations/:id/faults        {kind, times?, ms?, slot?, bankLeaves?}       DELETE /stations/:id/faults?kind=
//   POST /stations/:id/offline       {ms?}  for ever without                        POST /stations/:id/online
//   POST /stations/:id/reboot
// Refusals: 404 no such station, 409 {message} the hand cannot do that, 400 a malformed body.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { JWK } from "jose";
import { z } from "zod";
import { readBody, sendJson, startHttpServer } from "../http-server.ts";
import { makeScreenCode, screenAddress } from "../../src/stations/screen-code.ts";
import type { Log } from "../process.ts";
import type { SlotSeed } from "./station-cabinet.ts";
import { Fault, faultKinds } from "./station-faults.ts";
import { StationLink } from "./station-link.ts";
import { StationModel } from "./station-model.ts";

export interface SimulatedStation {
  stationId: string;
  /** The number on its label; what its screen leads to. */
  code: string;
  keyId: string;
  /** The station's Ed25519 key. */
  privateJwk: JWK;
  slots: SlotSeed[];
}

export interface StationSimulatorOptions {
  /** Where the Worker answers, without `/api/v1`. */
  baseUrl: string;
  stations: SimulatedStation[];
  transport?: "websocket" | "http";
  /** True time, ms. */
  now?(): number;
  /** Any free one by default. */
  controlPort?: number;
  /** Power banks that renters carry at the start. */
  pocket?: string[];
  /** The hands that banks of other cabinets come into, too; in place of some of its own. */
  hands?: Set<string>;
  stateFile?: string;
  log?: Log;
}

export interface StationSimulator {
  url: string;
  port: number;
  stations: Record<string, { model: StationModel; link: StationLink; screen(): Promise<string> }>;
  pocket: ReadonlySet<string>;
  stop(): Promise<void>;
}

const PowerBankId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/);
const InsertRequest = z.strictObject({
  slot: z.int().min(1).max(64).optional(),
  powerBankId: PowerBankId,
  chargePercent: z.int().min(0).max(100).optional(),
});
const ScreenJwk = z.object({ x: z.string(), d: z.string() });
const RemoveRequest = z.strictObject({ slot: z.int().min(1).max(64) });
const OfflineRequest = z.strictObject({ ms: z.int().positive().optional() });
const SavedState = z.object({
  pocket: z.array(z.string()),
  stations: z.record(z.string(), z.array(z.object({ slot: z.int(), powerBankId: z.string(), chargePercent: z.int() }))),
});

const CHARGE_EVERY_MS = 60_000;

class HandRefused extends Error {}

/** Throws StackError `port_taken`. The stations connect by themselves, now and whenever the server comes back. */
export const startStationSimulator = async (options: StationSimulatorOptions): Promise<StationSimulator> => {
  const saved = readState(options.stateFile);
  const now = options.now ?? Date.now;
  const pocket = options.hands ?? new Set<string>();
  for (const bank of saved?.pocket ?? options.pocket ?? []) pocket.add(bank);
  const stations: StationSimulator["stations"] = {};
  const save = (): void => {
    if (options.stateFile) writeState(options.stateFile, pocket, stations);
  };
  for (const { stationId, code, keyId, privateJwk, slots } of options.stations) {
    const say = (line: string): void => options.log?.("station", `${stationId}: ${line}`);
    const model = new StationModel({
      slots: settle(slots, saved?.stations[stationId]),
      now,
      nextBootId: () => `b${now().toString(36)}${crypto.randomUUID().slice(0, 4)}`,
      onBankOut(powerBankId, slot) {
        pocket.add(powerBankId);
        say(`${powerBankId} is out of slot ${slot}`);
        save();
      },
    });
    const link = new StationLink({
      baseUrl: options.baseUrl,
      stationId,
      keyId,
      privateJwk,
      transport: options.transport ?? "websocket",
      model,
      say,
    });
    const { x, d } = ScreenJwk.parse(privateJwk);
    const screen = async () =>
      model.screen ??
      screenAddress(
        `${options.baseUrl}/s/${code}`,
        await makeScreenCode(stationId, { keyId, x, d }, model.serverClock()),
      );
    stations[stationId] = { model, link, screen };
    link.start();
  }
  const charging = setInterval(
    () => Object.values(stations).forEach(({ model }) => model.cabinet.charge(1)),
    CHARGE_EVERY_MS,
  );
  const state = (stationId: string) => {
    const { model, link } = stations[stationId]!;
    return {
      stationId,
      transport: options.transport ?? "websocket",
      isConnected: link.isConnected,
      isOffline: model.isOffline(),
      bootId: model.bootId,
      unacknowledged: model.unacknowledged,
      slots: model.cabinet.report(now()),
      faults: model.faults.list(),
    };
  };
  const insert = (stationId: string, body: unknown) => {
    const input = InsertRequest.parse(body);
    const holder = Object.entries(stations).find(([, { model }]) =>
      model.cabinet.banks().some((bank) => bank.powerBankId === input.powerBankId),
    );
    if (holder) throw new HandRefused(`the bank is in station ${holder[0]}`);
    const inserted = stations[stationId]!.model.insert({
      powerBankId: input.powerBankId,
      ...(input.slot === undefined ? {} : { slot: input.slot }),
      ...(input.chargePercent === undefined ? {} : { chargePercent: input.chargePercent }),
    });
    if (!inserted) throw new HandRefused("there is no free slot");
    if (inserted.result === "ok") pocket.delete(input.powerBankId);
    else pocket.add(input.powerBankId);
    return inserted;
  };
  const act = (stationId: string, method: string, action: string, body: unknown, query: URLSearchParams): unknown => {
    const { model, screen } = stations[stationId]!;
    switch (`${method} ${action}`) {
      case "GET ":
        return state(stationId);
      case "GET screen":
        return screen().then((address) => ({ address }));
      case "POST insert":
        return insert(stationId, body);
      case "POST remove": {
        const powerBankId = model.removeByForce(RemoveRequest.parse(body).slot);
        if (powerBankId === null) throw new HandRefused("the slot is empty");
        return { powerBankId };
      }
      case "POST faults":
        model.arm(Fault.parse(body));
        return state(stationId);
      case "DELETE faults":
        model.faults.disarm(
          z
            .enum(faultKinds)
            .optional()
            .parse(query.get("kind") ?? undefined),
        );
        return state(stationId);
      case "POST offline": {
        const { ms } = OfflineRequest.parse(body);
        model.arm({ kind: "offline", ...(ms === undefined ? {} : { ms }) });
        return state(stationId);
      }
      case "POST online":
        model.comeBack();
        return state(stationId);
      case "POST reboot":
        model.reboot();
        return state(stationId);
      default:
        return undefined;
    }
  };
  const server = await startHttpServer("station simulator", options.controlPort ?? 0, async (request, response) => {
    try {
      const url = new URL(request.url ?? "/", "http://stations");
      const [first, stationId, action = ""] = url.pathname.split("/").slice(1).map(decodeURIComponent);
      if (first === "stations" && stationId === undefined && request.method === "GET") {
        return sendJson(response, 200, { pocket: [...pocket], stations: Object.keys(stations).map(state) });
      }
      const text = await readBody(request, 64 * 1024);
      const body: unknown = text === "" ? {} : JSON.parse(text);
      const known = first === "stations" && stationId !== undefined && stations[stationId] !== undefined;
      const answer = known ? await act(stationId, request.method ?? "GET", action, body, url.searchParams) : undefined;
      if (answer === undefined)
        return sendJson(response, 404, { message: `no ${request.method} ${url.pathname} here` });
      save();
      stations[stationId!]!.link.nudge();
      sendJson(response, 200, answer);
    } catch (error) {
      if (error instanceof HandRefused) return sendJson(response, 409, { message: error.message });
      if (error instanceof z.ZodError) return sendJson(response, 400, { message: z.prettifyError(error) });
      if (error instanceof SyntaxError) return sendJson(response, 400, { message: "the body is not JSON" });
      throw error;
    }
  });
  return {
    url: server.url,
    port: server.port,
    stations,
    pocket,
    async stop() {
      clearInterval(charging);
      save();
      await Promise.all([server.stop(), ...Object.values(stations).map(({ link }) => link.stop())]);
    },
  };
};

/** The seeds with the banks where they were left. */
const settle = (
  seeds: SlotSeed[],
  banks: { slot: number; powerBankId: string; chargePercent: number }[] | undefined,
): SlotSeed[] =>
  banks === undefined
    ? seeds
    : seeds.map(({ powerBankId: _bank, chargePercent: _charge, ...rest }) => {
        const found = banks.find((bank) => bank.slot === rest.slot);
        return found ? { ...rest, powerBankId: found.powerBankId, chargePercent: found.chargePercent } : rest;
      });

const readState = (file: string | undefined): z.infer<typeof SavedState> | null => {
  if (file === undefined) return null;
  try {
    return SavedState.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
};

const writeState = (file: string, pocket: ReadonlySet<string>, stations: StationSimulator["stations"]): void => {
  mkdirSync(dirname(file), { recursive: true });
  const banks = Object.fromEntries(Object.entries(stations).map(([id, { model }]) => [id, model.cabinet.banks()]));
  writeFileSync(file, JSON.stringify({ pocket: [...pocket], stations: banks }));
};
