// What staff send about stations, and what they see.
import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import { plainText } from "../lib/plain-text.ts";
import { OpeningHours, OpeningTime } from "./opening-hours.ts";
import { StaffCommandRecord, StationRecord } from "./record.ts";
import type { WithKey } from "./staff.ts";

const stationId = z
  .string()
  .regex(idPattern("stn"))
  .transform((text) => text as Id<"stn">);
const tariffId = z
  .string()
  .regex(idPattern("trf"))
  .transform((text) => text as Id<"trf">);
const commandId = z
  .string()
  .regex(idPattern("cmd"))
  .transform((text) => text as Id<"cmd">);
const reason = plainText(500).meta({ description: "For the audit log" });
const slot = z.int().min(1).max(64);
const publicX = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/)
  .meta({
    description:
      "Public half of an Ed25519 key that the station made itself, JWK `x`; missing: one is drawn and shown once",
  });
const powerBankId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/);

export const StationIdParam = z.strictObject({ id: stationId });
export const CommandIdParam = z.strictObject({ id: commandId });
export const StationsQuery = z.strictObject({
  cursor: stationId.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export const CommandsQuery = z.strictObject({
  cursor: commandId.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

const facts = {
  name: plainText(80),
  address: plainText(160),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  tariffId,
  openingHours: z.array(OpeningTime).max(28).meta({ description: "When rentals start; empty: always" }),
  maxTemperatureC: z.int().min(20).max(70).meta({ description: "Hotter banks are held back" }),
  heartbeatSeconds: z.int().min(10).max(300),
};

export const RegisterStation = z
  .strictObject({
    code: z
      .string()
      .regex(/^[0-9]{4,6}$/)
      .meta({ description: "What a renter types", example: "1004" }),
    ...facts,
    openingHours: facts.openingHours.default([]),
    maxTemperatureC: facts.maxTemperatureC.optional(),
    heartbeatSeconds: facts.heartbeatSeconds.optional(),
    slotCount: slot,
    driver: z.enum(["protocol1", "chargenow", "volinks"]).default("protocol1"),
    vendorId: powerBankId
      .optional()
      .meta({ description: "The cabinet's name at its vendor; with the vendors' drivers alone" }),
    publicX: publicX.optional(),
  })
  .refine((body) => (body.driver === "protocol1") === (body.vendorId === undefined), { path: ["vendorId"] })
  .refine((body) => body.driver === "protocol1" || body.publicX === undefined, { path: ["publicX"] })
  .meta({ id: "RegisterStation" });

export const EditStation = z
  .strictObject({
    reason,
    name: facts.name.optional(),
    address: facts.address.optional(),
    latitude: facts.latitude.optional(),
    longitude: facts.longitude.optional(),
    tariffId: facts.tariffId.optional(),
    openingHours: facts.openingHours.optional(),
    maxTemperatureC: facts.maxTemperatureC.optional(),
    heartbeatSeconds: facts.heartbeatSeconds.optional(),
    acceptsStaticCode: z
      .boolean()
      .optional()
      .meta({ description: "False: only the code on the screen starts a rental" }),
  })
  .meta({ id: "EditStation" });

export const StationService = z
  .strictObject({ isInService: z.boolean(), reason })
  .meta({ id: "StationService", description: "Out of service: nothing is handed out, returns are taken" });
export const SlotService = z.strictObject({ slot, isInService: z.boolean(), reason }).meta({ id: "SlotService" });
export const GiveKey = z.strictObject({ reason, publicX: publicX.optional() }).meta({ id: "GiveStationKey" });
export const RetireKey = z
  .strictObject({
    keyId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    reason,
    isLast: z.boolean().default(false).meta({ description: "Confirms that the station can then not speak any more" }),
  })
  .meta({ id: "RetireStationKey" });
export const RetireStation = z.strictObject({ reason }).meta({ id: "RetireStation" });

const slotKinds = ["open", "lock", "unlock"];
export const OrderStation = z
  .strictObject({
    kind: z.enum(["open", "lock", "unlock", "refresh", "reboot", "screen"]),
    reason,
    slot: slot.optional().meta({ description: "With open, lock and unlock" }),
    powerBankId: powerBankId
      .optional()
      .meta({ description: "With open: the bank that is in the slot, which confirms it; missing: the slot is empty" }),
    showMinutes: z.int().min(0).max(120).optional().meta({
      description: "With screen: how long it shows its page's address instead of its own code; 0: its own again",
    }),
  })
  .refine((body) => slotKinds.includes(body.kind) === (body.slot !== undefined), { path: ["slot"] })
  .refine((body) => body.kind === "open" || body.powerBankId === undefined, { path: ["powerBankId"] })
  .refine((body) => (body.kind === "screen") === (body.showMinutes !== undefined), { path: ["showMinutes"] })
  .meta({ id: "OrderStation" });

const time = z.iso.datetime();

export const StationAdminView = z
  .object({
    ...StationRecord.omit({
      createdAtMs: true,
      retiredAtMs: true,
      projection: true,
      keys: true,
      slots: true,
      configVersion: true,
      confirmedVersion: true,
    }).shape,
    id: z.string(),
    tariff: z.object({ id: z.string(), name: z.string(), version: z.int() }),
    openingHours: OpeningHours,
    freeBanks: z.int(),
    freeSlots: z.int(),
    isOnline: z.boolean(),
    lastSeenAt: time
      .nullable()
      .meta({ description: "Null until it was seen once. An online station was heard within two minutes" }),
    isConfirmed: z.boolean().meta({ description: "The station's object holds these settings" }),
    createdAt: time,
    retiredAt: time.nullable(),
    keys: z.array(z.object({ keyId: z.string(), publicX: z.string(), isRetired: z.boolean(), createdAt: time })),
    slots: z
      .array(
        z.object({
          slot: z.int(),
          state: z.enum(["locked", "out_of_service", "quarantined"]),
          reason: z.string(),
          changedBy: z.string(),
          changedAt: time,
        }),
      )
      .meta({ description: "Those that are not in service" }),
  })
  .meta({ id: "StationForStaff" });
export const StationAdminPage = z
  .object({ items: z.array(StationAdminView), nextCursor: z.string().nullable() })
  .meta({ id: "StationForStaffPage" });

export const PrivateKeyView = z
  .object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), kid: z.string(), x: z.string(), d: z.string() })
  .meta({ id: "StationPrivateKey", description: "Shown this once and kept nowhere: it goes into the station" });
export const StationWithKeyView = z
  .object({
    station: StationAdminView,
    keyId: z.string().nullable(),
    privateKey: PrivateKeyView.nullable().meta({
      description: "Null where the station made its own key, and on a repeat",
    }),
  })
  .meta({ id: "StationWithKey" });

export const CommandView = z
  .object({
    ...StaffCommandRecord.omit({ createdAtMs: true, changedAtMs: true, showUntilMs: true }).shape,
    id: z.string(),
    stationId: z.string(),
    state: StaffCommandRecord.shape.state.meta({
      description:
        "`requested`: nobody knows whether the station's object heard of it; repeat the request. `unknown`: the station never answered",
    }),
    showUntil: time.nullable().meta({ description: "Of a screen: from then on it shows its own code" }),
    createdAt: time,
    changedAt: time,
  })
  .meta({ id: "StationCommand" });
export const CommandPage = z
  .object({ items: z.array(CommandView), nextCursor: z.string().nullable() })
  .meta({ id: "StationCommandPage" });

export const stationAdminView = (record: StationRecord): z.infer<typeof StationAdminView> => {
  const { projection, createdAtMs, retiredAtMs, configVersion, confirmedVersion, keys, slots, ...said } = record;
  return {
    ...said,
    freeBanks: projection?.freeBanks ?? 0,
    freeSlots: projection?.freeSlots ?? 0,
    isOnline: projection?.isOnline ?? false,
    lastSeenAt: projection ? isoTime(projection.seenAtMs) : null,
    isConfirmed: confirmedVersion >= configVersion,
    createdAt: isoTime(createdAtMs),
    retiredAt: retiredAtMs === null ? null : isoTime(retiredAtMs),
    keys: keys.map(({ createdAtMs: at, ...key }) => ({ ...key, createdAt: isoTime(at) })),
    slots: slots.map(({ changedAtMs: at, ...each }) => ({ ...each, changedAt: isoTime(at) })),
  };
};

export const withKeyView = ({ station, keyId, privateKey }: WithKey): z.infer<typeof StationWithKeyView> => ({
  station: stationAdminView(station),
  keyId,
  privateKey,
});

export const commandView = ({
  createdAtMs,
  changedAtMs,
  showUntilMs,
  ...said
}: StaffCommandRecord): z.infer<typeof CommandView> => ({
  ...said,
  showUntil: showUntilMs === null ? null : isoTime(showUntilMs),
  createdAt: isoTime(createdAtMs),
  changedAt: isoTime(changedAtMs),
});
