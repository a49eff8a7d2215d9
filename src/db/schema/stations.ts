import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  customType,
  date,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { users } from "./users.ts";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string", precision: 3 });
/** Text that is compared byte by byte: a cell is a range of it. */
const bytewise = customType<{ data: string }>({ dataType: () => 'text collate "C"' });

/** Immutable: a new price is a new version; a rental keeps a snapshot of the terms it began with. */
export const tariffs = pgTable(
  "tariffs",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    version: integer("version").notNull(),
    terms: jsonb("terms").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (t) => [unique("tariffs_name_version_key").on(t.name, t.version)],
);

/** VAT by day of effect in Africa/Dar_es_Salaam. */
export const vatRates = pgTable(
  "vat_rates",
  {
    effectiveFrom: date("effective_from").primaryKey(),
    percent: numeric("percent", { precision: 5, scale: 2 }).notNull(),
  },
  (t) => [check("vat_rates_percent_check", sql`${t.percent} >= 0 and ${t.percent} < 100`)],
);

/** By whom the object reaches the hardware; see durable-objects/driver.ts. */
export const stationDrivers = ["protocol1", "chargenow", "volinks"] as const;

export const stations = pgTable(
  "stations",
  {
    id: text("id").primaryKey(),
    /** What a renter types on a phone without a camera. */
    code: text("code").notNull(),
    name: text("name").notNull(),
    address: text("address").notNull(),
    latitude: doublePrecision("latitude").notNull(),
    longitude: doublePrecision("longitude").notNull(),
    /** 8 characters; whatever begins with the name of a cell lies in it. */
    geohash: bytewise("geohash")
      .notNull()
      .generatedAlwaysAs(sql`internal_geohash(latitude, longitude)`),
    /** False: whoever starts a rental here proves with the code on the screen that he stands before it. */
    acceptsStaticCode: boolean("accepts_static_code").notNull().default(true),
    tariffId: text("tariff_id")
      .notNull()
      .references(() => tariffs.id),
    slotCount: integer("slot_count").notNull(),
    isInService: boolean("is_in_service").notNull().default(true),
    maxTemperatureC: integer("max_temperature_c").notNull().default(45),
    heartbeatSeconds: integer("heartbeat_seconds").notNull().default(25),
    /** Weekly times in Africa/Dar_es_Salaam at which a rental may start (src/stations/opening-hours.ts); null: always. */
    openingHours: jsonb("opening_hours"),
    /** Slots that nobody is given and nobody is sent to, whatever the reason; the reasons are in `station_slots`. */
    lockedSlots: integer("locked_slots")
      .array()
      .notNull()
      .default(sql`'{}'`),
    driver: text("driver", { enum: stationDrivers }).notNull().default("protocol1"),
    /** The cabinet's name at its vendor; none where the station speaks to us itself. */
    vendorId: text("vendor_id"),
    /** Grows with each change of keys or settings; the object confirms the version it holds. */
    configVersion: integer("config_version").notNull().default(1),
    confirmedVersion: integer("confirmed_version").notNull().default(0),
    /** Taken down for good: its keys are retired, it is on no map, it stays in the books. */
    retiredAt: time("retired_at"),
    createdAt: time("created_at").notNull(),
  },
  (t) => [
    unique("stations_code_key").on(t.code),
    check("stations_code_check", sql`${t.code} ~ '^[0-9]{4,6}$'`),
    check("stations_slot_count_check", sql`${t.slotCount} between 1 and 64`),
    check("stations_driver_check", sql`${t.driver} in ('protocol1', 'chargenow', 'volinks')`),
    check(
      "stations_vendor_id_check",
      sql`(${t.driver} = 'protocol1') = (${t.vendorId} is null) and ${t.vendorId} ~ '^[A-Za-z0-9_-]{1,40}$'`,
    ),
    uniqueIndex("stations_driver_vendor_id_key")
      .on(t.driver, t.vendorId)
      .where(sql`vendor_id is not null`),
    index("stations_geohash_idx").on(t.geohash),
    index("stations_config_idx")
      .on(t.id)
      .where(sql`config_version > confirmed_version`),
  ],
);

export const stationKeys = pgTable(
  "station_keys",
  {
    stationId: text("station_id")
      .notNull()
      .references(() => stations.id),
    keyId: text("key_id").notNull(),
    /** Ed25519 public key, JWK x. */
    publicX: text("public_x").notNull(),
    isRetired: boolean("is_retired").notNull().default(false),
    createdAt: time("created_at").notNull(),
  },
  (t) => [primaryKey({ name: "station_keys_pkey", columns: [t.stationId, t.keyId] })],
);

/** What maps and dashboards see of a station; the object is asked before a bank is promised. */
export const stationProjections = pgTable("station_projections", {
  stationId: text("station_id")
    .primaryKey()
    .references(() => stations.id),
  version: bigint("version", { mode: "number" }).notNull(),
  freeBanks: integer("free_banks").notNull(),
  freeSlots: integer("free_slots").notNull(),
  isOnline: boolean("is_online").notNull(),
  seenAt: time("seen_at").notNull(),
});

export const powerBankPlaces = ["depot", "slot", "rented", "lost", "missing", "retired"] as const;

export const powerBanks = pgTable(
  "power_banks",
  {
    /** What the hardware reads from the bank. */
    id: text("id").primaryKey(),
    place: text("place", { enum: powerBankPlaces }).notNull(),
    stationId: text("station_id").references(() => stations.id),
    slot: integer("slot"),
    /** Departures in its whole life, at whatever station. */
    cycles: integer("cycles").notNull().default(0),
    /** Held back wherever it is: nobody is given it. */
    isOutOfService: boolean("is_out_of_service").notNull().default(false),
    serviceReason: text("service_reason"),
    /** Of staff, who has it in hand; only for one that is in the depot's books. */
    heldBy: text("held_by").references(() => users.id),
    updatedAt: time("updated_at").notNull(),
  },
  (t) => [
    check("power_banks_id_check", sql`${t.id} ~ '^[A-Za-z0-9_-]{1,40}$'`),
    check("power_banks_place_check", sql`${t.place} in ('depot', 'slot', 'rented', 'lost', 'missing', 'retired')`),
    // A retired one may still sit in a slot, where it is held back.
    check(
      "power_banks_slot_check",
      sql`case ${t.place} when 'slot' then ${t.stationId} is not null and ${t.slot} is not null
        when 'retired' then (${t.stationId} is null) = (${t.slot} is null) else ${t.stationId} is null and ${t.slot} is null end`,
    ),
    check("power_banks_held_by_check", sql`${t.heldBy} is null or ${t.place} = 'depot'`),
    check("power_banks_service_reason_check", sql`${t.isOutOfService} = (${t.serviceReason} is not null)`),
    index("power_banks_station_id_idx").on(t.stationId),
    index("power_banks_place_id_idx").on(t.place, t.id),
    index("power_banks_held_by_id_idx")
      .on(t.heldBy, t.id)
      .where(sql`held_by is not null`),
    index("power_banks_out_of_service_idx")
      .on(t.id)
      .where(sql`is_out_of_service`),
  ],
);
