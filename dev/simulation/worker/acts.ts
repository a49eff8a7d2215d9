// What can happen next, and how often. Every act runs to its end within one step; two or three may run at once, and then
// their operations are interleaved by the seed.
import { insert, pull, talk } from "./hardware.ts";
import { forgePayOut, staffDecides } from "./pay-outs.ts";
import { callback, forge } from "./provider.ts";
import { end, extend, lose, swap } from "./rental-life.ts";
import { cancel, handset, look, pay, repeat, start, takeOut } from "./renters.ts";
import { changeWeather, outage, passTime } from "./sky.ts";
import type { Act } from "./stage.ts";
import { openSlot } from "./technicians.ts";
import { alarms, evict, fail, mend, reboot, vanish, warm } from "./troubles.ts";

export const acts: readonly Act[] = [
  { name: "start", weight: 12, isConcurrent: true, play: start },
  { name: "pay", weight: 5, isConcurrent: true, play: pay },
  { name: "withdraw", weight: 6, isConcurrent: true, play: takeOut },
  { name: "repeat", weight: 6, isConcurrent: true, play: repeat },
  { name: "cancel", weight: 3, isConcurrent: true, play: cancel },
  { name: "extend", weight: 3, isConcurrent: true, play: extend },
  { name: "swap", weight: 2, isConcurrent: true, play: swap },
  { name: "end", weight: 2, isConcurrent: true, play: end },
  { name: "lose", weight: 0.7, isConcurrent: true, play: lose },
  { name: "look", weight: 3, isConcurrent: true, play: look },
  { name: "handset", weight: 14, play: handset },
  { name: "callback", weight: 16, isConcurrent: true, play: callback },
  { name: "forge", weight: 1, isConcurrent: true, play: forge },
  { name: "forge a disbursement's", weight: 0.5, isConcurrent: true, play: forgePayOut },
  { name: "staff", weight: 2, isConcurrent: true, play: staffDecides },
  { name: "station", weight: 14, isConcurrent: true, play: talk },
  { name: "insert", weight: 9, isConcurrent: true, play: insert },
  { name: "pull", weight: 0.3, play: pull },
  { name: "technician", weight: 0.6, isConcurrent: true, play: openSlot },
  { name: "hardware", weight: 2.5, play: fail },
  { name: "mend", weight: 0.5, play: mend },
  { name: "heat", weight: 0.6, play: warm },
  { name: "reboot", weight: 1, isConcurrent: true, play: reboot },
  { name: "vanish", weight: 0.1, play: vanish },
  { name: "alarms", weight: 6, play: alarms },
  { name: "evict", weight: 2, isConcurrent: true, play: evict },
  { name: "time", weight: 12, play: passTime },
  { name: "outage", weight: 0.2, play: outage },
  { name: "weather", weight: 2, play: changeWeather },
  { name: "cron", weight: 6, isConcurrent: true, play: (stage) => stage.cron() },
];
