// The routes as docs/openapi.json publishes them: what the suites that go through every route are made from, so that a new
// route is covered by being there.
import type { ErrorCode } from "../../src/errors.ts";
import document from "../../docs/openapi.json";
import type { TestApp } from "./harness.ts";

export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  additionalProperties?: unknown;
}
export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: Schema;
}
interface Content {
  content?: Record<string, { schema: Schema }>;
}
interface Operation {
  operationId: string;
  summary: string;
  security: Record<string, unknown>[];
  parameters?: Parameter[];
  requestBody?: Content & { required?: boolean };
  responses: Record<string, Content & { description: string }>;
}

export const published = document as unknown as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
  tags: { name: string }[];
};

/** What a reference names; what may be null as the thing itself with one type more. */
export const resolve = (schema: Schema): Schema => {
  const name = schema.$ref?.split("/").at(-1);
  const found = name === undefined ? schema : (published.components.schemas[name] ?? {});
  const [thing, nothing, ...more] = found.anyOf ?? [];
  if (!thing || nothing?.type !== "null" || more.length > 0) return found;
  const inner = resolve(thing);
  return { ...inner, type: [inner.type ?? "object", "null"].flat() };
};

const PROBLEM = "application/problem+json";

/** The codes that this answer may carry. */
const codesOf = (answer: Content): ErrorCode[] =>
  (answer.content?.[PROBLEM]?.schema.properties?.["code"]?.enum ?? []) as ErrorCode[];

export const routes = Object.entries(published.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, operation]) => {
    const { operationId: id, security, parameters = [], responses } = operation;
    const pattern = path.replaceAll(/\{(\w+)\}/g, ":$1");
    return {
      id,
      method: method.toUpperCase(),
      /** As the router has it, `/rentals/:id`. */
      pattern,
      name: `${method.toUpperCase()} ${pattern}`,
      operation,
      proof: Object.keys(security[0] ?? {})[0] ?? null,
      parameters,
      body: operation.requestBody?.content?.["application/json"]?.schema ?? null,
      codes: new Set(Object.values(responses).flatMap(codesOf)),
      /** Codes per status, as documented. */
      problems: Object.entries(responses).map(([status, answer]) => ({
        status: Number(status),
        codes: codesOf(answer),
      })),
    };
  }),
);
export type Route = (typeof routes)[number];

/** What any request may be answered, wherever it goes. */
export const ANYWHERE: ReadonlySet<string> = new Set([
  "not_found",
  "method_not_allowed",
  "payload_too_large",
  "internal",
  "unavailable",
]);

/** Thrown by verbs that no route calls yet. Whoever mounts one takes its codes off this list. */
export const WITHOUT_A_ROUTE: ErrorCode[] = [];

/** Every route of the application, once, without middleware. */
export const mountedRoutes = (app: TestApp["app"]): string[] => [
  ...new Set(app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`)),
];

const SAMPLES: Record<string, string> = {
  "/api/v1/admin/messages/:id/resend": `msg_${"0".repeat(26)}`,
  "/api/v1/admin/power-banks/:id": "CP-0000",
  "/api/v1/admin/users/:id": `usr_${"0".repeat(26)}`,
  "/api/v1/admin/users/:id/role": `usr_${"0".repeat(26)}`,
  "/api/v1/admin/users/:id/state": `usr_${"0".repeat(26)}`,
  "/api/v1/admin/station-commands/:id": `cmd_${"0".repeat(26)}`,
  "/api/v1/admin/disputes/:id": `dsp_${"0".repeat(26)}`,
  "/api/v1/admin/disputes/:id/decide": `dsp_${"0".repeat(26)}`,
  "/api/v1/admin/tickets/:id": `mnt_${"0".repeat(26)}`,
  "/api/v1/admin/power-banks/:id/retire": "CP-0000",
  "/api/v1/admin/power-banks/:id/service": "CP-0000",
  "/api/v1/admin/power-banks/:id/take": "CP-0000",
  "/api/v1/admin/tickets/:id/work": `mnt_${"0".repeat(26)}`,
  "/api/v1/admin/suspense/:id/dismiss": "999999",
  "/api/v1/admin/suspense/:id/refund": "999999",
  "/api/v1/admin/users/:id/closed-wallet": `usr_${"0".repeat(26)}`,
  "/api/v1/admin/users/:id/debt/forgive": `usr_${"0".repeat(26)}`,
  "/api/v1/admin/withdrawals/:id/approve": `wdr_${"0".repeat(26)}`,
  "/api/v1/admin/withdrawals/:id/close": `wdr_${"0".repeat(26)}`,
  "/api/v1/admin/withdrawals/:id/reject": `wdr_${"0".repeat(26)}`,
  "/api/v1/admin/withdrawals/:id/resend": `wdr_${"0".repeat(26)}`,
  "/api/v1/users/wallet/withdrawals/:id": `wdr_${"0".repeat(26)}`,
  "/api/v1/users/sessions/:id": `ses_${"0".repeat(26)}`,
  "/api/v1/stations/:code": "1001",
  "/api/v1/payments/:id": `pay_${"0".repeat(26)}`,
  "/r/:token": "0".repeat(26),
  "/s/:code": "1001",
  "/api/v1/admin/receipts/:id": `rcp_${"0".repeat(26)}`,
  "/api/v1/admin/receipts/:id/credit-notes": `rcp_${"0".repeat(26)}`,
};

/** What a required parameter of a query may be. */
export const QUERY_SAMPLES: Record<string, string> = { near: "-6.8161,39.2803" };

/** The path with values of the right form that name nothing. */
export const samplePath = (pattern: string): string =>
  pattern.replaceAll(
    /:(\w+)/g,
    (_, name: string) =>
      SAMPLES[pattern] ??
      (name === "secret" ? "wrong-secret" : `${pattern.includes("/stations/") ? "stn" : "rnt"}_${"0".repeat(26)}`),
  );

/** Open to everybody: there is nothing to prove, or the proof is in the body. */
export const PUBLIC = [
  "GET /.well-known/jwks.json",
  "GET /api/v1/quotes",
  "GET /api/v1/stations",
  "GET /api/v1/stations/:code",
  "GET /gbfs/v3/gbfs.json",
  "GET /gbfs/v3/gbfs_versions.json",
  "GET /gbfs/v3/station_information.json",
  "GET /gbfs/v3/station_status.json",
  "GET /gbfs/v3/system_information.json",
  "GET /gbfs/v3/system_pricing_plans.json",
  "GET /gbfs/v3/vehicle_types.json",
  "GET /health",
  "GET /health/ready",
  "GET /r/:token",
  "GET /s/:code",
  "GET /terms",
  "POST /api/v1/auth/login",
  "POST /api/v1/auth/refresh",
  "POST /api/v1/auth/register",
  "POST /api/v1/auth/resend-otp",
  "POST /api/v1/auth/verify-phone",
];
/** Proved by a secret in the path: to a stranger they are not there. */
export const BY_PATH_SECRET = [
  "POST /api/v1/messages/inbound/africastalking/:secret",
  "POST /api/v1/messages/inbound/beem/:secret",
  "POST /api/v1/messages/reports/africastalking/:secret",
  "POST /api/v1/messages/reports/beem/:secret",
  "POST /api/v1/payments/callback",
  "POST /api/v1/payments/callback/:secret",
  "POST /api/v1/ussd/africastalking/:secret",
  "POST /api/v1/ussd/beem/:secret",
  "POST /api/v1/stations/drivers/chargenow/:secret",
  "POST /api/v1/stations/drivers/volinks/:secret/api/rentbox/client/connect",
  "POST /api/v1/stations/drivers/volinks/:secret/api/rentbox/client/upload",
  "POST /api/v1/stations/drivers/volinks/:secret/api/rentbox/order/return",
  "POST /api/v1/stations/drivers/volinks/:secret/login",
  "POST /api/v1/stations/drivers/volinks/:secret/messages",
  "POST /api/v1/withdrawals/callback/:secret",
];
/** Proved by a one-use ticket in the query. */
export const BY_TICKET = ["GET /api/v1/rentals/:id/live"];
/** Proved by the station's own token, which its object checks. */
export const BY_STATION = [
  "GET /api/v1/stations/:id/commands",
  "GET /api/v1/stations/:id/socket",
  "POST /api/v1/stations/:id/events",
];
/** Refuse whoever has no access token. */
export const GUARDED = [
  "DELETE /api/v1/users/profile",
  "DELETE /api/v1/users/sessions/:id",
  "GET /api/v1/admin/audit",
  "GET /api/v1/admin/labels.html",
  "GET /api/v1/admin/messages",
  "GET /api/v1/admin/payments",
  "GET /api/v1/admin/power-banks",
  "GET /api/v1/admin/power-banks/:id",
  "GET /api/v1/admin/rebalancing",
  "GET /api/v1/admin/receipts/:id",
  "GET /api/v1/admin/disputes",
  "GET /api/v1/admin/disputes/:id",
  "GET /api/v1/admin/rentals",
  "GET /api/v1/admin/rentals/:id",
  "GET /api/v1/admin/users",
  "GET /api/v1/admin/users/:id",
  "GET /api/v1/admin/stations",
  "GET /api/v1/admin/stations/:id",
  "GET /api/v1/admin/station-commands/:id",
  "GET /api/v1/admin/stations/:id/commands",
  "GET /api/v1/admin/stations/:id/label.svg",
  "GET /api/v1/admin/suspense",
  "GET /api/v1/admin/tariffs",
  "GET /api/v1/admin/tickets",
  "GET /api/v1/admin/tickets/:id",
  "GET /api/v1/admin/withdrawals",
  "GET /api/v1/payments/:id",
  "GET /api/v1/rentals/:id",
  "GET /api/v1/rentals/:id/dispute",
  "GET /api/v1/rentals/:id/receipt",
  "GET /api/v1/rentals/:id/return-qr",
  "GET /api/v1/rentals/active",
  "GET /api/v1/users/export",
  "GET /api/v1/users/profile",
  "GET /api/v1/users/receipts",
  "GET /api/v1/users/rentals",
  "GET /api/v1/users/sessions",
  "GET /api/v1/users/wallet",
  "GET /api/v1/users/wallet/entries",
  "GET /api/v1/users/wallet/withdrawals",
  "GET /api/v1/users/wallet/withdrawals/:id",
  "PATCH /api/v1/admin/stations/:id",
  "POST /api/v1/admin/messages/:id/resend",
  "POST /api/v1/admin/power-banks",
  "POST /api/v1/admin/power-banks/:id/retire",
  "POST /api/v1/admin/power-banks/:id/service",
  "POST /api/v1/admin/power-banks/:id/take",
  "POST /api/v1/admin/receipts/:id/credit-notes",
  "POST /api/v1/admin/returns",
  "POST /api/v1/admin/stations",
  "POST /api/v1/admin/stations/:id/commands",
  "POST /api/v1/admin/stations/:id/keys",
  "POST /api/v1/admin/stations/:id/keys/retire",
  "POST /api/v1/admin/stations/:id/retire",
  "POST /api/v1/admin/stations/:id/service",
  "POST /api/v1/admin/stations/:id/slots",
  "POST /api/v1/admin/suspense/:id/dismiss",
  "POST /api/v1/admin/suspense/:id/refund",
  "POST /api/v1/admin/tariffs",
  "POST /api/v1/admin/disputes/:id/decide",
  "POST /api/v1/admin/tickets",
  "POST /api/v1/admin/tickets/:id/work",
  "POST /api/v1/admin/users/:id/closed-wallet",
  "POST /api/v1/admin/users/:id/debt/forgive",
  "POST /api/v1/admin/users/:id/role",
  "POST /api/v1/admin/users/:id/state",
  "POST /api/v1/admin/users/find",
  "POST /api/v1/admin/withdrawals/:id/approve",
  "POST /api/v1/admin/withdrawals/:id/close",
  "POST /api/v1/admin/withdrawals/:id/reject",
  "POST /api/v1/admin/withdrawals/:id/resend",
  "POST /api/v1/auth/logout",
  "POST /api/v1/auth/logout-all",
  "POST /api/v1/payments/initiate",
  "POST /api/v1/rentals/:id/cancel",
  "POST /api/v1/rentals/:id/dispute",
  "POST /api/v1/rentals/:id/end",
  "POST /api/v1/rentals/:id/extend",
  "POST /api/v1/rentals/:id/live-ticket",
  "POST /api/v1/rentals/:id/report-lost",
  "POST /api/v1/rentals/:id/swap",
  "POST /api/v1/rentals/start",
  "POST /api/v1/users/wallet/withdrawals",
  "POST /api/v1/users/wallet/withdrawals/preview",
  "PUT /api/v1/users/profile",
];
