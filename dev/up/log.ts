// The one log of the local stack: every line says when, and which part speaks.
import { stripVTControlCharacters } from "node:util";
import type { Log } from "../process.ts";

const COLOURS: Record<string, number> = {
  worker: 36,
  postgres: 34,
  redis: 35,
  azampay: 33,
  sms: 32,
  station: 96,
  console: 90,
  cron: 90,
  up: 1,
};
const WIDTH = 9;

/** Writes to standard output; with colours only where somebody looks. */
export const createStackLog = (write: (text: string) => void, hasColours: boolean): Log => {
  const paint = (colour: number, text: string): string => (hasColours ? `\u001b[${colour}m${text}\u001b[0m` : text);
  return (part, line) => {
    const text = stripVTControlCharacters(line).trimEnd();
    if (text === "") return;
    const time = new Date().toLocaleTimeString("en-GB", { hour12: false });
    const [family = part] = part.split(" ");
    for (const each of text.split("\n"))
      write(`${paint(90, time)} ${paint(COLOURS[family] ?? 0, part.padEnd(WIDTH))} ${each}\n`);
  };
};
