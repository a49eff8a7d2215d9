// A fiscal device's object with a clock of the test's own, and the authority's simulator behind the real gate.
import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { FiscalDevice } from "../../durable-objects/fiscal-device.ts";
import { createCipher } from "../../src/lib/crypto.ts";
import type { Id } from "../../src/lib/ids.ts";
import { createLog } from "../../src/lib/log.ts";
import { createFiscalAuthority } from "../../src/providers/fiscal.ts";
import type { Fiscal, FiscalGate, FiscalSale } from "../../src/receipts/port.ts";
import {
  composeFiscalDocument,
  registerFiscalDevice,
  requestFiscalToken,
  sendFiscalDocument,
} from "../../src/receipts/service.ts";
import { ids } from "../support/factories.ts";
import { startTra, type Tra } from "../support/fiscal.ts";
import { TestClock } from "./harness.ts";

export type TestDevice = Awaited<ReturnType<typeof makeDevice>>;

export const sale = (amountTzs = 1_000, vatPercent = 18, receiptId: Id<"rcp"> = ids.next("rcp")): FiscalSale => ({
  receiptId,
  items: [{ description: "Power bank rental", quantity: 1, amountTzs }],
  vatPercent,
});

/** Not registered yet; `startMs` is its clock, and the authority's. */
export const makeDevice = async (
  options: { startMs?: number; tra?: Record<string, unknown>; timeoutMs?: number } = {},
) => {
  const clock = new TestClock();
  if (options.startMs !== undefined) clock.atMs = options.startMs;
  const tra: Tra = await startTra(options.tra);
  await tra.setClock(clock.atMs);
  const fiscal: Pick<Fiscal, "authority"> = {
    authority: createFiscalAuthority(tra.fiscal(), (input, init) => fetch(input, init), options.timeoutMs ?? 1_000),
  };
  const deps = { fiscal: fiscal as Fiscal, cipher: createCipher(env.DATA_KEYS) };
  const gate: FiscalGate = {
    register: () => registerFiscalDevice(deps),
    requestToken: (credentialsSealed) => requestFiscalToken(deps, credentialsSealed),
    compose: (document) => composeFiscalDocument(deps, document),
    send: (input) => sendFiscalDocument(deps, input),
  };
  const lines: Record<string, unknown>[] = [];
  FiscalDevice.surroundings = () => ({
    clock,
    gate,
    log: createLog((line) => lines.push(JSON.parse(line) as Record<string, unknown>)),
  });
  const device = {
    tra,
    clock,
    gate,
    lines,
    /** A new one each time: after a crash the old one is broken. */
    get stub() {
      return env.FISCAL_DEVICES.getByName(tra.certKey);
    },
    issue: async (sales: FiscalSale[], taxCodes: Record<string, number> = {}) => {
      const result = await device.stub.issue({ sales, taxCodes });
      if (result.status !== "issued") throw new Error(`not issued: ${result.reason}`);
      return result;
    },
    /** Ends what is on its way to the authority. */
    idle: () => runInDurableObject(device.stub, (object: FiscalDevice) => object.outbox.idle()),
    evict: () => evictDurableObject(device.stub),
    /** Whatever was on its way is lost, as it stands. */
    crash: () =>
      runInDurableObject(device.stub, (_: FiscalDevice, state) => state.abort("crash")).catch(() => undefined),
    /** Time passes, here and at the authority, and the alarm rings. */
    async alarm(ms: number): Promise<void> {
      await device.pass(ms);
      if (!(await runDurableObjectAlarm(device.stub))) throw new Error("no alarm was set");
      await device.idle();
    },
    async pass(ms: number): Promise<void> {
      clock.pass(ms);
      await tra.setClock(clock.atMs);
    },
    alarmAtMs: () => runInDurableObject(device.stub, (_: FiscalDevice, state) => state.storage.getAlarm()),
    loseAlarm: () => runInDurableObject(device.stub, (_: FiscalDevice, state) => state.storage.deleteAlarm()),
    rows: <Row extends Record<string, SqlStorageValue>>(
      query: string,
      ...bindings: SqlStorageValue[]
    ): Promise<Row[]> =>
      runInDurableObject(device.stub, (object: FiscalDevice) => object.sql.all<Row>(query, ...bindings)),
    alerts: (): unknown[] => lines.filter((line) => line["event"] === "alert").map((line) => line["alert"]),
    /** What the authority took, as `kind number`, in order. */
    taken: async (): Promise<string[]> =>
      (await tra.documents(undefined, 0)).map(({ kind, number }) => `${kind} ${number}`),
  };
  return device;
};
