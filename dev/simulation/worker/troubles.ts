// What goes wrong with stations and with their objects.
import { MINUTE_MS, SECOND_MS } from "../../../src/lib/clock.ts";
import type { Random } from "../random.ts";
import type { Fault } from "../../simulators/station-faults.ts";
import { restart } from "./hardware.ts";
import type { Stage } from "./stage.ts";
import type { StationActor } from "./world.ts";

const someFault = (random: Random): Fault =>
  random.pick<Fault>([
    { kind: "no_answer", times: 1, bankLeaves: random.chance(0.5) },
    { kind: "late_drop", times: 1, ms: random.between(5, 120) * SECOND_MS },
    { kind: "wrong_slot", times: 1 },
    { kind: "refuses", times: 1 },
    { kind: "lies", times: 1 },
    { kind: "ignores_expiry" },
    { kind: "reboot_mid_eject", times: 1, bankLeaves: random.chance(0.5) },
    { kind: "ghost_bank", times: 1, ms: 5_000 },
    { kind: "duplicate_events", times: 3 },
    { kind: "reorder_events", times: 2 },
    { kind: "lose_events", times: 1 },
    { kind: "half_inserted", times: 1 },
    { kind: "unnoticed_return", times: 1 },
    { kind: "clock_off", ms: random.between(-24 * 60, 24 * 60) * MINUTE_MS },
    { kind: "offline", ms: random.between(1, 40) * MINUTE_MS },
  ]);

export const fail = async ({ world, random, journal }: Stage): Promise<void> => {
  const station = random.pick(world.stations);
  const fault = someFault(random);
  // Who is never heard of again does not come back in forty minutes.
  if (station.isLost && fault.kind === "offline") return;
  station.model.arm(fault);
  // Who loses the time has lost power.
  if (fault.kind === "clock_off") restart(station);
  journal.write(`${station.name}: ${fault.kind}`);
};

/** Its clock is right again, and its firmware the old one. */
export const mend = async ({ world, random, journal }: Stage): Promise<void> => {
  const station = random.pick(world.stations);
  station.model.faults.disarm("clock_off");
  station.model.faults.disarm("ignores_expiry");
  restart(station);
  journal.write(`${station.name} is mended`);
};

const bankIn = (random: Random, { model }: StationActor): number | null => {
  const banks = model.cabinet.banks();
  return banks.length === 0 ? null : random.pick(banks).slot;
};

/** A bank is too hot to be handed out, or cool again. */
export const warm = async ({ world, random, journal }: Stage): Promise<void> => {
  const station = random.pick(world.stations);
  const slot = bankIn(random, station);
  if (slot === null) return;
  const isHot = random.chance(0.5);
  if (isHot) station.model.arm({ kind: "hot_bank", slot });
  else {
    station.model.cabinet.cool(slot);
    station.model.reportSlot(slot);
  }
  journal.write(`slot ${slot} of ${station.name} is ${isHot ? "hot" : "cool"}`);
};

/** At most one of a town is stolen, with what is in it. */
export const vanish = async ({ world, random, journal }: Stage): Promise<void> => {
  const station = random.pick(world.stations);
  if (world.stations.some(({ isLost }) => isLost) || !random.chance(0.1)) return;
  station.isLost = true;
  station.model.arm({ kind: "offline" });
  journal.write(`${station.name} is never heard of again`);
};

export const reboot = async ({ world, random, journal }: Stage): Promise<void> => {
  const station = random.pick(world.stations);
  restart(station);
  journal.write(`${station.name} reboots`);
};

/** Late, or on time, twice, or not at all. */
export const alarms = async ({ world, stations, random, time }: Stage): Promise<void> => {
  for (const station of world.stations) {
    const how = random.weighted([
      [6, "once"],
      [1, "twice"],
      [3, "late"],
      [0.3, "gone"],
    ] as const);
    if (how !== "late") await stations.ring(station.id, time.now(), how);
  }
};

export const evict = async ({ world, stations, random }: Stage): Promise<void> =>
  stations.evict(random.pick(world.stations).id);
