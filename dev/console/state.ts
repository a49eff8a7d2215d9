// Everything that the console page shows, gathered from the parts at one moment.
import { z } from "zod";
import type { VendorName } from "../../src/providers/ports.ts";
import type { ConsoleOptions } from "./server.ts";

const Prompt = z.object({
  transactionId: z.string(),
  externalId: z.string(),
  msisdn: z.string(),
  amount: z.string(),
  provider: z.string(),
  state: z.string(),
  behaviour: z.string(),
  atMs: z.number(),
});
const Sms = z.object({
  id: z.number(),
  gateway: z.string(),
  providerReference: z.string(),
  to: z.string(),
  from: z.string(),
  text: z.string(),
  atMs: z.number(),
});
/** What the gateway told us of a message, and what we answered. */
const Report = z.object({
  providerReference: z.string(),
  word: z.string(),
  attempts: z.array(z.number().nullable()),
});
type ShownSms = z.infer<typeof Sms> & { reports: z.infer<typeof Report>[] };

/** A bank that is in nobody's slot. Without a rental it came out and its departure is not known yet, or it was taken. */
export interface HeldBank {
  powerBankId: string;
  renter: string | null;
  rentalId: string | null;
  sinceMs: number | null;
  dueAtMs: number | null;
}

export interface ConsoleState {
  workerUrl: string;
  /** How far the town's time is ahead of this machine's. */
  aheadMs: number;
  stations: StationState[];
  held: HeldBank[];
  /** Newest last. */
  prompts: z.infer<typeof Prompt>[];
  /** Newest last, of both gateways. */
  sms: ShownSms[];
}

export interface StationState {
  id: string;
  code: string;
  name: string;
  address: string;
  /** By whom the platform reaches it. */
  driver: "protocol1" | VendorName;
  isConnected: boolean;
  isOffline: boolean;
  faults: { kind: string; times?: number | undefined; ms?: number | undefined; slot?: number | undefined }[];
  slots: {
    slot: number;
    state: string;
    powerBankId: string | null;
    chargePercent: number | null;
    temperatureC: number | null;
    locked: boolean;
    fault: string | null;
  }[];
}

const SHOWN = 60;

export const createReader = ({
  workerUrl,
  azampayUrl,
  smsUrls,
  simulator,
  vendors,
  stations,
  pool,
  clock,
}: ConsoleOptions): (() => Promise<ConsoleState>) => {
  const list = async <T>(url: string, schema: z.ZodType<T>): Promise<T[]> =>
    z
      .array(schema)
      .parse(await (await fetch(url)).json())
      .slice(-SHOWN);

  const held = async (): Promise<HeldBank[]> => {
    const carried = [...simulator.pocket];
    const { rows } = await pool.query<HeldBank>(
      `select r.power_bank_id as "powerBankId", u.name as renter, r.id as "rentalId",
         (extract(epoch from r.started_at) * 1000)::float as "sinceMs", (extract(epoch from r.due_at) * 1000)::float as "dueAtMs"
       from rentals r join users u on u.id = r.user_id where r.status = 'active' and r.power_bank_id = any($1)`,
      [carried],
    );
    return carried.map(
      (powerBankId) =>
        rows.find((row) => row.powerBankId === powerBankId) ?? {
          powerBankId,
          renter: null,
          rentalId: null,
          sinceMs: null,
          dueAtMs: null,
        },
    );
  };

  const stationState = ({ id, plan }: (typeof stations)[number]): StationState => {
    const { code, name, address } = plan;
    const cabinet = vendors.cabinets[id];
    if (cabinet)
      return {
        ...{ id, code, name, address, driver: cabinet.driver },
        isConnected: cabinet.isConnected(),
        isOffline: !cabinet.metal.isOnline,
        faults: cabinet.armed().map(({ answer, effect, ghostMs, times }) => ({
          kind: answer ?? (ghostMs > 0 ? "ghost_bank" : effect),
          times,
        })),
        slots: cabinet.metal.cabinet.report(clock.now()),
      };
    const { model, link } = simulator.stations[id]!;
    return {
      ...{ id, code, name, address, driver: "protocol1" },
      isConnected: link.isConnected,
      isOffline: model.isOffline(),
      faults: model.faults.list(),
      slots: model.cabinet.report(clock.now()),
    };
  };

  const messages = async (): Promise<ShownSms[]> => {
    const ofEach = await Promise.all(
      Object.values(smsUrls).map(async (url) => {
        const [sms, reports] = await Promise.all([
          list(`${url}/control/messages`, Sms),
          list(`${url}/control/reports`, Report),
        ]);
        return sms.map((each) => ({
          ...each,
          reports: reports.filter(({ providerReference }) => providerReference === each.providerReference),
        }));
      }),
    );
    return ofEach
      .flat()
      .toSorted((a, b) => a.atMs - b.atMs)
      .slice(-SHOWN);
  };

  return async () => {
    const [banks, prompts, sms] = await Promise.all([
      held(),
      list(`${azampayUrl}/control/prompts`, Prompt),
      messages(),
    ]);
    return { workerUrl, aheadMs: clock.aheadMs, stations: stations.map(stationState), held: banks, prompts, sms };
  };
};
