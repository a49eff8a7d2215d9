// What can happen next, and how often. Every act runs to its end within one step; two or three may run at once, and then
// their operations are interleaved by the seed.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/lib/clock.ts";
import { alarms, evict, fail, insert, reboot, talk } from "./hardware.ts";
import { forgePayOut, staffDecides } from "./pay-outs.ts";
import { callback, forge } from "./provider.ts";
import { cancel, handset, look, pay, repeat, start, takeOut } from "./renters.ts";
import type { Act, Stage } from "./stage.ts";

const EAST_AFRICA_MS = 3 * HOUR_MS;
/** Of Dar es Salaam. */
const untilMidnight = (nowMs: number): number => DAY_MS - ((nowMs + EAST_AFRICA_MS) % DAY_MS);

const passTime = async ({ random, time, journal, world }: Stage): Promise<void> => {
  const drawn = random.weighted([
    [30, random.between(0, 20) * SECOND_MS],
    [15, random.between(20, 180) * SECOND_MS],
    [6, random.between(3, 30) * MINUTE_MS],
    [3, random.between(30, 400) * MINUTE_MS],
    [1, untilMidnight(time.now()) + random.between(-1, 1) * SECOND_MS],
    [0.3, random.between(6, 40) * HOUR_MS],
  ]);
  const ms = Math.max(0, drawn);
  time.advance(ms);
  for (const { model } of world.stations) model.cabinet.charge(Math.ceil(ms / MINUTE_MS));
  journal.write(`time: ${new Date(time.now()).toISOString()}`);
};

const changeWeather = async ({ random, weather, journal }: Stage): Promise<void> => {
  weather.clear();
  weather.isStorm = random.chance(0.5);
  if (random.chance(0.2)) weather.away.add(random.pick(["postgres", "redis", "azampay", "beem"]));
  journal.write(`weather: ${weather.isStorm ? "storm" : "calm"} ${[...weather.away].join(" ")}`);
};

export const acts: readonly Act[] = [
  { name: "start", weight: 12, isConcurrent: true, play: start },
  { name: "pay", weight: 5, isConcurrent: true, play: pay },
  { name: "withdraw", weight: 6, isConcurrent: true, play: takeOut },
  { name: "repeat", weight: 6, isConcurrent: true, play: repeat },
  { name: "cancel", weight: 3, isConcurrent: true, play: cancel },
  { name: "look", weight: 3, isConcurrent: true, play: look },
  { name: "handset", weight: 14, play: handset },
  { name: "callback", weight: 16, isConcurrent: true, play: callback },
  { name: "forge", weight: 1, isConcurrent: true, play: forge },
  { name: "forge a disbursement's", weight: 0.5, isConcurrent: true, play: forgePayOut },
  { name: "staff", weight: 2, isConcurrent: true, play: staffDecides },
  { name: "station", weight: 14, isConcurrent: true, play: talk },
  { name: "insert", weight: 9, play: insert },
  { name: "hardware", weight: 2, play: fail },
  { name: "reboot", weight: 1, play: reboot },
  { name: "alarms", weight: 6, play: alarms },
  { name: "evict", weight: 2, play: evict },
  { name: "time", weight: 12, play: passTime },
  { name: "weather", weight: 2, play: changeWeather },
  { name: "cron", weight: 6, isConcurrent: true, play: (stage) => stage.cron() },
];
