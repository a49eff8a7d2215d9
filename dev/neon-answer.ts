// What Neon's SQL over HTTP answers: results of statements, and errors with every field the driver looks for.
import { DatabaseError } from "pg";
import { ConnectError, MAX_BYTES, ResponseTooLarge, type StatementResult } from "./neon-execute.ts";
import { type Batch, RequestError } from "./neon-request.ts";

const ERROR_FIELDS = [
  "code",
  "detail",
  "hint",
  "position",
  "internalPosition",
  "internalQuery",
  "severity",
  "where",
  "table",
  "column",
  "schema",
  "dataType",
  "constraint",
  "file",
  "line",
  "routine",
] as const;
export type ErrorBody = { message: string } & Partial<Record<(typeof ERROR_FIELDS)[number], string>>;

export const SERIALIZATION_FAILURE: ErrorBody = {
  message: "could not serialize access due to concurrent update",
  code: "40001",
  severity: "ERROR",
};

/** The body of a good answer. */
export const resultsOf = (batch: Batch, results: StatementResult[]): unknown => {
  const bodies = results.map(({ fields, rows, command, rowCount, rowAsArray }) => ({
    fields,
    rows,
    command,
    rowCount,
    rowAsArray,
  }));
  return batch.isTransaction ? { results: bodies } : bodies[0];
};

/** Every field is there, null where the error has none. */
export const errorBody = (error: ErrorBody): Record<string, string | null> => ({
  message: error.message,
  ...Object.fromEntries(ERROR_FIELDS.map((field) => [field, error[field] ?? null])),
});

/** How an error of a request or of Postgres is answered; what no one knows is a connection that closed. */
export const failureOf = (error: unknown): { status: number; body: Record<string, string | null> } => {
  const fail = (status: number, message: string) => ({ status, body: errorBody({ message, code: "", severity: "" }) });
  if (error instanceof DatabaseError) return { status: 400, body: errorBody(error as ErrorBody) };
  if (error instanceof RequestError) return fail(400, error.message);
  if (error instanceof ResponseTooLarge) return fail(507, `response is too large (max is ${MAX_BYTES} bytes)`);
  if (!(error instanceof ConnectError)) return fail(400, "connection closed");
  const { cause } = error;
  if (cause instanceof DatabaseError) return { status: 500, body: errorBody(cause as ErrorBody) };
  return fail(500, error.message);
};
