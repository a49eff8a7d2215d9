// Everything a station's object takes from outside itself. Reaches the rest of the system by `controlPlane` alone: the
// loopback entrypoint of the same Worker. Tests and the simulation replace the factory on the class.
import type { FiscalGate } from "../src/receipts/port.ts";
import type { ControlPlane, VendorGate } from "../src/stations/port.ts";
import { systemClock, type Clock } from "../src/lib/clock.ts";
import { createIds, type Ids } from "../src/lib/ids.ts";
import { createLog, type Log } from "../src/lib/log.ts";

export interface Surroundings {
  clock: Clock;
  ids: Ids;
  log: Log;
  controlPlane: ControlPlane;
  /** Missing: only stations that speak to their object themselves can be reached. */
  vendors?: VendorGate;
  /** How long a cabinet may take to answer a question of ours; its answer counts later as well. */
  vendorPatienceMs?: number;
}

export const realSurroundings = (ctx: DurableObjectState): Surroundings => ({
  clock: systemClock,
  ids: createIds(systemClock),
  log: createLog((line) => console.log(line), { part: "station" }),
  controlPlane: (ctx.exports as unknown as { ControlPlane: ControlPlane }).ControlPlane,
  vendors: (ctx.exports as unknown as { VendorGate: VendorGate }).VendorGate,
});

/** The same for the object of a fiscal device: the authority is reached through the Worker alone, which has the keys. */
export interface FiscalSurroundings {
  clock: Clock;
  log: Log;
  gate: FiscalGate;
}

export const realFiscalSurroundings = (ctx: DurableObjectState): FiscalSurroundings => ({
  clock: systemClock,
  log: createLog((line) => console.log(line), { part: "fiscal_device" }),
  gate: (ctx.exports as unknown as { FiscalGate: FiscalGate }).FiscalGate,
});
