// Everything one lane of crash cases lives in: a database of its own, the outside parties, and the Worker under workerd.
// Lanes share Postgres, Redis and the fronts; a kill in one is not felt in another.
import { join } from "node:path";
import { Pool } from "pg";
import { createTokens, type Tokens } from "../../src/auth/tokens.ts";
import { Config } from "../../src/config.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createCipher, type Cipher } from "../../src/lib/crypto.ts";
import { type Databases, prepareDatabases } from "../databases.ts";
import { callbackUrl, disbursementCallbackUrl, loadSecrets, workerSettings } from "../local-env.ts";
import { type NeonFront, startNeonFront } from "../neon-front.ts";
import { anyFreePort, HOST } from "../ports.ts";
import { type Postgres, type PostgresOptions, startPostgres } from "../postgres.ts";
import type { Log } from "../process.ts";
import { startRedis } from "../redis-server.ts";
import { type AzamPaySimulator, startAzamPaySimulator } from "../simulators/azampay.ts";
import { type BeemSimulator, startBeemSimulator } from "../simulators/beem.ts";
import { startUpstashFront, type UpstashFront } from "../upstash-front.ts";
import { type Bundle, bundleWorker, startWorkerd, type Workerd } from "../workerd.ts";

export type Start = <T extends { stop(): Promise<unknown> | void }>(part: T) => T;

export interface Ground {
  folder: string;
  postgres: Postgres;
  databases: Databases;
  neon: NeonFront;
  upstash: UpstashFront;
  bundle: Bundle;
  log: Log;
}

/** What all lanes stand on. Postgres and Redis are not what is killed here, so they need not survive the machine. */
export const startGround = async (
  folder: string,
  log: Log,
  started: Start,
  server: Pick<PostgresOptions, "durable" | "settings"> = { durable: false },
): Promise<Ground> => {
  const parts = [
    bundleWorker(join(folder, "bundle")),
    startPostgres({ dataFolder: join(folder, "postgres"), log, ...server }).then(started),
    startRedis({ dataFolder: join(folder, "redis"), log, durable: false }).then(started),
  ] as const;
  // Whatever fails: what is still starting is known by then, and can be stopped.
  await Promise.allSettled(parts);
  const [bundle, postgres, redis] = await Promise.all(parts);
  const databases = started(await prepareDatabases(postgres));
  const neon = started(await startNeonFront({ postgres, log }));
  const upstash = started(await startUpstashFront({ redis, log, tokens: {} }));
  return { folder, postgres, databases, neon, upstash, bundle, log };
};

export interface Town {
  /** Also the scope of its faults and holds at the Neon front. */
  database: string;
  neon: NeonFront;
  azampay: AzamPaySimulator;
  beem: BeemSimulator;
  workerd: Workerd;
  /** As the owner of the tables. */
  pool: Pool;
  tokens: Tokens;
  cipher: Cipher;
}

export const startTown = async (ground: Ground, lane: number, started: Start): Promise<Town> => {
  const { postgres, databases, neon, upstash, bundle } = ground;
  const folder = join(ground.folder, `lane-${lane}`);
  const log: Log = (part, line) => ground.log(`${part}-${lane}`, line);
  const database = await databases.create();
  const pool = new Pool({ connectionString: postgres.url("owner", database), max: 4 });
  pool.on("error", () => {});
  started({ stop: () => pool.end() });
  const secrets = await loadSecrets(folder, []);
  upstash.addToken(secrets.redisToken, lane);
  const port = await anyFreePort();
  const workerUrl = `http://${HOST}:${port}`;
  const azampay = started(
    startAzamPaySimulator({
      callbackUrl: callbackUrl(workerUrl, secrets),
      disbursementCallbackUrl: disbursementCallbackUrl(workerUrl, secrets),
      callbackPassword: secrets.callbackPassword,
      callbackDelayMs: 0,
      retryBaseMs: 100,
      log,
    }),
  );
  const beem = started(startBeemSimulator({ log }));
  const settings = await workerSettings(secrets, {
    workerUrl,
    consoleUrl: workerUrl,
    databaseUrl: postgres.url("application", database),
    neonUrl: neon.url,
    upstashUrl: upstash.url,
    azampay: { url: azampay.url, ...azampay.settings },
    beem: { url: beem.url, ...beem.settings },
    fiscal: null,
  });
  const workerd = started(
    await startWorkerd({
      bundle,
      port,
      diskFolder: join(folder, "objects"),
      env: settings,
      log,
    }),
  );
  const config = Config.parse({ ...bundle.vars, ...settings });
  return {
    database,
    neon,
    azampay,
    beem,
    workerd,
    pool,
    tokens: createTokens(config, systemClock),
    cipher: createCipher(config.DATA_KEYS),
  };
};
