// How a text message is declared. Each value that enters a text is of a kind that knows the shortest and the longest way in which it can be
// written, so that a test can measure every text with all of them, whoever adds it.
import { z } from "zod";
import type { Locale } from "../lib/i18n.ts";
import { toGsm7 } from "./gsm7.ts";

/**
 * `code`: proves a number; sent at once, never stored. `money`: says where somebody's money is, or the power bank that it stands for; never held
 * back. `answer`: to what came from the person's number; never held back, but only so many a day of each template, because the sender of an SMS
 * can be forged: who forges some silences no more than the answers to them. `notice`: everything that we say unasked; waits while the person
 * wants quiet, only so many a day.
 */
export type MessageKind = "code" | "money" | "answer" | "notice";

export interface Field<T> {
  schema: z.ZodType<T>;
  /** Between them they are written as short and as long as can be, and take every branch of a text. */
  extremes: readonly T[];
}
export type Fields = Record<string, Field<unknown>>;
export type Values<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

export interface Template<F extends Fields> {
  kind: MessageKind;
  fields: F;
  /** Parts that the operator charges for; one where it is not said. */
  segments?: 1 | 2;
  /** `link` makes an address of a path. */
  sw(values: Values<F>, link: Link): string;
  en(values: Values<F>, link: Link): string;
}
export type Link = (path: string) => string;

export const template = <F extends Fields>(declared: Template<F>): Template<F> => declared;

/** Whole shillings. */
export const tzs: Field<number> = { schema: z.int().min(0), extremes: [0, 1, 99_999_999] };

/** Milliseconds since the epoch; written by `clockText`, whose longest are these. */
export const time: Field<number> = {
  schema: z.int(),
  extremes: ["02:30", "05:59", "11:59", "15:59", "17:59", "23:59"].map((clock) =>
    Date.parse(`2026-12-31T${clock}:00+03:00`),
  ),
};

/** A duration in whole minutes of at most a day. */
export const minutes: Field<number> = { schema: z.int().min(0), extremes: [0, 1, 24 * 60] };
/** A duration in whole hours of at most a month. */
export const hours: Field<number> = { schema: z.int().min(0), extremes: [0, 1, 720] };
/** A duration in whole days, as long as a tariff may have it. */
export const days: Field<number> = { schema: z.int().min(0), extremes: [0, 1, 3_650] };
export const percent: Field<number> = { schema: z.int().min(0).max(100), extremes: [0, 100] };
/** A code of digits that a person types. */
export const digits = (length: number): Field<string> => ({
  schema: z.string().regex(new RegExp(`^\\d{${length}}$`)),
  extremes: ["0".repeat(length)],
});
/** The unguessable part of a receipt's address. */
export const token: Field<string> = { schema: z.string(), extremes: ["z".repeat(26)] };
/** A station's short code. */
export const stationCode: Field<string> = { schema: z.string(), extremes: ["1001", "999999"] };
/** What may be missing. */
export const optional = <T>({ schema, extremes }: Field<T>): Field<T | null | undefined> => ({
  schema: schema.nullish(),
  extremes: [null, ...extremes],
});
/** One of a few words of ours. */
export const oneOf = <const W extends string>(...words: W[]): Field<W> => ({ schema: z.enum(words), extremes: words });
/** Words that somebody else chose: cut to `most` septets, and put into letters that an SMS has. */
export const words = (most: number): Field<string> => ({
  schema: z.string().transform((text) => toGsm7(text, most)),
  extremes: ["a", "m".repeat(most)],
});

/** Every value set that is made of extremes. */
export const extremeValues = <F extends Fields>(fields: F): Values<F>[] =>
  Object.entries(fields).reduce<Record<string, unknown>[]>(
    (sets, [name, { extremes }]) => sets.flatMap((set) => extremes.map((value) => ({ ...set, [name]: value }))),
    [{}],
  ) as Values<F>[];

export const schemaOf = <F extends Fields>({ fields }: Template<F>): z.ZodType<Values<F>> =>
  z.object(
    Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])),
  ) as unknown as z.ZodType<Values<F>>;

/** The text in the language of its reader. */
export const renderTemplate = <F extends Fields>(
  declared: Template<F>,
  locale: Locale,
  values: Values<F>,
  baseUrl: string,
): string => declared[locale](values, (path) => `${baseUrl}${path}`);
