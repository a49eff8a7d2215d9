// A city whose time is the test's: the same application, verbs and objects, and one clock for all of them, a day ahead, so
// that no alarm rings by itself. The object calls the verbs without the loopback's entrypoint, which would bring its own clock.
import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { StationObject } from "../../durable-objects/station.ts";
import { createApp } from "../../src/app.ts";
import { deliverReport } from "../../src/control-plane.ts";
import type { Dependencies } from "../../src/deps.ts";
import { createLog } from "../../src/lib/log.ts";
import { TestClock } from "../durable-objects/harness.ts";
import { type CityStation, openStation, type Renter, signIn, testDeps } from "./city.ts";
import { createUser } from "./factories.ts";
import type { Open } from "./station-client.ts";
import { CALLBACK_SECRET } from "./test-env.ts";
import { createOrderedIds } from "./ids.ts";

export interface ClockedStation extends CityStation {
  /** Ends what is on its way to the verbs. */
  idle(): Promise<void>;
  /** The alarm rings now, whatever it was set to; false when none was set. */
  alarm(): Promise<boolean>;
  evict(): Promise<void>;
  rows<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Promise<Row[]>;
}

export const foundCity = () => {
  const clock = new TestClock();
  const ids = createOrderedIds(clock);
  const log = createLog(() => {});
  const deferred: Promise<unknown>[] = [];
  const deps: Dependencies = {
    ...testDeps(),
    clock,
    ids,
    log,
    defer: (work) => void deferred.push(work.catch(() => {})),
  };
  const app = createApp(() => deps);
  const context = { waitUntil: deps.defer, passThroughOnException() {} } as unknown as ExecutionContext;
  const open: Open = async (request) => app.fetch(request, env, context);
  StationObject.surroundings = () => ({
    clock,
    ids,
    log,
    controlPlane: { deliver: (delivery) => deliverReport(deps, delivery) },
  });
  return {
    clock,
    deps,
    open,
    station: async (charges: number[]): Promise<ClockedStation> => {
      const station = await openStation(charges, { open, now: () => clock.now() });
      const stub = () => env.STATIONS.getByName(station.id);
      const idle = () => runInDurableObject(stub(), (object: StationObject) => object.outbox.idle());
      await idle();
      return {
        ...station,
        idle,
        async alarm() {
          const wasSet = await runDurableObjectAlarm(stub());
          await idle();
          return wasSet;
        },
        async evict() {
          // Only what runs can be evicted.
          await runInDurableObject(stub(), () => {});
          await evictDurableObject(stub());
        },
        rows: (query, ...bindings) =>
          runInDurableObject(stub(), (object: StationObject) => object.sql.all(query, ...bindings)),
      };
    },
    renter: async (walletTzs = 0): Promise<Renter> =>
      signIn(await createUser(walletTzs > 0 ? { walletTzs } : {}), open),
    callback: (body: string): Promise<Response> =>
      open(
        new Request(`http://chajipoa.test/api/v1/payments/callback/${CALLBACK_SECRET}`, {
          method: "POST",
          body,
          headers: { "content-type": "application/json" },
        }),
      ),
    /** What may finish after an answer has finished. */
    async settled(): Promise<void> {
      while (deferred.length > 0) await deferred.shift();
    },
  };
};

export type ClockedCity = ReturnType<typeof foundCity>;
