// What delivery reports of all gateways have in common: a handful of short words, as JSON or as a form.
import { readJson } from "./exchange.ts";
import type { SmsOutcome } from "./ports.ts";

const MAX_WORD = 100;

/** By names in small letters; null when it is neither a JSON object nor a form. */
export const readFields = (rawBody: string): Record<string, unknown> | null => {
  const json = readJson(rawBody);
  if (json !== undefined && (typeof json !== "object" || json === null || Array.isArray(json))) return null;
  const entries = json === undefined ? [...new URLSearchParams(rawBody)] : Object.entries(json);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
};

/** One printable word of a field; null for what is missing, empty, no scalar or too long to be one. */
export const word = (value: unknown): string | null => {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const text = String(value).trim();
  return /^[\x20-\x7e]+$/.test(text) && text.length <= MAX_WORD ? text : null;
};

const FAILED =
  /^(fail(ed|ure)?|undeliver(ed|able)|undeliv|not_?delivered|reject(ed|d)?|expired|absent_?subscriber|blocked|error)$/;

/** A word that nobody documented says nothing final. */
export const outcomeOf = (statusWord: string): SmsOutcome => {
  const plain = statusWord.toLowerCase().replaceAll(/[\s-]+/g, "_");
  if (/^(deliver(ed|d)|delivrd|success)$/.test(plain)) return "delivered";
  return FAILED.test(plain) ? "failed" : "pending";
};
