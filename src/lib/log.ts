// One JSON line per request or job. What never crosses here: a phone number, a code, a token, a secret, a URL. Fields
// are ids, codes, counts and durations; `redact` is the last line of defence, not the first.

export type LogField = string | number | boolean | null | undefined;
export type LogLevel = "info" | "warn" | "error";

export interface Log {
  /** Writes one line now. `event` is a stable word: `request`, `job`, `alert`. */
  write(level: LogLevel, event: string, fields: Record<string, LogField>): void;
}

const PHONE = /\+?255\d{9}|\b0[67]\d{8}\b/g;
const TOKEN = /\b[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\b/g;

const redact = (value: LogField): LogField =>
  typeof value === "string" ? value.replace(PHONE, "[phone]").replace(TOKEN, "[token]") : value;

export const createLog = (sink: (line: string) => void, base: Record<string, LogField> = {}): Log => ({
  write(level, event, fields) {
    const line: Record<string, LogField> = { at: new Date().toISOString(), level, event, ...base };
    for (const [key, value] of Object.entries(fields)) if (value !== undefined) line[key] = redact(value);
    sink(JSON.stringify(line));
  },
});
