// Starts the whole platform on one machine, part by part, and stops it in the opposite order.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { HOUR_MS } from "../../src/lib/clock.ts";
import { type Console, startConsole } from "../console/server.ts";
import {
  callbackUrl,
  disbursementCallbackUrl,
  loadSecrets,
  type LocalSecrets,
  smsReportUrls,
  textUrls,
  ussdUrls,
  vendorDoors,
  workerSettings,
  writeWorkerEnv,
} from "../local-env.ts";
import { startNeonFront } from "../neon-front.ts";
import { endOrphan } from "../orphans.ts";
import { anyFreePort, choosePort, HOST } from "../ports.ts";
import { removePostgresData } from "../postgres-home.ts";
import type { Log } from "../process.ts";
import { startRedis } from "../redis-server.ts";
import { keyedCodes, type SeededStation } from "../seed.ts";
import { startAfricasTalkingSimulator } from "../simulators/africastalking.ts";
import { startAzamPaySimulator } from "../simulators/azampay.ts";
import { startBeemSimulator } from "../simulators/beem.ts";
import { startTraSimulator } from "../simulators/tra.ts";
import { startUssdSimulator } from "../simulators/ussd.ts";
import { startUpstashFront } from "../upstash-front.ts";
import { startTownClock } from "./clock.ts";
import { embeddedAddress, externalDatabase, openDatabase, placeOf, startEmbedded } from "./database.ts";
import type { UpOptions } from "./options.ts";
import { type Addresses, claimFolder } from "./running.ts";
import { reportAll, startStations, startVendors, waitForStations, waitUntilOnline } from "./stations.ts";
import { startCron, startWorker, tellTimeMoved } from "./worker.ts";

export interface StackOptions extends UpOptions {
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  log: Log;
  /** Aborted: stop as soon as the step that runs is over. */
  signal: AbortSignal;
  /** A part ended although nobody asked it to. */
  onLost(sentence: string): void;
}

export interface Stack {
  addresses: Addresses;
  stop(): Promise<void>;
}

/** About what a handset takes to answer its network. */
const SMS_REPORT_DELAY_MS = 1_500;

export class Interrupted extends Error {}

/** Throws StackError, or Interrupted; what was started before is stopped then. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const stops: (() => Promise<unknown> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) {
      try {
        await end();
      } catch (error) {
        options.log("up", `a part did not stop as it should: ${String(error)}`);
      }
    }
  };
  const started = <T extends { stop(): Promise<unknown> | void }>(part: T): T => {
    stops.push(() => part.stop());
    if (options.signal.aborted) throw new Interrupted();
    return part;
  };
  try {
    return { addresses: await startParts(options, started), stop };
  } catch (error) {
    await stop();
    throw options.signal.aborted ? new Interrupted() : error;
  }
};

type Started = <T extends { stop(): Promise<unknown> | void }>(part: T) => T;

const startParts = async (options: StackOptions, started: Started): Promise<Addresses> => {
  const { folder, log, databaseUrl, workerPort, consolePort } = options;
  const claim = await claimFolder(folder);
  started({ stop: claim.release });
  const place = placeOf(folder, databaseUrl);
  // What a killed stack left running has this stack's port.
  await endOrphan(join(place, "worker"));
  if (options.isReset) await reset(folder, databaseUrl, log);
  await choosePort({ part: "worker", usual: workerPort, asked: workerPort, setting: "--port" });
  await choosePort({ part: "console", usual: consolePort, asked: consolePort, setting: "--console-port" });
  const at = { worker: `http://${HOST}:${workerPort}`, console: `http://${HOST}:${consolePort}` };
  const secrets = await loadSecrets(folder, keyedCodes);
  const data = await startData(options, secrets, started);

  const clock = started(await startTownClock(join(place, "clock.json")));

  const hooks: Hooks = { onPart: () => {}, onWorkerLine: () => {} };
  const named = namer(data.stations);
  const heard: Log = (part, line) => {
    log(part, named(line));
    hooks.onPart(part, named(line));
  };
  const reports = smsReportUrls(at.worker, secrets);
  const sms = { log: heard, clock, reportDelayMs: SMS_REPORT_DELAY_MS };
  const beem = started(startBeemSimulator({ ...sms, reportUrl: reports.beem }));
  const talking = started(startAfricasTalkingSimulator({ ...sms, reportUrl: reports.africastalking }));
  const phones = { ussdUrls: ussdUrls(at.worker, secrets), textUrls: textUrls(at.worker, secrets) };
  const ussd = started(startUssdSimulator({ log: heard, ...phones }));
  const azampay = started(
    startAzamPaySimulator({
      log: heard,
      clock,
      mode: "handset",
      callbackUrl: callbackUrl(at.worker, secrets),
      disbursementCallbackUrl: disbursementCallbackUrl(at.worker, secrets),
      callbackPassword: secrets.callbackPassword,
    }),
  );
  const { certKey, certSerial, publicKey } = secrets.fiscalDevice;
  const tra = started(
    startTraSimulator({ log: heard, clock, stateFile: join(place, "tra.json"), certKey, certSerial, publicKey }),
  );
  const { stations, pool } = data;
  const street = { workerUrl: at.worker, stations, pool, folder: place, clock, log: heard, hands: new Set<string>() };
  const vendors = started(await startVendors({ ...street, doors: vendorDoors(at.worker, secrets) }));
  const settings = await workerSettings(secrets, {
    workerUrl: at.worker,
    consoleUrl: at.console,
    databaseUrl: data.applicationUrl,
    neonUrl: data.neonUrl,
    upstashUrl: data.upstashUrl,
    azampay: { url: azampay.url, ...azampay.settings },
    beem: { url: beem.url, ...beem.settings },
    africastalking: { url: talking.url, ...talking.settings },
    vendors,
    fiscal: options.isFiscal ? { url: tra.url, tin: tra.settings.tin } : null,
  });
  const worker = started(
    await startWorker({
      port: workerPort,
      dataFolder: join(place, "worker"),
      envFile: await writeWorkerEnv(folder, settings),
      clockUrl: clock.url,
      log: heard,
      signal: options.signal,
      onLine: (line) => hooks.onWorkerLine({ ...line, text: named(line.text) }),
      onLost: options.onLost,
    }),
  );
  // Before the stations connect: an object that has no keys yet refuses them.
  const cron = started(await startCron(worker, log));
  const simulator = started(await startStations({ ...street, vendors }));
  await vendors.switchOn();
  const smsUrls = { beem: beem.url, africastalking: talking.url };
  const parts = {
    workerUrl: at.worker,
    azampayUrl: azampay.url,
    smsUrls,
    ussdUrl: ussd.url,
    simulator,
    vendors,
    stations,
    pool,
    clock,
  };
  Object.assign(hooks, started(startConsole({ port: consolePort, ...parts })));
  clock.onMoved(async () => {
    await tellTimeMoved(worker);
    await Promise.all([reportAll(simulator), vendors.report()]);
    await cron.run();
    await waitUntilOnline(simulator, vendors, pool);
    log("up", `the clock is ${(clock.aheadMs / HOUR_MS).toFixed(1)} h ahead`);
  });
  await waitForStations(simulator, vendors, pool, options.signal, log);
  const addresses = {
    ...at,
    azampay: azampay.url,
    sms: beem.url,
    africastalking: talking.url,
    tra: tra.url,
    ussd: ussd.url,
  };
  await claim.announce(addresses);
  return addresses;
};

type Hooks = Pick<Console, "onPart" | "onWorkerLine">;

/** People know a station by its code. */
const namer = (stations: SeededStation[]): ((text: string) => string) => {
  const codes = new Map<string, string>(stations.map(({ id, plan }) => [id, plan.code]));
  return (text) => text.replace(/stn_\w+/g, (id) => codes.get(id) ?? id);
};

/** Postgres and Redis, each with the front that speaks the Worker's protocol. */
const startData = async (options: StackOptions, secrets: LocalSecrets, started: Started) => {
  const { folder, log, databaseUrl, onLost } = options;
  const address =
    databaseUrl === undefined ? embeddedAddress(HOST, await anyFreePort()) : externalDatabase(databaseUrl, secrets);
  if (databaseUrl === undefined) {
    log("postgres", "starting");
    started(await startEmbedded({ dataFolder: join(folder, "postgres"), port: address.port, log }));
  }
  const lost = (reason: string): void =>
    databaseUrl === undefined ? onLost(`postgres: the server ended by itself (${reason}).`) : log("postgres", reason);
  const database = started(await openDatabase(address, { secrets, log, onLost: lost }));
  const neon = started(await startNeonFront({ postgres: address, log }));
  await mkdir(join(folder, "redis"), { recursive: true });
  const redis = started(await startRedis({ log, url: options.redisUrl, dataFolder: join(folder, "redis") }));
  const upstash = started(await startUpstashFront({ redis, log, tokens: { [secrets.redisToken]: 0 } }));
  const { stations, pool } = database;
  return { stations, pool, applicationUrl: address.applicationUrl, neonUrl: neon.url, upstashUrl: upstash.url };
};

/** Everything that earlier runs kept in the folder, tests' and tools' own folders aside. */
const OURS = [
  "postgres",
  "redis",
  "worker",
  "external",
  "stations.json",
  "vendors.json",
  "tra.json",
  "clock.json",
  "secrets.json",
  "worker.env",
  "wrangler-logs",
];

const reset = async (folder: string, databaseUrl: string | undefined, log: Log): Promise<void> => {
  await removePostgresData(join(folder, "postgres"));
  for (const name of await readdir(folder)) {
    if (OURS.some((ours) => name === ours || name.startsWith(`${ours}.`)))
      await rm(join(folder, name), { recursive: true, force: true });
  }
  log(
    "up",
    databaseUrl === undefined
      ? "everything that was kept is gone"
      : "everything that was kept here is gone; the database of DATABASE_URL is left alone",
  );
};
