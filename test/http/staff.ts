// People of staff for tests over HTTP: a token of the app under test, and the role that the database holds.
import type { Role } from "../../src/lib/actor.ts";
import type { StationCommand, StationCommandState, StationView } from "../../src/stations/port.ts";
import { sql } from "../support/control.ts";
import { signIn, startApp, type TestApp } from "./harness.ts";

/** Somebody of staff; `roleInDatabase` where it changed since the token was made. */
export const hire = async (app: TestApp, role: Role, roleInDatabase: Role = role) => {
  const { userId, accessToken } = await signIn(app);
  await sql("update users set role = $2 where id = $1", [userId, roleInDatabase]);
  return { userId, token: await app.deps.tokens.sign({ ...(await app.deps.tokens.verify(accessToken)), role }) };
};

type Json = Record<string, unknown>;
export interface Desk {
  app: TestApp;
  userId: string;
  get(path: string): Promise<{ status: number; body: Json }>;
  send(
    method: "POST" | "PATCH" | "PUT",
    path: string,
    json: unknown,
    key?: string,
  ): Promise<{ status: number; body: Json; isReplay: boolean }>;
}

let keys = 0;

/** A desk in the back office; every change has an idempotency key of its own unless one is named. */
export const deskOf = async (app: TestApp, role: Role, roleInDatabase: Role = role): Promise<Desk> => {
  const { userId, token } = await hire(app, role, roleInDatabase);
  return {
    app,
    userId,
    get: (path) => app.call("GET", `/api/v1/admin${path}`, { token }),
    async send(method, path, json, key = `desk-${++keys}`) {
      const { status, body, headers } = await app.call(method, `/api/v1/admin${path}`, {
        token,
        json,
        headers: { "Idempotency-Key": key },
      });
      return { status, body, isReplay: headers.get("Idempotency-Replayed") === "true" };
    },
  };
};

export interface Configured {
  stationId: string;
  version: number;
  keys: { keyId: string; x: string; isRetired: boolean }[];
  settings: Record<string, unknown>;
}

/** The application with stations that take every setting; what they were told is kept. */
export const startOffice = () => {
  const told: Configured[] = [];
  const app = startApp({ settings: { RATE_LIMIT_REQUESTS: "100000" } });
  app.deps.stations.configure = async (stationId, input) => {
    told.push({ stationId, ...input } as unknown as Configured);
    return { version: input.version };
  };
  const view: StationView = { isConfigured: true, isOnline: true, seenAtMs: 0, freeBanks: 0, freeSlots: 0, slots: [] };
  const orders: { stationId: string; command: StationCommand }[] = [];
  /** What a station's object answers; a test that says otherwise changes it. */
  const answers: { inspect: StationView | Error; command: StationCommandState; state: StationCommandState | null } = {
    inspect: view,
    command: { status: "sent" },
    state: { status: "sent" },
  };
  app.deps.stations.inspect = async () => {
    if (answers.inspect instanceof Error) throw answers.inspect;
    return answers.inspect;
  };
  app.deps.stations.command = async (stationId, command) => {
    orders.push({ stationId, command });
    return answers.command;
  };
  app.deps.stations.commandState = async () => answers.state;
  return { app, told, orders, answers };
};

/** Actions in the audit log about this subject, oldest first. */
export const audited = async (subject: string): Promise<{ actor: string; action: string; detail: Json }[]> =>
  sql("select actor, action, detail from audit_log where subject = $1 order by id", [subject]);
