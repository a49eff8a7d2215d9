import { z } from "zod";

/** What people write for people: any letters, no control, invisible or unassigned characters. */
export const plainText = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .regex(/^\P{C}*$/u);
