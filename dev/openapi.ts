// Prints the OpenAPI document of the routes as JSON. The application is built without its parts: a document is read from
// what stands beside the routes, and nothing is asked. `bun run generate` keeps what this prints.
import { generateSpecs } from "hono-openapi";
import { z } from "zod";
import packageJson from "../package.json" with { type: "json" };
import { createApp } from "../src/app.ts";
import { catalogue } from "../src/errors.ts";
import { Problem } from "../src/http/openapi.ts";

const description = `Rent a power bank at one station, return it at any other.

JSON in UTF-8 both ways, \`camelCase\`; amounts are whole Tanzanian shillings, times ISO 8601 in UTC, ids prefixed text.
Lists are \`{ items, nextCursor }\`; the cursor of a page asks for the next one. A field that is not documented is refused.

**Language.** \`Accept-Language: sw\` (the default) or \`en\` chooses the language of what a person reads. Codes never change.

**Repeating.** Where money or metal moves, \`Idempotency-Key\` is required: the same key with the same body is answered with
the same result and \`Idempotency-Replayed: true\`.

**Limits.** An answer that was counted carries \`RateLimit\` and \`RateLimit-Policy\`; 429 says when to come back in \`Retry-After\`.

**Errors.** RFC 9457 \`application/problem+json\`. \`requestId\` is that of the \`X-Request-Id\` header. Beside what an operation
lists, any request may be answered \`not_found\`, \`method_not_allowed\`, \`payload_too_large\`, \`internal\` or \`unavailable\`.

| code | status | meaning |
| --- | --- | --- |
${Object.entries(catalogue)
  .map(([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`)
  .join("\n")}`;

const tags = [
  { name: "accounts", description: "Signing in by a code sent to a Tanzanian mobile number" },
  { name: "stations", description: "Where power banks are, and what they cost there" },
  { name: "maps", description: "What is free where, for maps: near a place, and as a GBFS 3 feed" },
  { name: "rentals", description: "From the wish for a power bank to its receipt" },
  { name: "wallet", description: "What a renter has, owes and has on hold" },
  { name: "payments", description: "Mobile money and bank payments in, and what the provider tells about money out" },
  {
    name: "finance",
    description: "For staff: money on its way out, money without an owner, debts, taking back what was charged",
  },
  {
    name: "fleet",
    description: "For staff: stations, their slots and power banks, tariffs, and what is glued onto a station",
  },
  { name: "maintenance", description: "For staff: tickets about what is broken, missing or unknown" },
  { name: "people", description: "For staff: people and their accounts, rentals, and who is of staff" },
  { name: "audit", description: "For staff: who did what to what" },
  { name: "messages", description: "What SMS gateways report; for staff: messages that did not arrive" },
  { name: "station drivers", description: "For vendors of cabinets: what happens there makes the platform look" },
  { name: "station wire", description: "For stations: wire protocol 1 over WebSocket or plain HTTP" },
  { name: "ussd", description: "The menu on a keypad, for its gateways" },
  { name: "monitoring", description: "Whether it runs" },
];

const securitySchemes = {
  accessToken: {
    type: "http" as const,
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "Of a signed-in person, 15 minutes, EdDSA; keys at /.well-known/jwks.json",
  },
  stationToken: {
    type: "http" as const,
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "Made by a station with its own key, for at most 5 minutes and one use, EdDSA",
  },
};

/** Sorted where the order says nothing, so that a route that moves in a file changes no line here. */
const sorted = <T extends object>(record: T): T =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1))) as T;

/** The bounds that every safe integer has tell a reader nothing. */
const withoutSafeBounds = (_key: string, value: unknown): unknown => {
  if (typeof value !== "object" || value === null || !("type" in value) || value.type !== "integer") return value;
  return Object.fromEntries(
    Object.entries(value).filter(
      ([name, bound]) => !["minimum", "maximum"].includes(name) || Math.abs(Number(bound)) !== Number.MAX_SAFE_INTEGER,
    ),
  );
};

const app = createApp(() => {
  throw new Error("a document asks nobody");
});
const { $schema: _dialect, ...problem } = z.toJSONSchema(Problem);
const document = await generateSpecs(app, {
  // Else every route is said to answer 400 in the form of the validator's own library.
  defaultValidationErrorResponse: false,
  // Else a path that ends like a file, as /.well-known/jwks.json does, is left out.
  excludeStaticFile: false,
  documentation: {
    openapi: "3.1.0",
    info: { title: "ChajiPoa", version: packageJson.version, description },
    servers: [
      { url: "/", description: "where this document came from" },
      { url: "http://127.0.0.1:8787", description: "the local stack, bun run up" },
    ],
    tags,
    components: { securitySchemes, schemas: { Problem: problem as unknown as Record<string, never> } },
  },
});
const { openapi, info, servers, tags: listedTags, paths, components } = document;
const ordered = {
  openapi,
  info,
  servers,
  tags: listedTags,
  paths: sorted(paths),
  components: { ...components, schemas: sorted(components.schemas ?? {}) },
};
console.log(JSON.stringify(ordered, withoutSafeBounds, 2));
