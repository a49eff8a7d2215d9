// Bodies that a route must refuse, made from its published schema: a field that is added is broken by itself.
import { resolve, type Schema } from "./published.ts";

/** Never to be seen again: not in an answer, not in a header, not in the log. */
export const MARKER = "canary7f3a";

export type Body = Record<string, unknown>;
export interface Broken {
  label: string;
  /** As it is sent. */
  text: string;
  /** The path that the refusal names. */
  path: string;
}

/** Text that no database, parser or page likes; none of it is anybody's phone number, code, name or token. */
export const HOSTILE_TEXTS = [
  `${MARKER}\u0000`,
  `0712345678\u0000`,
  `1001\u0000`,
  `${MARKER}\ud800`,
  `\udc00\ud800${MARKER}`,
  `${MARKER}\u202e`,
  `${MARKER}\uffff`,
  `${MARKER}\u001b[31m\r\nX-Canary: 1`,
  `'; drop table users; -- ${MARKER}\u0007`,
];

const wrongTypes = (kinds: string[]): unknown[] => {
  const samples: Record<string, unknown[]> = {
    string: [MARKER],
    integer: [7],
    number: [0.5],
    boolean: [true],
    array: [[], [MARKER]],
    object: [{}, { [MARKER]: MARKER }],
    null: [null],
  };
  const taken = kinds.includes("integer")
    ? [...kinds, "number"]
    : kinds.includes("number")
      ? [...kinds, "integer"]
      : kinds;
  return Object.entries(samples).flatMap(([kind, values]) => (taken.includes(kind) ? [] : values));
};

/** Values that this schema refuses, whatever stands around it. */
const wrongValues = (schema: Schema): unknown[] => {
  const kinds = [schema.type ?? "object"].flat();
  const values = wrongTypes(kinds);
  if (kinds.includes("string")) {
    const { pattern, minLength = 0, maxLength, enum: words } = schema;
    if (minLength > 0) values.push("");
    if (maxLength !== undefined) values.push(MARKER + "x".repeat(maxLength));
    if (words) values.push(MARKER, String(words[0]).toUpperCase(), ` ${String(words[0])}`, "__proto__", "constructor");
    if (pattern)
      values.push(
        ...["", MARKER, ...HOSTILE_TEXTS, "x".repeat(60_000)].filter((text) => !new RegExp(pattern, "u").test(text)),
      );
  }
  if (kinds.includes("integer")) {
    values.push(0.5, -0.000_1, 1e308, -1e308, 2 ** 53, "5000", `${MARKER}1`);
    if (schema.minimum !== undefined) values.push(schema.minimum - 1);
    if (schema.maximum !== undefined) values.push(schema.maximum + 1);
  }
  return values;
};

type Step = readonly string[];

const replaceAt = (body: Body, [head = "", ...rest]: Step, value: unknown): Body => ({
  ...body,
  [head]: rest.length === 0 ? value : replaceAt((body[head] ?? {}) as Body, rest, value),
});
const removeAt = (body: Body, [head = "", ...rest]: Step): Body => {
  if (rest.length > 0) return { ...body, [head]: removeAt(body[head] as Body, rest) };
  const { [head]: _, ...others } = body;
  return others;
};

/** Every object of the schema with the way to it, itself first. */
const objectsOf = (schema: Schema, step: Step = []): { step: Step; schema: Schema }[] => {
  const resolved = resolve(schema);
  if (!resolved.properties) return [];
  const inner = Object.entries(resolved.properties).flatMap(([name, property]) => objectsOf(property, [...step, name]));
  return [{ step, schema: resolved }, ...inner];
};

/** Each field with each value that its schema refuses. */
export const brokenFields = (schema: Schema, good: Body): Broken[] =>
  objectsOf(schema).flatMap(({ step, schema: object }) =>
    Object.entries(object.properties ?? {}).flatMap(([name, property]) =>
      wrongValues(resolve(property)).map((value) => {
        const path = [...step, name].join(".");
        return {
          label: `${path} = ${JSON.stringify(value)?.slice(0, 60)}`,
          path,
          text: JSON.stringify(replaceAt(good, [...step, name], value)),
        };
      }),
    ),
  );

export const missingFields = (schema: Schema, good: Body): Broken[] =>
  objectsOf(schema).flatMap(({ step, schema: object }) =>
    (object.required ?? [])
      // An optional object that is not sent lacks nothing.
      .filter(() =>
        step.every(
          (_, index) =>
            step.slice(0, index + 1).reduce<unknown>((at, key) => (at as Body | undefined)?.[key], good) !== undefined,
        ),
      )
      .map((name) => ({
        label: `without ${name}`,
        path: [...step, name].join("."),
        text: JSON.stringify(removeAt(good, [...step, name])),
      })),
  );

const UNKNOWN = [
  MARKER,
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "",
  "$ref",
  "a.b",
  "\u0000",
  "then",
];

/** Each object with a field that it does not know; prototype keys among them. */
export const unknownFields = (schema: Schema, good: Body): Broken[] =>
  objectsOf(schema).flatMap(({ step }) =>
    UNKNOWN.map((name) => {
      // Set by text: an object literal would take __proto__ for its prototype.
      const text = JSON.stringify(replaceAt(good, [...step, "@unknown@"], { [MARKER]: MARKER, isAdmin: true }));
      return {
        label: `${step.join(".")}{${JSON.stringify(name)}}`,
        path: step.join("."),
        text: text.replace('"@unknown@"', () => JSON.stringify(name)),
      };
    }),
  );

const nested = (depth: number, open: string, close: string) =>
  `${open.repeat(depth)}${MARKER.length}${close.repeat(depth)}`;
const DEPTH = 5_000;

/** JSON, but no object of ours. */
export const notObjects = (good: Body): Broken[] =>
  [
    "null",
    "true",
    "7",
    "-0",
    "1e999",
    `"${MARKER}"`,
    "[]",
    "[null]",
    `[${JSON.stringify(good)}]`,
    JSON.stringify(JSON.stringify(good)),
    nested(DEPTH, "[", "]"),
  ].map((text) => ({ label: text.slice(0, 40), path: "", text }));

/** Objects of a size or depth that nobody means. */
export const monsters = (good: Body): Broken[] => {
  const first = JSON.stringify(good).slice(1);
  return [
    { label: "a deep unknown field", path: "", text: `{"${MARKER}":${nested(DEPTH, '{"a":', "}")},${first}` },
    {
      label: "3,000 unknown fields",
      path: "",
      text: `{${Array.from({ length: 3_000 }, (_, n) => `"${MARKER}${n}":1`).join(",")}}`,
    },
    { label: "a field name of 60,000 characters", path: "", text: `{"${MARKER}${"x".repeat(60_000)}":1,${first}` },
  ];
};

/** A field that holds what is deep, or a number beyond all numbers. */
export const hugeValues = (schema: Schema, good: Body): Broken[] =>
  Object.keys(good).flatMap((name) => {
    const text = JSON.stringify({ ...good, [name]: "@value@" });
    // Read as zero, which is wrong only where zero is.
    const { minimum } = resolve(resolve(schema).properties![name]!);
    const takesZero = typeof good[name] === "number" && (minimum ?? 0) <= 0;
    const values = [nested(DEPTH, "[", "]"), nested(DEPTH, '{"a":', "}"), "1e999", "-1e999", "9".repeat(400)];
    return [...values, ...(takesZero ? [] : ["0.1e-400"])].map((value) => ({
      label: `${name} = ${value.slice(0, 20)}`,
      path: name,
      text: text.replace('"@value@"', value),
    }));
  });

/** What is not JSON at all. */
export const malformed = (good: Body): string[] => {
  const text = JSON.stringify(good);
  return [
    "",
    " ",
    "{",
    "}",
    "undefined",
    "NaN",
    "\u0000",
    `{'a':1}`,
    `{"a":1,}`,
    `{a:1}`,
    `{"${MARKER}"}`,
    text.slice(0, -1),
    `${text}}`,
    `${text}${text}`,
    `/* */${text}`,
    `{"a":"${MARKER}\n"}`,
    `{"a":"\\u12"}`,
    `{"a":01}`,
    "[".repeat(30_000),
    `${MARKER}=1&b=2`,
    `<?xml version="1.0"?><a>${MARKER}</a>`,
  ];
};
