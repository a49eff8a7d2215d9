// Puts a run together: the seed's time, chance and network in the place of the isolate's, and the product on top of them.
import { dependenciesOf, type Dependencies } from "../../../src/deps.ts";
import { createRandom, type Random } from "../random.ts";
import { SimulatedAzamPay } from "./azampay.ts";
import { SimulatedDatabase } from "./database.ts";
import { Journal } from "./journal.ts";
import { takeOver } from "./machine.ts";
import { createOutside } from "./outside.ts";
import { Scheduler } from "./scheduler.ts";
import { providerSettings, SECRETS, workerEnv } from "./settings.ts";
import { stationLog, type SimulationEnv } from "./station-object.ts";
import { Stations } from "./stations.ts";
import { VirtualTime } from "./time.ts";
import { Weather } from "./weather.ts";

export interface RunInput {
  seed: number;
  /** Of this run's own database: as the application, and as the owner of the tables. */
  applicationUrl: string;
  ownerUrl: string;
  /** Settings that are not the tests'. */
  vars: Record<string, string>;
  /** Reports carry the whole journal. */
  isTraced: boolean;
}

export interface Engine {
  /** What people, stations and the sky do. */
  random: Random;
  time: VirtualTime;
  journal: Journal;
  weather: Weather;
  scheduler: Scheduler;
  database: SimulatedDatabase;
  stations: Stations;
  azampay: SimulatedAzamPay;
  /** The Worker's. */
  env: Record<string, unknown>;
  /** New for each request, as the Worker makes them. */
  dependencies(): Dependencies;
}

/** Midday before New Year's Eve: receipts begin at 1 again within the first hours of a run. */
const START_MS = Date.parse("2035-12-31T12:00:00.000Z");

/** `nameOf` is a short name of a station; `onSecret` hears what a line of the product's log should not have. */
export const startEngine = (
  input: RunInput,
  env: SimulationEnv,
  told: { nameOf(stationId: string): string; onSecret(pattern: RegExp): void },
): Engine => {
  const stream = (name: string): Random => createRandom(input.seed, name);
  const { hostname: host, port } = new URL(input.ownerUrl);
  const time = new VirtualTime(START_MS);
  const journal = new Journal(input.isTraced);
  const weather = new Weather(stream("weather"));
  const database = new SimulatedDatabase({ host, port: Number(port), ownerUrl: input.ownerUrl });
  const azampay = new SimulatedAzamPay(providerSettings, time, stream("azampay"));
  const scheduler = new Scheduler({ random: stream("order"), time, arrivals: () => stations.arrivals() });
  const dependencies = (): Dependencies =>
    dependenciesOf(workersEnv as unknown as Env, { waitUntil: (work: Promise<unknown>) => scheduler.adopt(work) });
  const stations = new Stations({
    namespace: env.STATIONS,
    scheduler,
    weather,
    journal,
    dependencies,
    nameOf: (stationId) => told.nameOf(stationId),
  });
  const workersEnv = workerEnv({
    vars: input.vars,
    applicationUrl: input.applicationUrl,
    checksumKeyPem: azampay.app.checksumKey().pem,
    sourceAccount: azampay.app.settings.sourceAccount,
    stations: stations.binding(),
  });
  takeOver({
    time,
    bytes: stream("bytes"),
    fetch: createOutside({ scheduler, weather, journal, random: stream("outside"), azampay, database }),
    isInside: () => scheduler.current.getStore() !== undefined,
  });
  const listen = (line: string): void => {
    const secret = SECRETS.find((pattern) => pattern.test(line));
    if (secret) told.onSecret(secret);
  };
  stationLog.write = listen;
  // oxlint-disable-next-line no-console -- the product's lines go nowhere, but are looked at
  console.log = (line: unknown) => listen(String(line));
  return {
    random: stream("acts"),
    time,
    journal,
    weather,
    scheduler,
    database,
    stations,
    azampay,
    env: workersEnv,
    dependencies,
  };
};
