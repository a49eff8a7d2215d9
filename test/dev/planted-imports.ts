// Files that a linter with the house's rules must accept or refuse.

/** What is planted where; `rule` refuses it. */
export type Plant = [title: string, path: string, code: string, rule?: string];

export const LEGAL: Plant[] = [
  [
    "the entry uses the app, the dependencies, verbs and the objects",
    "src/index.ts",
    `
    import { createApp } from "./app.ts"; import { createDependencies } from "./deps.ts";
    import { WorkerEntrypoint } from "cloudflare:workers"; export { StationObject } from "../durable-objects/station.ts";
    import { settle } from "./rentals/service.ts"; export default { createApp, createDependencies, WorkerEntrypoint, settle };`,
  ],
  [
    "the app mounts routes",
    "src/app.ts",
    `
    import { Hono } from "hono"; import { rentals } from "./rentals/routes.ts"; import type { Dependencies } from "./deps.ts";
    export const createApp = (deps: Dependencies) => [new Hono(), rentals, deps];`,
  ],
  [
    "deps reads the environment",
    "src/deps.ts",
    `
    import { env } from "cloudflare:workers"; import { createDatabase } from "./db/client.ts"; import { createTokens } from "./auth/tokens.ts";
    export const make = () => [env.A, createDatabase, createTokens];`,
  ],
  [
    "a route uses its service, another's service, schemas and http",
    "src/rentals/routes.ts",
    `
    import { Hono } from "hono"; import { validate } from "../http/validate.ts"; import { start } from "./service.ts";
    import { wallet } from "../users/service.ts"; import { StartRental } from "./schemas.ts"; import { isoTime } from "../lib/clock.ts";
    export const rentals = [Hono, validate, start, wallet, StartRental, isoTime];`,
  ],
  [
    "a service uses its repository, another's service and schemas, pricing, ports and types of deps",
    "src/rentals/service.ts",
    `
    import type { Dependencies } from "../deps.ts"; import { AppError } from "../errors.ts"; import { walletProviders } from "../providers/ports.ts";
    import { insert } from "./repository.ts"; import { credit } from "../payments/service.ts"; import { Payment } from "../payments/schemas.ts";
    import { quote } from "../pricing/quote.ts"; import type { StationPort } from "../stations/port.ts";
    export const start = (deps: Dependencies, port: StationPort) => [deps, port, AppError, walletProviders, insert, credit, Payment, quote];`,
  ],
  [
    "a repository uses the database",
    "src/rentals/repository.ts",
    `
    import { sql } from "drizzle-orm"; import { callFunction } from "../db/client.ts"; import { rentals } from "../db/schema/rentals.ts";
    import type { Dependencies } from "../deps.ts"; export const insert = (deps: Dependencies) => [deps, sql, callFunction, rentals];`,
  ],
  [
    "cron and station reports use verbs",
    "src/jobs.ts",
    `import type { Dependencies } from "./deps.ts"; import { sweep } from "./rentals/service.ts"; import type { StationPort } from "./stations/port.ts";
    export const run = (deps: Dependencies, port: StationPort) => [deps, port, sweep];`,
  ],
  [
    "a repository uses another's record",
    "src/payments/repository.ts",
    `import { RentalRecord } from "../rentals/record.ts"; export const x = RentalRecord;`,
  ],
  [
    "the context of a request hands the environment on",
    "src/http/request-context.ts",
    `export const x = (make: (env: string) => void) => (c: { env: string }) => make(c.env);`,
  ],
  [
    "an object uses lib, errors and types",
    "durable-objects/station.ts",
    `
    import { DurableObject } from "cloudflare:workers"; import { utf8 } from "../src/lib/bytes.ts"; import { AppError } from "../src/errors.ts";
    import type { StationPort } from "../src/stations/port.ts"; export class StationObject extends DurableObject { x = [utf8, AppError]; p?: StationPort; }`,
  ],
  [
    "a provider uses lib, errors and the configuration's type",
    "src/providers/azampay.ts",
    `
    import type { Config } from "../config.ts"; import { AppError } from "../errors.ts"; import { utf8 } from "../lib/bytes.ts";
    import type { Redis } from "@upstash/redis/cloudflare"; export const create = (c: Config, r: Redis) => [c, r, AppError, utf8];`,
  ],
  [
    "lib asks the machine for the time",
    "src/lib/clock.ts",
    `export const now = () => Date.now() + Math.random() + new Date().getTime();`,
  ],
  [
    "dev uses the product and the console",
    "dev/up.ts",
    `import { Config } from "../src/config.ts"; console.log(Config, Date.now(), process.env.HOME);`,
  ],
];

export const FORBIDDEN: Plant[] = [
  [
    "the entry with a feature's inner module",
    "src/index.ts",
    `import { tokens } from "./auth/tokens.ts"; export const x = tokens;`,
  ],
  [
    "the app with a feature's inner module",
    "src/app.ts",
    `import { tokens } from "./auth/tokens.ts"; export const x = tokens;`,
  ],
  ["cron with SQL", "src/jobs.ts", `import { sweep } from "./rentals/repository.ts"; export const x = sweep;`],
  ["cron with HTTP", "src/jobs.ts", `import { rentals } from "./rentals/routes.ts"; export const x = rentals;`],
  ["cron with the machine's clock", "src/jobs.ts", `export const x = () => Date.now();`, "house(time-is-injected)"],
  [
    "a service with another feature's record",
    "src/rentals/service.ts",
    `import { PaymentRecord } from "../payments/record.ts"; export const x = PaymentRecord;`,
  ],
  [
    "http with the database",
    "src/http/guards.ts",
    `import { createDatabase } from "../db/client.ts"; export const x = createDatabase;`,
  ],
  [
    "the entry reaching for SQL",
    "src/index.ts",
    `import { insert } from "./rentals/repository.ts"; export const x = insert;`,
  ],
  [
    "the app reaching for the database",
    "src/app.ts",
    `import { createDatabase } from "./db/client.ts"; export const x = createDatabase;`,
  ],
  [
    "the app constructing dependencies",
    "src/app.ts",
    `import { createDependencies } from "./deps.ts"; export const x = createDependencies;`,
  ],
  ["a file that has no place", "src/helpers.ts", `export const x = 1;`],
  ["a route with SQL", "src/rentals/routes.ts", `import { sql } from "drizzle-orm"; export const x = sql;`],
  [
    "a route with its repository",
    "src/rentals/routes.ts",
    `import { insert } from "./repository.ts"; export const x = insert;`,
  ],
  [
    "a route with the database",
    "src/rentals/routes.ts",
    `import { createDatabase } from "../db/client.ts"; export const x = createDatabase;`,
  ],
  [
    "a route with a provider",
    "src/payments/routes.ts",
    `import { create } from "../providers/azampay.ts"; export const x = create;`,
  ],
  [
    "a route with the driver",
    "src/rentals/routes.ts",
    `import { neon } from "@neondatabase/serverless"; export const x = neon;`,
  ],
  [
    "a service with HTTP",
    "src/rentals/service.ts",
    `import { HTTPException } from "hono/http-exception"; export const x = HTTPException;`,
  ],
  [
    "a service with a type of HTTP",
    "src/rentals/service.ts",
    `import type { Context } from "hono"; export type X = Context;`,
  ],
  [
    "a service with the house's HTTP",
    "src/rentals/service.ts",
    `import { validate } from "../http/validate.ts"; export const x = validate;`,
  ],
  ["a service with SQL", "src/rentals/service.ts", `import { sql } from "drizzle-orm"; export const x = sql;`],
  [
    "a service with the database",
    "src/rentals/service.ts",
    `import { callFunction } from "../db/client.ts"; export const x = callFunction;`,
  ],
  [
    "a service with the environment",
    "src/rentals/service.ts",
    `import { env } from "cloudflare:workers"; export const x = env;`,
  ],
  [
    "a service with the Redis client",
    "src/auth/service.ts",
    `import { Redis } from "@upstash/redis/cloudflare"; export const x = Redis;`,
  ],
  [
    "a service that constructs dependencies",
    "src/rentals/service.ts",
    `import { createDependencies } from "../deps.ts"; export const x = createDependencies;`,
  ],
  [
    "a verb beside service.ts with SQL",
    "src/rentals/start.ts",
    `import { sql } from "drizzle-orm"; export const x = sql;`,
  ],
  [
    "a service with its own routes",
    "src/rentals/service.ts",
    `import { rentals } from "./routes.ts"; export const x = rentals;`,
  ],
  [
    "a service with a provider's client",
    "src/payments/service.ts",
    `import { create } from "../providers/azampay.ts"; export const x = create;`,
  ],
  [
    "a service with an object",
    "src/rentals/service.ts",
    `import { StationObject } from "../../durable-objects/station.ts"; export const x = StationObject;`,
  ],
  [
    "another feature's repository",
    "src/rentals/service.ts",
    `import { credit } from "../payments/repository.ts"; export const x = credit;`,
  ],
  [
    "a type of another feature's repository",
    "src/rentals/service.ts",
    `import type { Row } from "../payments/repository.ts"; export type X = Row;`,
  ],
  [
    "another feature's inner module",
    "src/rentals/service.ts",
    `import { tokens } from "../auth/tokens.ts"; export const x = tokens;`,
  ],
  [
    "another feature's routes",
    "src/rentals/routes.ts",
    `import { payments } from "../payments/routes.ts"; export const x = payments;`,
  ],
  [
    "a re-export of another feature's repository",
    "src/rentals/service.ts",
    `export { credit } from "../payments/repository.ts";`,
  ],
  ["a re-export of everything in it", "src/rentals/service.ts", `export * from "../payments/repository.ts";`],
  ["a dynamic import of it", "src/rentals/service.ts", `export const x = () => import("../payments/repository.ts");`],
  ["an import type of it", "src/rentals/service.ts", `export type X = import("../payments/repository.ts").Row;`],
  [
    "the ledger with another feature",
    "src/ledger/service.ts",
    `import { wallet } from "../users/service.ts"; export const x = wallet;`,
  ],
  [
    "the ledger with a type of another feature",
    "src/ledger/service.ts",
    `import type { Payment } from "../payments/schemas.ts"; export type X = Payment;`,
  ],
  [
    "a repository with another feature's verb",
    "src/rentals/repository.ts",
    `import { credit } from "../payments/service.ts"; export const x = credit;`,
  ],
  ["a repository with HTTP", "src/rentals/repository.ts", `import { Hono } from "hono"; export const x = Hono;`],
  [
    "a repository with its own service",
    "src/rentals/repository.ts",
    `import { start } from "./service.ts"; export const x = start;`,
  ],
  [
    "an object with a verb",
    "durable-objects/station.ts",
    `import { settle } from "../src/rentals/service.ts"; export const x = settle;`,
  ],
  [
    "an object with the database",
    "durable-objects/station.ts",
    `import { createDatabase } from "../src/db/client.ts"; export const x = createDatabase;`,
  ],
  [
    "an object with the database's driver",
    "durable-objects/station.ts",
    `import { neon } from "@neondatabase/serverless"; export const x = neon;`,
  ],
  [
    "a provider with a feature",
    "src/providers/azampay.ts",
    `import { credit } from "../payments/service.ts"; export const x = credit;`,
  ],
  [
    "a provider with a type of a feature",
    "src/providers/azampay.ts",
    `import type { Payment } from "../payments/schemas.ts"; export type X = Payment;`,
  ],
  ["lib with a feature", "src/lib/ids.ts", `import { phone } from "../users/phone.ts"; export const x = phone;`],
  ["lib with errors", "src/lib/ids.ts", `import { AppError } from "../errors.ts"; export const x = AppError;`],
  [
    "lib with a type from above",
    "src/lib/ids.ts",
    `import type { Config } from "../config.ts"; export type X = Config;`,
  ],
  ["errors with a feature", "src/errors.ts", `import { phone } from "../users/phone.ts"; export const x = phone;`],
  ["db with a feature", "src/db/client.ts", `import { phone } from "../users/phone.ts"; export const x = phone;`],
  [
    "http with a feature",
    "src/http/guards.ts",
    `import { session } from "../auth/service.ts"; export const x = session;`,
  ],
  [
    "http with a type of a feature",
    "src/http/guards.ts",
    `import type { Session } from "../auth/schemas.ts"; export type X = Session;`,
  ],
  [
    "the product with dev",
    "src/rentals/service.ts",
    `import { seed } from "../../dev/seed.ts"; export const x = seed;`,
  ],
  [
    "the product with a type of dev",
    "src/lib/ids.ts",
    `import type { Seed } from "../../dev/seed.ts"; export type X = Seed;`,
  ],
  ["an object with dev", "durable-objects/station.ts", `import { seed } from "../dev/seed.ts"; export const x = seed;`],
  ["the product with tests", "src/lib/ids.ts", `import { x } from "../../test/support/factories.ts"; export { x };`],
  ["the product with Bun", "src/lib/ids.ts", `import { Database } from "bun:sqlite"; export const x = Database;`],
  [
    "env outside deps, under another name",
    "src/index.ts",
    `import { env as settings } from "cloudflare:workers"; export const x = settings;`,
  ],
  [
    "c.env in a route",
    "src/rentals/routes.ts",
    `export const x = (c: { env: string }) => c.env;`,
    "house(env-is-injected)",
  ],
  [
    "c.env taken apart in a route",
    "src/rentals/routes.ts",
    `export const x = (c: { env: string }) => { const { env } = c; return env; };`,
    "house(env-is-injected)",
  ],
  [
    "process.env in a service",
    "src/rentals/service.ts",
    `export const x = () => process.env.DATABASE_URL;`,
    "house(env-is-injected)",
  ],
  [
    "the machine's clock in a service",
    "src/rentals/service.ts",
    `export const x = () => Date.now();`,
    "house(time-is-injected)",
  ],
  [
    "the machine's clock as a date",
    "src/rentals/service.ts",
    `export const x = () => new Date();`,
    "house(time-is-injected)",
  ],
  [
    "the machine's clock in an object",
    "durable-objects/station.ts",
    `export const x = () => Date.now();`,
    "house(time-is-injected)",
  ],
  ["chance in a service", "src/rentals/service.ts", `export const x = () => Math.random();`, "house(time-is-injected)"],
  [
    "an id made on the spot",
    "src/rentals/service.ts",
    `export const x = () => crypto.randomUUID();`,
    "house(time-is-injected)",
  ],
  ["console in a service", "src/rentals/service.ts", `console.log("x"); export {};`, "eslint(no-console)"],
  ["any", "src/rentals/service.ts", `export const x = (y: any) => y;`, "typescript(no-explicit-any)"],
  ["a default export in a feature", "src/rentals/service.ts", `export default 1;`, "import(no-default-export)"],
  ["a file name in camel case", "src/rentals/startRental.ts", `export const x = 1;`, "unicorn(filename-case)"],
];
