import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern, type Id } from "../lib/ids.ts";
import type { SessionPage } from "./sessions.ts";

const sessionId = z
  .string()
  .regex(idPattern("ses"))
  .transform((text) => text as Id<"ses">);

export const SessionParam = z.strictObject({ id: sessionId });
export const SessionsQuery = z.strictObject({
  cursor: sessionId.optional(),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});

export const SessionListView = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        device: z.string().nullable().meta({ description: "What it called itself", example: "Chrome · Android" }),
        isCurrent: z.boolean().meta({ description: "The one that asks" }),
        createdAt: z.iso.datetime(),
        lastUsedAt: z.iso.datetime().meta({ description: "When its refresh token was last exchanged" }),
        expiresAt: z.iso.datetime(),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: "SessionPage" });

export const sessionsView = ({ items, nextCursor }: SessionPage): z.infer<typeof SessionListView> => ({
  items: items.map(({ id, device, isCurrent, createdAt, rotatedAt, expiresAt }) => ({
    id,
    device,
    isCurrent,
    createdAt: isoTime(createdAt.getTime()),
    lastUsedAt: isoTime(rotatedAt.getTime()),
    expiresAt: isoTime(expiresAt.getTime()),
  })),
  nextCursor,
});
