// What the authority remembers of a device when it is started again: the device's own counters outlive a stop, so must these.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { Books } from "./documents.ts";

const Kept = z.object({
  books: Books,
  accepted: z.array(
    z.object({ kind: z.enum(["receipt", "z_report"]), number: z.string(), text: z.string(), answer: z.string() }),
  ),
});
export type Kept = z.infer<typeof Kept>;

/** Null when there is no file, or nothing is kept. Throws for a file that is something else. */
export const readKept = (file: string | null): Kept | null => {
  if (file === null || !existsSync(file)) return null;
  const revive = (_: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && "entriesOfMap" in value
      ? new Map(value.entriesOfMap as [unknown, unknown][])
      : value;
  return Kept.parse(JSON.parse(readFileSync(file, "utf8"), revive));
};

/** In one step: a stop in the middle leaves the file as it was. */
export const keepIn = (file: string | null, kept: Kept): void => {
  if (file === null) return;
  const flatten = (_: string, value: unknown): unknown =>
    value instanceof Map ? { entriesOfMap: [...value.entries()] } : value;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(kept, flatten));
  renameSync(`${file}.new`, file);
};
