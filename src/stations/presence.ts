// Whether whoever starts a rental proved that he stands before the station.
import type { Dependencies } from "../deps.ts";
import { recall, type Life } from "../lib/recall.ts";
import { findIdentities } from "./repository.ts";
import type { StationPointer } from "./schemas.ts";
import { checkScreenCode } from "./screen-code.ts";

/** `unproven`: a label was read or a code typed. The others are refusals. */
export type Presence = "proven" | "unproven" | "qr_expired" | "qr_invalid";

/** A retired key may sign this much longer: less than the life of what it signed. */
const KEYS: Life = { freshSeconds: 20, staleSeconds: 60 };

/** No round trip without a screen code, nor while the edge knows the station's keys; else one. Never throws a refusal. */
export const proveScreenCode = async (
  deps: Dependencies,
  { stationCode, screenCode }: { stationCode: StationPointer["stationCode"]; screenCode?: string | null },
): Promise<Presence> => {
  if (screenCode === undefined || screenCode === null) return "unproven";
  const [kept] = await recall(deps, [`keys/1/${stationCode}`], KEYS, () => findIdentities(deps.db, [stationCode]));
  // What is unknown is refused as a station, not as a code.
  if (!kept?.value) return "unproven";
  const nowMs = deps.clock.now();
  let verdict = await checkScreenCode(screenCode, kept.value.id, kept.value.keys, nowMs);
  if (verdict === "invalid" && kept.storedAtMs < nowMs) {
    // Perhaps by a key that is newer than what the edge knows.
    const [now] = await findIdentities(deps.db, [stationCode]);
    if (now) verdict = await checkScreenCode(screenCode, now.id, now.keys, nowMs);
  }
  return verdict === "proven" ? verdict : `qr_${verdict}`;
};
