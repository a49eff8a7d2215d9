// What an act finds: the town, the ways into it, and the seed's chance.
import type { Random } from "../random.ts";
import type { SimulatedAzamPay } from "./azampay.ts";
import type { Client } from "./client.ts";
import type { Journal } from "./journal.ts";
import type { Stations } from "./stations.ts";
import type { VirtualTime } from "./time.ts";
import type { Truth } from "./truth.ts";
import type { Weather } from "./weather.ts";
import type { World } from "./world.ts";

export interface Stage {
  world: World;
  client: Client;
  stations: Stations;
  azampay: SimulatedAzamPay;
  random: Random;
  time: VirtualTime;
  weather: Weather;
  journal: Journal;
  truth: Truth;
  /** The minute's round, to its end or its death. */
  cron(): Promise<void>;
}

export interface Act {
  name: string;
  /** How often, beside the others'. */
  weight: number;
  /** May run beside others that may. */
  isConcurrent?: boolean;
  play(stage: Stage): Promise<void>;
}
