// From the Worker to the objects: one object per station, named by the station's id. The stub is made anew for each call;
// every call is idempotent, so a caller that got no answer repeats it.
import type { Id } from "../lib/ids.ts";
import type { StationPort, StationWire } from "./port.ts";

type OfOneStation<Call> = Call extends (stationId: Id<"stn">, ...rest: infer Rest) => infer Answer
  ? (...rest: Rest) => Answer
  : never;

/** What the object's stub offers: the port's calls without the station, and its doors. */
type StationStub = { [Verb in keyof StationPort]: OfOneStation<StationPort[Verb]> } & Pick<Fetcher, "fetch">;

interface Namespace {
  getByName(stationId: string, options?: { locationHint?: DurableObjectLocationHint }): StationStub;
}

/** `locationHint`: near the database, so that the long way is travelled once. */
export const createStationPort = (
  namespace: Namespace,
  locationHint?: DurableObjectLocationHint,
): StationPort & StationWire => {
  const stub = (stationId: Id<"stn">) => namespace.getByName(stationId, locationHint ? { locationHint } : {});
  return {
    lease: (stationId, input) => stub(stationId).lease(input),
    release: (stationId, input) => stub(stationId).release(input),
    dispense: (stationId, input) => stub(stationId).dispense(input),
    rentalState: (stationId, rentalId) => stub(stationId).rentalState(rentalId),
    closed: (stationId, input) => stub(stationId).closed(input),
    renew: (stationId, input) => stub(stationId).renew(input),
    configure: (stationId, input) => stub(stationId).configure(input),
    hear: (stationId, notice) => stub(stationId).hear(notice),
    command: (stationId, input) => stub(stationId).command(input),
    commandState: (stationId, commandId) => stub(stationId).commandState(commandId),
    inspect: (stationId) => stub(stationId).inspect(),
    evidence: (stationId, input) => stub(stationId).evidence(input),
    seek: (stationId, input) => stub(stationId).seek(input),
    wake: (stationId) => stub(stationId).wake(),
    pass: (stationId, request) => stub(stationId).fetch(request),
    listen(stationId, { rentalId, ticketId, expiresAtMs }) {
      const query = new URLSearchParams({ rental: rentalId, jti: ticketId, exp: String(expiresAtMs) });
      return stub(stationId).fetch(`https://station/live?${query.toString()}`, { headers: { upgrade: "websocket" } });
    },
  };
};
