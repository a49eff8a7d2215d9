// One statement run in the extended protocol, and its answer in Neon's form: text as Postgres sends it, or JSON values.
import type { FieldDef, PoolClient, QueryArrayConfig } from "pg";
import type { Statement } from "./neon-request.ts";

export interface StatementResult {
  fields: FieldDef[];
  rows: unknown[];
  command: string;
  rowCount: number | null;
  rowAsArray: boolean;
  /** Size of the rows as Postgres sent them. */
  bytes: number;
}

/** Values stay the text that Postgres sent. */
const asText = { getTypeParser: () => (value: string) => value };

/** Throws pg's DatabaseError. */
export const runStatement = async (client: PoolClient, statement: Statement): Promise<StatementResult> => {
  // Without queryMode a statement without parameters goes through the simple protocol, which takes several at once.
  const config = {
    text: statement.query,
    values: statement.params,
    rowMode: "array",
    types: asText,
    queryMode: "extended",
  } as unknown as QueryArrayConfig;
  const result = await client.query<(string | null)[]>(config);
  const { fields } = result;
  let bytes = 0;
  for (const row of result.rows) for (const value of row) bytes += value === null ? 0 : Buffer.byteLength(value);
  return {
    fields: fields.map(({ name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier, format }) => ({
      name,
      dataTypeID,
      tableID,
      columnID,
      dataTypeSize,
      dataTypeModifier,
      format,
    })),
    rows: result.rows.map((row) => toRow(row, fields, statement)),
    command: result.command ?? "",
    rowCount: result.rowCount,
    rowAsArray: statement.isArrayMode,
    bytes,
  };
};

const toRow = (row: (string | null)[], fields: FieldDef[], statement: Statement): unknown => {
  const values = statement.isRawText
    ? row
    : row.map((text, index) => (text === null ? null : toJson(text, fields[index]!.dataTypeID)));
  return statement.isArrayMode
    ? values
    : Object.fromEntries(values.map((value, index) => [fields[index]!.name, value]));
};

/** The array types whose elements become JSON values, with the element's type. */
const ELEMENTS: Record<number, number> = { 1000: 16, 1005: 21, 1007: 23, 1021: 700, 1022: 701, 199: 114, 3807: 3802 };
const TEXT = 25;
/** Arrays of text, names, dates, big numbers and the like: elements stay text. */
const TEXT_ARRAYS = [
  1001, 1002, 1003, 1009, 1014, 1015, 1016, 1028, 1041, 1115, 1182, 1183, 1185, 1187, 1231, 1270, 2951,
];

const elementOf = (type: number): number | null => ELEMENTS[type] ?? (TEXT_ARRAYS.includes(type) ? TEXT : null);

const toJson = (text: string, type: number): unknown => {
  if (type === 16) return text === "t";
  if (type === 21 || type === 23 || type === 700 || type === 701) {
    const number = Number(text);
    // JSON has no NaN and no infinity.
    return Number.isFinite(number) ? number : text;
  }
  if (type === 114 || type === 3802) return JSON.parse(text);
  const element = elementOf(type);
  return element === null ? text : parseArray(text, element);
};

/** Reads Postgres's array text: braces, quotes, backslashes, NULL, and bounds such as `[0:1]={1,2}`. */
const parseArray = (text: string, element: number): unknown[] => {
  let at = text.startsWith("[") ? text.indexOf("=") + 1 : 0;
  const list = (): unknown[] => {
    const items: unknown[] = [];
    at++;
    while (at < text.length && text[at] !== "}") {
      if (text[at] === ",") at++;
      else items.push(text[at] === "{" ? list() : item());
    }
    at++;
    return items;
  };
  const item = (): unknown => {
    if (text[at] !== '"') {
      const from = at;
      while (text[at] !== "," && text[at] !== "}") at++;
      const word = text.slice(from, at);
      return word === "NULL" ? null : toJson(word, element);
    }
    let word = "";
    for (at++; text[at] !== '"'; at++) word += text[at] === "\\" ? text[++at] : text[at];
    at++;
    return toJson(word, element);
  };
  return list();
};
