// Stations: what their modems exchange with the Worker, what people put into them, and what goes wrong with them.
import { MINUTE_MS, SECOND_MS } from "../../../src/lib/clock.ts";
import type { Fault } from "../../simulators/station-faults.ts";
import type { Stage } from "./stage.ts";
import { bootNumber, type StationActor } from "./world.ts";

/** What a modem says and hears in one go, at most. */
const ROUNDS = 4;

/** A station says what it has to say, and takes what there is for it. */
export const exchange = async (stage: Stage, station: StationActor): Promise<void> => {
  // One modem, one conversation.
  if (station.isBusy) return;
  station.isBusy = true;
  await converse(stage, station);
  station.isBusy = false;
};

const converse = async ({ client, random, weather, truth }: Stage, station: StationActor): Promise<void> => {
  const { model } = station;
  if (model.isOffline()) return station.isConnected ? loseConnection(station) : undefined;
  const { bootId } = model;
  if (!station.isConnected) model.open();
  station.isConnected = true;
  for (let round = 0; round < ROUNDS; round++) {
    model.advance();
    const frames = model.take();
    if (round > 0 && frames.length === 0) return;
    if (frames.length > 0) {
      const heard = await client.ofStation(station, "events", frames);
      if (heard === null) return loseConnection(station);
      truth.metal.took(station.id, frames);
      for (const frame of heard) model.receive(frame);
    }
    const commands = await client.ofStation(station, "commands");
    if (commands === null) return loseConnection(station);
    // The answer to a poll that is lost takes its command with it.
    if (!(weather.isStorm && random.chance(0.05))) {
      for (const frame of commands) {
        if (frame.type === "eject") truth.metal.handed(frame.commandId);
        model.receive(frame);
      }
    }
    if (model.bootId !== bootId) return loseConnection(station);
  }
};

export const loseConnection = (station: StationActor): void => {
  station.isConnected = false;
  station.model.close();
};

export const talk = async (stage: Stage): Promise<void> => {
  const station = stage.random.pick(stage.world.stations);
  await exchange(stage, station);
  stage.journal.write(`${station.name} talks, ${station.model.unacknowledged} unacknowledged`);
};

export const insert = async (stage: Stage): Promise<void> => {
  const { world, random, journal, truth } = stage;
  if (world.hands.length === 0) return;
  const bank = random.pick(world.hands);
  const station = random.pick(world.stations);
  const before = { boots: bootNumber(station.model.bootId), seq: station.model.seq };
  const done = station.model.insert({ powerBankId: bank });
  if (done?.result === "ok") {
    world.hands.splice(world.hands.indexOf(bank), 1);
    truth.metal.cameIn(bank, station.id, done.slot, before);
  }
  journal.write(`${bank} into ${station.name}: ${done?.result ?? "full"}`);
  if (random.chance(0.6)) await exchange(stage, station);
};

export const fail = async ({ world, random, journal }: Stage): Promise<void> => {
  const station = random.pick(world.stations);
  const faults: Fault[] = [
    { kind: "no_answer", times: 1, bankLeaves: random.chance(0.5) },
    { kind: "late_drop", times: 1, ms: random.between(5, 120) * SECOND_MS },
    { kind: "refuses", times: 1 },
    { kind: "lies", times: 1 },
    { kind: "reboot_mid_eject", times: 1, bankLeaves: random.chance(0.5) },
    { kind: "ghost_bank", times: 1, ms: 4_000 },
    { kind: "duplicate_events", times: 3 },
    { kind: "reorder_events", times: 2 },
    { kind: "lose_events", times: 1 },
    { kind: "half_inserted", times: 1 },
    { kind: "unnoticed_return", times: 1 },
    { kind: "offline", ms: random.between(1, 40) * MINUTE_MS },
  ];
  const fault = random.pick(faults);
  station.model.arm(fault);
  journal.write(`${station.name}: ${fault.kind}`);
};

export const reboot = async ({ world, random, journal }: Stage): Promise<void> => {
  const station = random.pick(world.stations);
  station.model.reboot();
  station.isConnected = false;
  journal.write(`${station.name} reboots`);
};

/** Late, or on time, or not this time. */
export const alarms = async ({ world, stations, random, time }: Stage): Promise<void> => {
  for (const station of world.stations) if (random.chance(0.7)) await stations.ring(station.id, time.now());
};

export const evict = async ({ world, stations, random }: Stage): Promise<void> =>
  stations.evict(random.pick(world.stations).id);
