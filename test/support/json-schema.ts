// JSON Schema draft 7, as much of it as the schemas in this tree use. A keyword that is not known here throws, so that no
// rule is passed over in silence.

type Schema = Record<string, unknown>;
type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const types: Record<string, (value: unknown) => boolean> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

const formats: Record<string, (text: string) => boolean> = {
  "date-time": (text) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  email: (text) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text),
  uri: (text) => /^[a-z][a-z0-9+.-]*:\S+$/i.test(text) && URL.canParse(text),
};

type Check = (rule: unknown, value: unknown, schema: Schema, at: string) => string[];
const say = (isGood: boolean, at: string, what: string): string[] => (isGood ? [] : [`${at}: ${what}`]);
const holds = (schema: unknown, value: unknown): boolean => violations(schema, value).length === 0;
const count = (rules: unknown, value: unknown): number => (rules as Schema[]).filter((one) => holds(one, value)).length;
const told = (rule: unknown): string => JSON.stringify(rule);

/** They say nothing by themselves; the part of `then` is in `if`. */
const SILENT = new Set(["$schema", "$id", "description", "then"]);
const keywords: Record<string, Check> = {
  type: (rule, value, _, at) =>
    say(
      [rule].flat().some((one) => types[String(one)]!(value)),
      at,
      `is no ${told(rule)}`,
    ),
  enum: (rule, value, _, at) =>
    say(
      (rule as unknown[]).some((one) => same(one, value)),
      at,
      "is none of the words",
    ),
  const: (rule, value, _, at) => say(same(rule, value), at, `is not ${JSON.stringify(rule)}`),
  minimum: (rule, value, _, at) =>
    say(typeof value !== "number" || value >= Number(rule), at, `is below ${told(rule)}`),
  maximum: (rule, value, _, at) =>
    say(typeof value !== "number" || value <= Number(rule), at, `is above ${told(rule)}`),
  minItems: (rule, value, _, at) => say(!Array.isArray(value) || value.length >= Number(rule), at, "has too few"),
  pattern: (rule, value, _, at) =>
    say(typeof value !== "string" || new RegExp(String(rule)).test(value), at, `does not match ${told(rule)}`),
  format: (rule, value, _, at) =>
    say(typeof value !== "string" || formats[String(rule)]!(value), at, `is no ${told(rule)}`),
  required: (rule, value, _, at) =>
    isObject(value) ? (rule as string[]).flatMap((name) => say(name in value, at, `lacks ${name}`)) : [],
  properties: (rule, value, _, at) =>
    isObject(value)
      ? Object.entries(rule as Schema).flatMap(([name, one]) =>
          name in value ? violations(one, value[name], `${at}.${name}`) : [],
        )
      : [],
  additionalProperties: (rule, value, schema, at) =>
    isObject(value)
      ? Object.entries(value)
          .filter(([name]) => !(name in ((schema["properties"] ?? {}) as Schema)))
          .flatMap(([name, one]) => (rule === false ? [`${at}: has ${name}`] : violations(rule, one, `${at}.${name}`)))
      : [],
  items: (rule, value, _, at) =>
    Array.isArray(value) ? value.flatMap((one, n) => violations(rule, one, `${at}.${n}`)) : [],
  contains: (rule, value, _, at) =>
    say(!Array.isArray(value) || value.some((one) => holds(rule, one)), at, "contains none"),
  dependencies: (rule, value, _, at) =>
    isObject(value)
      ? Object.entries(rule as Schema).flatMap(([name, needed]) =>
          name in value
            ? Array.isArray(needed)
              ? needed.flatMap((other) => say(String(other) in value, at, `lacks ${other}`))
              : violations(needed, value, at)
            : [],
        )
      : [],
  allOf: (rule, value, _, at) => (rule as Schema[]).flatMap((one) => violations(one, value, at)),
  anyOf: (rule, value, _, at) => say(count(rule, value) > 0, at, "fits none"),
  oneOf: (rule, value, _, at) => say(count(rule, value) === 1, at, "does not fit exactly one"),
  not: (rule, value, _, at) => say(!holds(rule, value), at, "fits what it may not"),
  if: (rule, value, schema, at) => (holds(rule, value) && schema["then"] ? violations(schema["then"], value, at) : []),
};

/** What is wrong with `value`, each with its place; empty when it is valid. */
export const violations = (schema: unknown, value: unknown, at = "$"): string[] => {
  if (typeof schema === "boolean") return schema ? [] : [`${at}: may not be there`];
  return Object.entries(schema as Schema).flatMap(([keyword, rule]) => {
    if (SILENT.has(keyword)) return [];
    const check = keywords[keyword];
    if (!check) throw new Error(`the keyword ${keyword} at ${at} is not known here`);
    return check(rule, value, schema as Schema, at);
  });
};
