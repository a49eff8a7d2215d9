// What a label says of its station. The short code and the address never change, so a label is good for as long as it sticks.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Id } from "../lib/ids.ts";
import { findLabels, type LabelRow } from "./repository-public.ts";

/** Paper has an end. */
export const MOST_LABELS = 100;

export interface LabelFacts {
  code: string;
  name: string;
  /** Of the public page; what the QR code holds. */
  address: string;
  /** What a phone without a browser dials, or sends to; null where there is none. */
  dialCode: string | null;
  smsNumber: string | null;
}

/** Where the QR code of a station leads, whoever scans it with whatever. */
export const pageAddress = ({ config }: Pick<Dependencies, "config">, code: string): string =>
  `${config.PUBLIC_BASE_URL}/s/${code}`;

const factsOf = (deps: Dependencies, { code, name }: LabelRow): LabelFacts => ({
  code,
  name,
  address: pageAddress(deps, code),
  dialCode: deps.config.USSD_DIAL_CODE,
  smsNumber: deps.config.SMS_NUMBER,
});

/** Throws `station_unknown`. */
export const readLabel = async (deps: Dependencies, stationId: Id<"stn">): Promise<LabelFacts> => {
  const [row] = await findLabels(deps.db, { stationId });
  if (!row) throw new AppError("station_unknown");
  return factsOf(deps, row);
};

/** In the order of `codes`, as often as each is named. Throws `station_unknown`. */
export const readLabels = async (deps: Dependencies, codes: string[]): Promise<LabelFacts[]> => {
  const rows = await findLabels(deps.db, { codes });
  return codes.map((code, n) => {
    const row = rows.find((one) => one.code === code);
    if (!row) throw new AppError("station_unknown", { errors: [{ path: `stations.${n}`, code: "station_unknown" }] });
    return factsOf(deps, row);
  });
};
