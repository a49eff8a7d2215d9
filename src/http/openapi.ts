// What the published document says of a route: its answers from the schemas, its problems from the error catalogue.
import { describeRoute, resolver } from "hono-openapi";
import { z } from "zod";
import { catalogue, type ErrorCode } from "../errors.ts";
import { PROBLEM_TYPE } from "./problem.ts";

const codes = Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]];

/** Loose: a code may bring members of its own, for example `missingTzs`. */
export const Problem = z
  .looseObject({
    type: z.string().meta({ example: "urn:chajipoa:problem:not_found" }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "For people, in the language of Accept-Language" }),
    code: z.enum(codes),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), code: z.string() })).optional(),
  })
  .meta({ description: "RFC 9457 problem details" });

/** One problem document for all, `components.schemas.Problem`; a route's answer only narrows its code. */
const problemWith = (code: ErrorCode[]) => ({
  allOf: [{ $ref: "#/components/schemas/Problem" }],
  properties: { code: { enum: code } },
});

/** The answers of a route for these codes, one per status. */
export const problems = (...given: ErrorCode[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy([...new Set(given)], (code) => String(catalogue[code].status))).map(
      ([status, same = []]) => [
        status,
        {
          description: same.map((code) => `\`${code}\`: ${catalogue[code].title}`).join("; "),
          content: { [PROBLEM_TYPE]: { schema: problemWith(same) } },
        },
      ],
    ),
  );

interface Operation {
  /** camelCase, unique; the name of the call in a generated client. */
  id: string;
  summary: string;
  tag: string;
  access: "public" | "renter" | "staff" | "station" | "provider";
  /** True where the route validates a JSON body. */
  hasBody?: boolean;
  /** The body of a route that reads it behind another door than `validate`. */
  body?: z.ZodType;
  /** Of that body, where it is not JSON. */
  bodyType?: string;
  /** True where the route takes an Idempotency-Key. */
  isIdempotent?: boolean;
  answers: Record<number, { description: string; schema?: z.ZodType; type?: string }>;
  /** Those of its own; what every route of its kind can answer is added. */
  problems?: ErrorCode[];
}

/** Puts a route into the OpenAPI document. */
export const operation = ({
  id,
  summary,
  tag,
  access,
  hasBody,
  body,
  bodyType = "application/json",
  isIdempotent,
  answers,
  problems: own = [],
}: Operation) => {
  const shared: ErrorCode[] = ["internal", "unavailable"];
  if (access === "renter") shared.push("unauthenticated", "token_expired", "rate_limited");
  if (access === "staff") shared.push("unauthenticated", "token_expired", "forbidden", "rate_limited");
  if (access === "public") shared.push("rate_limited");
  if (access === "station") shared.push("station_unauthenticated");
  if (hasBody) shared.push("malformed_json", "invalid_request", "payload_too_large", "unsupported_media_type");
  if (isIdempotent) shared.push("idempotency_key_required", "idempotency_mismatch", "idempotency_in_progress");
  const good = Object.entries(answers).map(([status, { description, schema, type = "application/json" }]) => [
    status,
    { description, ...(schema ? { content: { [type]: { schema: resolver(schema) } } } : {}) },
  ]);
  return describeRoute({
    // One handler may be served with a path secret and without: two operations, so two names.
    operationId: ({ path }) => (path.includes(":secret") ? `${id}BySecret` : id),
    summary,
    tags: [tag],
    security:
      access === "renter" || access === "staff"
        ? [{ accessToken: [] }]
        : access === "station"
          ? [{ stationToken: [] }]
          : [],
    ...(isIdempotent
      ? {
          parameters: [
            { name: "Idempotency-Key", in: "header", required: true, schema: { type: "string", maxLength: 128 } },
          ],
        }
      : {}),
    ...(body ? { requestBody: { required: true, content: { [bodyType]: { schema: resolver(body) } } } } : {}),
    responses: { ...Object.fromEntries(good), ...problems(...own, ...shared) },
  });
};
