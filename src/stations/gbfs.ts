// The public feed in GBFS 3.0, the format in which sharing systems tell maps where something is free. Counts per station; no
// bank has a name here, and there is no vehicle_status.json. Two reads fill all files, and the edge keeps both.
import type { Dependencies } from "../deps.ts";
import { isoTime, MINUTE_MS } from "../lib/clock.ts";
import { recall, type Life } from "../lib/recall.ts";
import { amountText } from "../lib/wording.ts";
import { TariffTerms } from "../pricing/tariff.ts";
import { pageAddress } from "./labels.ts";
import type { OpeningHours } from "./opening-hours.ts";
import { readinessOf, weekOf } from "./place.ts";
import { listPlaces, listPlans, type PlaceRow, type PlanRow } from "./repository-public.ts";

const VERSION = "3.0";
const STATUS: Life = { freshSeconds: 30, staleSeconds: 120 };
const PLANS: Life = { freshSeconds: 300, staleSeconds: 900 };
/** A feed has no pages. Beyond this it is cut off, which is shown to whoever runs the platform. */
const MOST_STATIONS = 10_000;
const MOST_PLANS = 500;
const SYSTEM_ID = "chajipoa_tz";
const VEHICLE_TYPE = "power_bank";

export interface Feed {
  last_updated: string;
  ttl: number;
  version: typeof VERSION;
  data: Record<string, unknown>;
}

const feed = (atMs: number, ttl: number, data: Feed["data"]): Feed => ({
  last_updated: isoTime(atMs),
  ttl,
  version: VERSION,
  data,
});

const both = (sw: string, en = sw) => [
  { text: sw, language: "sw" },
  { text: en, language: "en" },
];

const readPlaces = async (deps: Dependencies): Promise<{ places: PlaceRow[]; atMs: number }> => {
  const [kept] = await recall(deps, ["gbfs/1/places"], STATUS, async () => {
    const places = await listPlaces(deps.db, null, MOST_STATIONS);
    if (places.length === MOST_STATIONS) deps.log.write("warn", "alert", { alert: "feed_cut_off" });
    // One that never spoke is not on the street yet.
    return [places.filter((one) => one.seenAt !== null)];
  });
  return { places: kept!.value, atMs: kept!.storedAtMs };
};

const readPlans = async (deps: Dependencies): Promise<{ plans: PlanRow[]; atMs: number }> => {
  const [kept] = await recall(deps, ["gbfs/1/plans"], PLANS, async () => [await listPlans(deps.db, MOST_PLANS)]);
  return { plans: kept!.value, atMs: kept!.storedAtMs };
};

const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/** In the words of OpenStreetMap; a time beyond midnight is counted on: `22:00-26:00`. */
export const osmHours = (hours: OpeningHours): string =>
  hours === null
    ? "24/7"
    : weekOf(hours)
        .map(({ from, to, times }) => {
          const days = from === to ? DAYS[from - 1] : `${DAYS[from - 1]}-${DAYS[to - 1]}`;
          const spans = times.map(({ opens, closes }) =>
            closes > opens
              ? `${opens}-${closes}`
              : `${opens}-${String(Number(closes.slice(0, 2)) + 24)}${closes.slice(2)}`,
          );
          return `${days} ${spans.join(",")}`;
        })
        .join("; ");

const stationInformation = async (deps: Dependencies): Promise<Feed> => {
  const { places, atMs } = await readPlaces(deps);
  return feed(atMs, STATUS.freshSeconds, {
    stations: places.map((one) => ({
      station_id: one.id,
      name: both(one.name),
      short_name: both(one.code),
      lat: one.latitude,
      lon: one.longitude,
      address: one.address,
      station_opening_hours: osmHours(one.openingHours),
      rental_methods: ["phone"],
      is_virtual_station: false,
      is_charging_station: true,
      capacity: one.slotCount,
      vehicle_docks_capacity: [{ vehicle_type_ids: [VEHICLE_TYPE], count: one.slotCount }],
      rental_uris: { web: pageAddress(deps, one.code) },
    })),
  });
};

const stationStatus = async (deps: Dependencies): Promise<Feed> => {
  const { places, atMs } = await readPlaces(deps);
  return feed(atMs, STATUS.freshSeconds, {
    stations: places.map((one) => {
      const readiness = readinessOf(one, atMs);
      const [banks, slots] = [one.freeBanks ?? 0, one.freeSlots ?? 0];
      return {
        station_id: one.id,
        num_vehicles_available: banks,
        vehicle_types_available: [{ vehicle_type_id: VEHICLE_TYPE, count: banks }],
        num_docks_available: slots,
        vehicle_docks_available: [{ vehicle_type_ids: [VEHICLE_TYPE], count: slots }],
        is_installed: true,
        // An empty station rents as soon as somebody returns something.
        is_renting: readiness === "ready" || readiness === "no_banks",
        // Taken at any hour, also where nothing is handed out.
        is_returning: true,
        last_reported: isoTime(Date.parse(one.seenAt ?? isoTime(atMs))),
      };
    }),
  });
};

const vehicleTypes = async (deps: Dependencies): Promise<Feed> => {
  const { plans, atMs } = await readPlans(deps);
  const ids = plans.map(({ id }) => id);
  return feed(atMs, PLANS.freshSeconds, {
    vehicle_types: [
      {
        vehicle_type_id: VEHICLE_TYPE,
        form_factor: "other",
        // It is carried; every other word would ask for a range.
        propulsion_type: "human",
        name: both("Power bank"),
        description: both("Power bank ya kuchajia simu, yenye kebo", "A power bank to charge a phone, with cables"),
        return_constraint: "any_station",
        ...(ids[0] === undefined ? {} : { default_pricing_plan_id: ids[0], pricing_plan_ids: ids }),
      },
    ],
  });
};

const pricingPlans = async (deps: Dependencies): Promise<Feed> => {
  const { plans, atMs } = await readPlans(deps);
  return feed(atMs, PLANS.freshSeconds, {
    plans: plans.map(({ id, terms }) => {
      const { baseFeeTzs, includedMinutes, graceMinutes, lateFeeTzs, capPer24hTzs, depositTzs } =
        TariffTerms.parse(terms);
      const sw = (tzs: number) => amountText(tzs, "sw");
      const en = (tzs: number) => amountText(tzs, "en");
      return {
        plan_id: id,
        name: both("Bei ya kukodi", "Rental price"),
        currency: "TZS",
        price: baseFeeTzs,
        is_taxable: false,
        description: both(
          `${sw(baseFeeTzs)} kwa dakika ${includedMinutes}; ukichelewa ${sw(lateFeeTzs)} kila saa, hadi ${sw(capPer24hTzs)} kwa saa 24. Amana ${sw(depositTzs)}.`,
          `${en(baseFeeTzs)} for ${includedMinutes} minutes; late ${en(lateFeeTzs)} for each hour, up to ${en(capPer24hTzs)} in 24 hours. Deposit ${en(depositTzs)}.`,
        ),
        per_min_pricing: [{ start: includedMinutes + graceMinutes, rate: lateFeeTzs, interval: 60 }],
      };
    }),
  });
};

const systemInformation = (deps: Dependencies): Feed => {
  const { PUBLIC_BASE_URL: url, CONTACT_EMAIL: email } = deps.config;
  return feed(minute(deps), PLANS.freshSeconds, {
    system_id: SYSTEM_ID,
    languages: ["sw", "en"],
    name: both("ChajiPoa"),
    operator: both("ChajiPoa"),
    opening_hours: "24/7",
    url,
    email,
    feed_contact_email: email,
    timezone: "Africa/Dar_es_Salaam",
    license_id: "CC-BY-4.0",
    attribution_organization_name: both("ChajiPoa"),
  });
};

/** What never changes is as old as the minute, so that two who ask get the same. */
const minute = ({ clock }: Dependencies): number => Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS;

const addressOf = (deps: Dependencies, name: string): string => `${deps.config.PUBLIC_BASE_URL}/gbfs/v3/${name}.json`;

/** Every file of the feed by its name. */
export const feeds = {
  gbfs: (deps: Dependencies): Feed =>
    feed(minute(deps), PLANS.freshSeconds, {
      feeds: Object.keys(feeds)
        .filter((name) => name !== "gbfs")
        .map((name) => ({ name, url: addressOf(deps, name) })),
    }),
  gbfs_versions: (deps: Dependencies): Feed =>
    feed(minute(deps), PLANS.freshSeconds, { versions: [{ version: VERSION, url: addressOf(deps, "gbfs") }] }),
  system_information: systemInformation,
  vehicle_types: vehicleTypes,
  station_information: stationInformation,
  station_status: stationStatus,
  system_pricing_plans: pricingPlans,
} satisfies Record<string, (deps: Dependencies) => Feed | Promise<Feed>>;
export type FeedName = keyof typeof feeds;
