// Cabinets of other vendors: what their objects ask for, and what comes in from outside. What comes in only makes an object
// look; what it then sees goes the way of every station's events.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import {
  type CabinetVendor,
  slotNumber,
  type VendorAnswer,
  type VendorName,
  type VendorReading,
  type VendorWord,
} from "../providers/ports.ts";
import type { VendorGate } from "./port.ts";
import { findStationOfVendor } from "./repository.ts";

const NOT_CONFIGURED = "not_configured";

const vendorOf = (deps: Dependencies, driver: VendorName): CabinetVendor | null => deps.vendors[driver];

/** Never throws: a vendor that is not configured knows nothing. */
export const readCabinet = async (
  deps: Dependencies,
  { driver, vendorId }: Parameters<VendorGate["read"]>[0],
): Promise<VendorReading> =>
  (await vendorOf(deps, driver)?.read(vendorId)) ?? { status: "unknown", reason: NOT_CONFIGURED };

/** Hands one eject over, once. Throws RangeError for a slot that is none. */
export const ejectFromCabinet = async (
  deps: Dependencies,
  { driver, slot, ...input }: Parameters<VendorGate["eject"]>[0],
): Promise<VendorAnswer> =>
  (await vendorOf(deps, driver)?.eject({ ...input, slot: slotNumber(slot) })) ?? {
    status: "refused",
    code: NOT_CONFIGURED,
  };

/** Throws RangeError for a slot that is none. */
export const operateCabinet = async (
  deps: Dependencies,
  { driver, vendorId, order }: Parameters<VendorGate["operate"]>[0],
): Promise<VendorAnswer> => {
  const checked = order.kind === "restart" ? order : { ...order, slot: slotNumber(order.slot) };
  const answer = await vendorOf(deps, driver)?.operate(vendorId, checked, deps.clock.now());
  return answer ?? { status: "refused", code: NOT_CONFIGURED };
};

/** Hands a word from outside to the object of its cabinet; true when there is one. */
const pass = async (deps: Dependencies, driver: VendorName, word: VendorWord | null): Promise<boolean> => {
  const stationId = word && (await findStationOfVendor(deps.db, driver, word.vendorId));
  deps.log.write("info", "vendor_notice", {
    driver,
    kind: word?.notice.kind ?? "unreadable",
    stationId,
  });
  if (!word || !stationId) return false;
  await deps.stations.hear(stationId, word.notice);
  return true;
};

/** A push from ChargeNow's cloud. */
export const takeChargeNowPush = async (deps: Dependencies, body: string): Promise<void> => {
  await pass(deps, "chargenow", (await deps.vendors.chargenow?.parsePush(body)) ?? null);
};

/** A message that the broker of the Volinks cabinets passes on. */
export const takeVolinksMessage = async (deps: Dependencies, body: string): Promise<void> => {
  await pass(deps, "volinks", (await deps.vendors.volinks?.parseMessage(body)) ?? null);
};

/** A Volinks cabinet's own call. Throws `invalid_request` when it is garbled, `station_unknown` for a cabinet of nobody. */
export const takeVolinksCall = async (
  deps: Dependencies,
  door: "connect" | "upload" | "return",
  query: Record<string, string>,
): Promise<{ vendorId: string }> => {
  const word = await deps.vendors.volinks?.parseDeviceCall(door, query);
  if (!word) throw new AppError("invalid_request");
  if (!(await pass(deps, "volinks", word))) throw new AppError("station_unknown");
  return { vendorId: word.vendorId };
};

/** What a Volinks cabinet of ours connects to the broker with: the list its firmware splits at commas. */
export const issueVolinksCredentials = async (deps: Dependencies, query: Record<string, string>): Promise<string> => {
  const { vendorId } = await takeVolinksCall(deps, "connect", query);
  const { host, port, username, password } = await deps.vendors.volinks!.credentials(vendorId);
  return [vendorId, "powerbank", host, port, username, password, deps.clock.now()].join(",");
};

/** The broker asks whether a cabinet may connect. */
export const isVolinksPassword = async (deps: Dependencies, username: string, password: string): Promise<boolean> =>
  (await deps.vendors.volinks?.isPassword(username, password)) ?? false;
