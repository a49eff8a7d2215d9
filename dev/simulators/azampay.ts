// AzamPay as its documents and its integrators describe it: authenticator and checkout on one port, their real paths.
// For the stack:
//
//   startAzamPaySimulator(options?: AzamPaySimulatorOptions): AzamPaySimulator     (synchronous)
//   { url: "http://127.0.0.1:<port>", port, settings, configure(change), stop(): Promise<void> }
//
// `url` is AZAMPAY_AUTH_URL, AZAMPAY_CHECKOUT_URL and AZAMPAY_DISBURSEMENT_URL; the credentials are in `settings` (appName, clientId,
// clientSecret, apiKey, callbackPassword), whose defaults are `defaultSettings`. A callback URL that is not known yet
// is given later: `configure({ callbackUrl })`. While it is null, callbacks are made and kept, not sent.
// Nothing is stored on disk.
//
// Control API, JSON, under {url}/control for the first application:
//   GET   /settings            PATCH /settings {callbackUrl?, mode?, requireApiKey?, …}
//   GET   /prompts?state=waiting&msisdn=…           POST /prompts/:transactionId {"action":"approve"|"refuse"|"ignore"}
//   GET   /transactions?externalId=…&msisdn=…       GET  /callbacks?externalId=…&state=…&settled=true
//   POST  /arm {on?, externalId?, msisdn?, answer?, message?, accept?, behaviour?, payout?, word?, hold?, fields?, tamper?, times?}   DELETE /arm
//   GET   /holds?externalId=…                       POST /holds/:id        (lets the held request go on)
//   POST  /transactions/:id {outcome} (what a status query says)   GET  /disbursements?externalId=…   GET /checksum-key
//   GET   /key, POST /key (rotate)   POST /sign {text}   DELETE /tokens (revoke all)   POST /clock {advanceMs}
//   GET   /counters, DELETE /counters
// Lists take `min` and `waitMs` and then answer when there are that many. A test that must not meet others' requests
// registers its own application, POST /control/apps {clientId, …settings}, and finds all of the above under
// /control/apps/:clientId; tokens, key, armed faults, counters and callbacks belong to one application.
import { z } from "zod";
import { systemClock, type Clock } from "../../src/lib/clock.ts";
import type { Log } from "../process.ts";
import { App } from "./azampay/app.ts";
import { control, definedOnly } from "./azampay/control.ts";
import {
  checkout,
  createFollow,
  generateToken,
  partners,
  publicKey,
  unauthorized,
  type Say,
} from "./azampay/endpoints.ts";
import { bankCheckout, collectionStatus } from "./azampay/collections.ts";
import { disburse, disbursementStatus, nameLookup } from "./azampay/disbursements.ts";
import { AppSettings, type AppSettingsChange, defaultSettings } from "./azampay/settings.ts";

export { defaultSettings } from "./azampay/settings.ts";

export interface AzamPaySimulatorOptions extends Partial<AppSettings> {
  /** 0 or nothing: any free one. */
  port?: number;
  clock?: Clock;
  log?: Log;
}

export interface AzamPaySimulator {
  url: string;
  port: number;
  /** With the key that merchants encrypt their checksums to. */
  settings: AppSettings & { checksumKeyPem: string };
  configure(change: AppSettingsChange): void;
  stop(): Promise<void>;
}

export const startAzamPaySimulator = (options: AzamPaySimulatorOptions = {}): AzamPaySimulator => {
  const { port = 0, clock = systemClock, log, ...given } = options;
  const stopping = new AbortController();
  const createApp = (settings: AppSettings) => new App(settings, clock, stopping.signal);
  const first = createApp(AppSettings.parse({ ...defaultSettings, ...definedOnly(given) }));
  const apps = new Map([[first.settings.clientId, first]]);
  const say: Say = (line) => log?.("azampay", line);
  const fetch = createHandler(first, apps, createApp, say);
  const server = Bun.serve({ port, hostname: "127.0.0.1", idleTimeout: 0, fetch });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port ?? port,
    get settings() {
      return { ...first.settings, checksumKeyPem: first.checksumKey().pem };
    },
    configure: (change) => {
      first.settings = AppSettings.parse({ ...first.settings, ...definedOnly(change) });
    },
    stop: async () => {
      stopping.abort();
      await server.stop(true);
    },
  };
};

const createHandler = (
  first: App,
  apps: Map<string, App>,
  createApp: (settings: AppSettings) => App,
  say: Say,
): ((request: Request) => Promise<Response>) => {
  const { follow, act } = createFollow(say);
  const appOf = (clientId: unknown) => (typeof clientId === "string" ? apps.get(clientId) : undefined) ?? first;

  const serveControl = async (request: Request, path: string): Promise<Response> => {
    if (request.method === "POST" && path === "/apps") {
      const given = (await request.json()) as object;
      const app = createApp(AppSettings.parse({ ...defaultSettings, callbackUrl: null, ...given }));
      apps.set(app.settings.clientId, app);
      return Response.json(app.settings, { status: 201 });
    }
    const [, clientId, rest] = /^\/apps\/([^/]+)(\/.*)$/.exec(path) ?? [];
    const app = clientId === undefined ? first : apps.get(decodeURIComponent(clientId));
    if (!app) return Response.json({ error: "no_such_app" }, { status: 404 });
    return control(app, request, rest ?? path, act);
  };

  /** The routes behind a bearer token. */
  const serveAuthorized = async (request: Request, path: string): Promise<Response> => {
    const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    const app = [...apps.values()].find((candidate) => candidate.knowsToken(token)) ?? first;
    const route = `${request.method} ${path}`;
    const names: Record<string, string> = {
      "POST /azampay/mno/checkout": "checkout",
      "POST /azampay/bank/checkout": "bank_checkout",
      "GET /api/v1/partner/gettransactionstatus": "collection_status",
      "POST /api/v1/azampay/disburse": "disburse",
      "POST /api/v1/azampay/namelookup": "name_lookup",
      "GET /api/v1/azampay/transactionstatus": "disbursement_status",
      "GET /azampay/v1/public-key": "public_key",
      "GET /api/Token/PublicKey": "public_key",
      "GET /api/v1/Partner/GetPaymentPartners": "partners",
    };
    const name = names[route];
    if (!name)
      return new Response("<html><body>404</body></html>", {
        status: 404,
        headers: { "content-type": "text/html" },
      });
    app.count(name);
    if (!app.acceptsToken(token)) return unauthorized();
    if (name === "checkout") return checkout(app, request, follow, say);
    if (name === "bank_checkout") return bankCheckout(app, request, follow, say);
    if (name === "collection_status") return collectionStatus(app, request);
    if (name === "disburse") return disburse(app, request, say);
    if (name === "name_lookup") return nameLookup(app, request);
    if (name === "disbursement_status") return disbursementStatus(app, request);
    if (name === "partners") return partners(app, request);
    return publicKey(app, request, path.startsWith("/azampay") ? "v1" : "token");
  };

  return async (request) => {
    const path = new URL(request.url).pathname;
    try {
      if (path.startsWith("/control/")) return await serveControl(request, path.slice("/control".length));
      if (`${request.method} ${path}` === "POST /AppRegistration/GenerateToken")
        return await generateToken(request, appOf);
      return await serveAuthorized(request, path);
    } catch (error) {
      // A person reads this one: a script armed with a word that does not exist.
      if (error instanceof z.ZodError)
        return Response.json({ error: "invalid", issues: error.issues }, { status: 400 });
      if (error instanceof SyntaxError) return Response.json({ error: "malformed_json" }, { status: 400 });
      throw error;
    }
  };
};
