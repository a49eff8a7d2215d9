// Reads what comes out of wrangler: the Worker's own wide lines become sentences for people, wrangler's line per request,
// which holds the whole URL and so the path secrets, goes nowhere.
import { z } from "zod";

const Wide = z.looseObject({ at: z.string(), level: z.enum(["info", "warn", "error"]), event: z.string() });

export interface WorkerLine {
  level: "info" | "warn" | "error";
  /** `request`, `job`, `station_report`, `alert`, … */
  event: string;
  text: string;
  /** Happens all the time and says nothing new: kept out of the terminal. */
  isRoutine: boolean;
  fields: Record<string, unknown>;
}

const NOISE = [
  /^\[wrangler:info\] (GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /,
  /^\[wrangler:info\] Ready on/,
  /^Your Worker has access to the following bindings|^Binding\s+Resource|^env\.\w+|^\(?"[^"]*"?\)?\s+Environment Variable/,
  /Scheduled Workers are not automatically triggered|^To manually trigger a scheduled event|curl "http.*\/scheduled"|test-cron-triggers-locally/,
  // `check` says so when it is true; here it is said because another entry than wrangler.toml's is run.
  /Your types might be out of date/,
  /^Using (secrets|vars) defined in|^⎔ |^╭|^│|^╰|^─+$|^\s*$/,
];

const RELOADED: WorkerLine = {
  level: "info",
  event: "reloaded",
  text: "reloaded, because a file changed",
  isRoutine: false,
  fields: {},
};

/** Null for a line to show as it is. */
export const readWorkerLine = (line: string): WorkerLine | "noise" | null => {
  const text = line.trim();
  if (text.startsWith("⎔ Local server updated")) return RELOADED;
  if (NOISE.some((pattern) => pattern.test(text))) return "noise";
  if (!text.startsWith("{")) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const wide = Wide.safeParse(value);
  if (!wide.success) return null;
  const { at: _at, environment: _environment, level, event, ...fields } = wide.data;
  return {
    level,
    event,
    fields,
    text: describe(event, fields),
    isRoutine: level === "info" && isRoutine(event, fields),
  };
};

const isRoutine = (event: string, fields: Record<string, unknown>): boolean => {
  // Readiness is asked all the time, and a browser asks leave before each call.
  if (event === "request") return String(fields["route"]).startsWith("/health") || fields["method"] === "OPTIONS";
  if (event === "job")
    return !Object.entries(fields).some(
      ([name, value]) => ["count", "done", "failed"].includes(name) && Number(value) > 0,
    );
  // A bank that belongs to no rental: the inventory of a station that came back.
  return (
    event === "station_report" &&
    (fields["verb"] === "projection" || (fields["verb"] === "bank_in" && !fields["rentalId"]))
  );
};

const describe = (event: string, fields: Record<string, unknown>): string => {
  const { durationMs, ...rest } = fields;
  const took = typeof durationMs === "number" ? `${durationMs}\u00a0ms` : "";
  switch (event) {
    case "request": {
      const { method, route, status, code } = rest;
      return words([
        method,
        route,
        status,
        code,
        took,
        named(rest, ["error", "errorCode", "errorConstraint", "errorAt"]),
      ]);
    }
    case "station_report": {
      const { verb, stationId, status } = rest;
      return words([
        String(verb).replaceAll("_", " "),
        "at",
        stationId,
        status,
        took,
        named(rest, ["error", "errorCode", "errorConstraint", "errorAt"]),
      ]);
    }
    default: {
      const known = { job: "job", alert: "alert" }[event];
      const subject = known ? rest[known] : undefined;
      return words([
        event.replaceAll("_", " "),
        subject,
        took,
        named(
          rest,
          Object.keys(rest).filter((name) => name !== known && name !== "requestId"),
        ),
      ]);
    }
  }
};

const named = (fields: Record<string, unknown>, names: string[]): string =>
  words(
    names
      .filter((name) => fields[name] !== null && fields[name] !== undefined && fields[name] !== "")
      .map((name) => `${name}=${String(fields[name])}`),
  );

const words = (parts: unknown[]): string =>
  parts.filter((part) => part !== undefined && part !== null && part !== "").join(" ");
