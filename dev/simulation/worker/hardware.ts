// Stations: what their modems exchange with the Worker, and what people put into them and pull out.
import type { ServerFrame } from "../../../durable-objects/protocol.ts";
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

const converse = async ({ client, random, weather, truth, journal }: Stage, station: StationActor): Promise<void> => {
  const { model } = station;
  for (const frame of station.delayed.splice(0)) model.receive(frame);
  if (model.isOffline()) return station.isConnected ? loseConnection(station) : undefined;
  const { bootId } = model;
  if (!station.isConnected) model.open();
  station.isConnected = true;
  for (let round = 0; round < ROUNDS; round++) {
    model.advance();
    const frames = model.take();
    if (round > 0 && frames.length === 0) return;
    // It counts what has happened until now.
    if (frames.length > 0 || random.chance(0.3)) frames.push(model.heartbeat());
    if (frames.length > 0) {
      truth.metal.words.said(station.id, frames);
      const heard = await client.ofStation(station, "events", frames);
      if (heard === null) return loseConnection(station);
      truth.metal.took(station.id, frames);
      for (const frame of heard) model.receive(frame);
    }
    const commands = await client.ofStation(station, "commands");
    if (commands === null) return loseConnection(station);
    // The answer to a poll that is lost takes its command with it.
    if (!(weather.isStorm && random.chance(0.05))) {
      for (const frame of commands) hand(frame, station, { random, truth, journal });
    }
    if (model.bootId !== bootId) return loseConnection(station);
  }
};

/** The modem has it. Its controller gets it at once, or twice, or when the modem speaks next. */
const hand = (
  frame: ServerFrame,
  station: StationActor,
  { random, truth, journal }: Pick<Stage, "random" | "truth" | "journal">,
): void => {
  const isHeld = random.chance(0.03);
  if (frame.type === "eject") {
    truth.metal.handed(frame.commandId);
    journal.write(`  ${station.name} has ${frame.commandId} for ${frame.powerBankId}${isHeld ? ", and keeps it" : ""}`);
  }
  if (isHeld) return void station.delayed.push(frame);
  station.model.receive(frame);
  if (random.chance(0.03)) station.model.receive(frame);
};

export const loseConnection = (station: StationActor): void => {
  station.isConnected = false;
  station.model.close();
};

/** What its modem held is gone with its memory. */
export const restart = (station: StationActor): void => {
  station.model.reboot();
  station.isConnected = false;
  station.delayed.length = 0;
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

/** Somebody pulls a bank out of its slot. */
export const pull = async (stage: Stage): Promise<void> => {
  const { world, random, journal } = stage;
  const station = random.pick(world.stations);
  const banks = station.model.cabinet.banks();
  if (banks.length === 0) return;
  const { slot, powerBankId } = random.pick(banks);
  station.model.removeByForce(slot);
  journal.write(`${powerBankId} is pulled out of slot ${slot} of ${station.name}`);
  if (random.chance(0.6)) await exchange(stage, station);
};
