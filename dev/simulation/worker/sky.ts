// Time that passes, and the weather over everything.
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/lib/clock.ts";
import { untilBoundary, untilMidnight } from "./boundaries.ts";
import { exchange, insert } from "./hardware.ts";
import { startAsked } from "./renters.ts";
import type { Stage } from "./stage.ts";

const pass = ({ time, journal, world }: Stage, ms: number): void => {
  time.advance(ms);
  for (const { model } of world.stations) model.cabinet.charge(Math.ceil(ms / MINUTE_MS));
  journal.write(`time: ${new Date(time.now()).toISOString()}`);
};

export const passTime = async (stage: Stage): Promise<void> => {
  const { random, time, truth } = stage;
  const nowMs = time.now();
  const boundaryMs = truth.facts && untilBoundary(truth.facts, nowMs, random);
  const drawn = random.weighted([
    [30, random.between(0, 20) * SECOND_MS],
    [15, random.between(20, 180) * SECOND_MS],
    [6, random.between(3, 30) * MINUTE_MS],
    [3, random.between(30, 400) * MINUTE_MS],
    [6, boundaryMs ?? 0],
    [1, untilMidnight(nowMs) + random.between(-1, 1) * SECOND_MS],
    [0.3, random.between(6, 40) * HOUR_MS],
  ]);
  pass(stage, Math.max(0, drawn));
};

export const changeWeather = async ({ random, weather, journal }: Stage): Promise<void> => {
  weather.clear();
  weather.isStorm = random.chance(0.5);
  if (random.chance(0.2)) weather.away.add(random.pick(["postgres", "redis", "azampay", "beem"]));
  journal.write(`weather: ${weather.isStorm ? "storm" : "calm"} ${[...weather.away].join(" ")}`);
};

const PIECES = 6;

/** Postgres is gone for an hour while stations go on: returns are taken and kept, starts are answered 503 at once. */
export const outage = async (stage: Stage): Promise<void> => {
  const { random, weather, world, stations, truth, time, journal } = stage;
  weather.clear();
  weather.away.add("postgres");
  journal.write("postgres is gone for an hour");
  for (let piece = 0; piece < PIECES; piece++) {
    pass(stage, HOUR_MS / PIECES);
    await insert(stage);
    await exchange(stage, random.pick(world.stations));
    await stations.ring(random.pick(world.stations).id, time.now());
    const answer = await startAsked(stage);
    if (answer !== null && answer.status !== 503)
      truth.seen.push(`2: a start without Postgres was answered ${answer.status}`);
  }
  weather.clear();
};
