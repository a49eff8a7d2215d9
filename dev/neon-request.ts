// One request of Neon's SQL over HTTP, read into statements with text parameters.
import type { IncomingHttpHeaders } from "node:http";

export interface Statement {
  query: string;
  /** As the extended protocol's text format; types are inferred by Postgres. */
  params: (string | null)[];
  isArrayMode: boolean;
  isRawText: boolean;
}

export interface Batch {
  statements: Statement[];
  /** True for the `queries` form: everything happens in one transaction. */
  isTransaction: boolean;
  isolation: string | null;
  isReadOnly: boolean;
  isDeferrable: boolean;
  /** The batch headers of the request, sent back as they came. */
  echo: Record<string, string>;
}

/** Something is wrong with the request itself; Postgres never saw it. */
export class RequestError extends Error {}

const ISOLATION: Record<string, string> = {
  ReadUncommitted: "read uncommitted",
  ReadCommitted: "read committed",
  RepeatableRead: "repeatable read",
  Serializable: "serializable",
};

export interface Target {
  user: string;
  password: string;
  database: string;
}

/** Throws RequestError. */
export const parseTarget = (header: string | string[] | undefined): Target => {
  if (typeof header !== "string") throw new RequestError("invalid header: neon-connection-string");
  if (!URL.canParse(header)) throw new RequestError("invalid connection string: relative URL without a base");
  const url = new URL(header);
  if (!["postgres:", "postgresql:"].includes(url.protocol)) throw new RequestError("incorrect scheme");
  const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent);
  if (!database) throw new RequestError("missing database name");
  if (!user) throw new RequestError("missing username");
  if (!password) throw new RequestError("missing authentication credentials: required password");
  return { user, password, database };
};

/** What the headers say about every statement of the request. */
interface Options {
  isArrayMode: boolean;
  isRawText: boolean;
  isolationHeader: string | null;
  isReadOnly: boolean;
  isDeferrable: boolean;
}

/** Throws RequestError for an unknown isolation level, whether there is a batch or not. */
export const parseOptions = (headers: IncomingHttpHeaders): Options => {
  const isolationHeader = headers["neon-batch-isolation-level"] ?? null;
  if (isolationHeader !== null && (typeof isolationHeader !== "string" || !ISOLATION[isolationHeader])) {
    throw new RequestError("invalid isolation level");
  }
  return {
    isolationHeader,
    isArrayMode: headers["neon-array-mode"] === "true",
    isRawText: headers["neon-raw-text-output"] === "true",
    isReadOnly: headers["neon-batch-read-only"] === "true",
    isDeferrable: headers["neon-batch-deferrable"] === "true",
  };
};

/** Throws RequestError. */
export const parseBody = (body: string, options: Options): Batch => {
  const parsed = parseJson(body);
  const { isolationHeader, isReadOnly, isDeferrable } = options;
  if (isRecord(parsed) && typeof parsed["query"] === "string") {
    const statements = [parseStatement(parsed, options)];
    return { statements, isTransaction: false, isolation: null, isReadOnly: false, isDeferrable: false, echo: {} };
  }
  if (!isRecord(parsed) || !Array.isArray(parsed["queries"]))
    throw unreadable("data did not match any variant of Payload");
  return {
    statements: parsed["queries"].map((entry: unknown) => parseStatement(entry, options)),
    isTransaction: true,
    isolation: isolationHeader === null ? null : ISOLATION[isolationHeader]!,
    isReadOnly,
    isDeferrable,
    echo: {
      ...(isolationHeader === null ? {} : { "neon-batch-isolation-level": isolationHeader }),
      ...(isReadOnly ? { "neon-batch-read-only": "true" } : {}),
      ...(isDeferrable ? { "neon-batch-deferrable": "true" } : {}),
    },
  };
};

/** The statement that opens the batch's transaction. */
export const beginStatement = ({ isolation, isReadOnly, isDeferrable }: Batch): string =>
  [
    "begin",
    isolation ? `isolation level ${isolation}` : "",
    isReadOnly ? "read only" : "",
    isDeferrable ? "deferrable" : "",
  ]
    .filter(Boolean)
    .join(" ");

const unreadable = (reason: string): RequestError =>
  new RequestError(`could not parse the HTTP request body: ${reason}`);

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    throw unreadable("not JSON");
  }
};

const parseStatement = (entry: unknown, options: Options): Statement => {
  if (!isRecord(entry) || typeof entry["query"] !== "string") throw unreadable("missing field `query`");
  const { query, params = [], arrayMode } = entry as { query: string; params?: unknown; arrayMode?: unknown };
  if (!Array.isArray(params)) throw unreadable("`params` is not a sequence");
  return {
    query,
    params: params.map(toTextParam),
    isRawText: options.isRawText,
    isArrayMode: typeof arrayMode === "boolean" ? arrayMode : options.isArrayMode,
  };
};

const toTextParam = (value: unknown): string | null => {
  if (value === null || typeof value === "string") return value;
  return Array.isArray(value) ? toArrayLiteral(value) : JSON.stringify(value);
};

const toArrayLiteral = (items: unknown[]): string => `{${items.map(toArrayItem).join(",")}}`;

// Neon escapes an element as JSON does, not as Postgres would: a line break inside becomes the letter n. Kept as it is.
const toArrayItem = (item: unknown): string => {
  if (item === null) return "NULL";
  if (Array.isArray(item)) return toArrayLiteral(item);
  return JSON.stringify(typeof item === "object" ? JSON.stringify(item) : item);
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
