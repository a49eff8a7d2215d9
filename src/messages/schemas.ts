import { z } from "zod";
import { isoTime } from "../lib/clock.ts";
import { idPattern } from "../lib/ids.ts";
import type { Id } from "../lib/ids.ts";
import { smsGateways } from "../providers/ports.ts";
import type { StaffMessage } from "./service.ts";

const idOf = <P extends "msg" | "usr">(prefix: P) =>
  z
    .string()
    .regex(idPattern(prefix))
    .transform((text) => text as Id<P>);

export const MessageParam = z.strictObject({ id: idOf("msg") });
export const MessagesQuery = z.strictObject({
  userId: idOf("usr").optional().meta({ description: "Everything that was written to this person" }),
  trouble: z
    .enum(["any", "unknown", "failed", "undelivered"])
    .default("any")
    .meta({ description: "Without a person: what did not arrive, as far as anybody knows" }),
  cursor: idOf("msg").optional(),
  limit: z
    .string()
    .regex(/^[1-9][0-9]?$/)
    .default("20")
    .transform(Number)
    .pipe(z.int().max(50)),
});

export const Resend = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(3)
      .max(500)
      .regex(/^\P{C}*$/u)
      .meta({ description: "For the audit log" }),
  })
  .meta({ id: "MessageResend" });
export const ResentView = z.object({ messageId: z.string().regex(idPattern("msg")) }).meta({ id: "ResentMessage" });

const time = z.iso.datetime();
export const StaffMessageView = z
  .object({
    id: z.string().regex(idPattern("msg")),
    userId: z.string().regex(idPattern("usr")),
    template: z.string(),
    text: z.string().nullable().meta({ description: "As its reader gets it" }),
    state: z
      .enum(["queued", "sending", "sent", "failed", "unknown", "skipped"])
      .meta({ description: "`unknown`: handed over, and nobody knows whether it went out" }),
    error: z.string().nullable().meta({ description: "The gateway's code, or why it was not sent" }),
    attempts: z.int(),
    gateway: z.enum(smsGateways).nullable(),
    gatewayReference: z.string().nullable(),
    delivery: z.enum(["pending", "delivered", "failed"]).nullable().meta({ description: "As the gateway reports it" }),
    deliveryReason: z.string().nullable(),
    createdAt: time,
    sentAt: time.nullable(),
    deliveryAt: time.nullable(),
    resentAs: z.string().nullable(),
  })
  .meta({ id: "StaffMessage" });
export const StaffMessagePage = z
  .object({ items: z.array(StaffMessageView), nextCursor: z.string().nullable() })
  .meta({ id: "StaffMessagePage" });

const iso = (text: string | null): string | null => (text === null ? null : isoTime(Date.parse(text)));

export const staffMessageView = (message: StaffMessage): z.infer<typeof StaffMessageView> => ({
  id: message.id,
  userId: message.userId,
  template: message.template,
  text: message.text,
  state: message.state,
  error: message.lastError,
  attempts: message.attempts,
  gateway: message.provider,
  gatewayReference: message.providerReference,
  delivery: message.delivery,
  deliveryReason: message.deliveryReason,
  createdAt: iso(message.createdAt)!,
  sentAt: iso(message.sentAt),
  deliveryAt: iso(message.deliveryAt),
  resentAs: message.resentAs,
});

/** For the document alone: what the gateways say that they send. It is read liberally. */
export const BeemReport = z
  .looseObject({
    request_id: z.int().meta({ example: 35_918_915 }),
    recipient_id: z.string().meta({ description: "Our own id of the message" }),
    dest_addr: z.string().meta({ example: "255700000001" }),
    Status: z.string().meta({ example: "delivered" }),
  })
  .meta({ id: "BeemDeliveryReport" });
export const AfricasTalkingReport = z
  .looseObject({
    id: z.string().meta({ example: "ATPid_SampleTxnId123" }),
    status: z.string().meta({ example: "Success" }),
    phoneNumber: z.string(),
    networkCode: z.string(),
    retryCount: z.string(),
    failureReason: z.string(),
  })
  .partial({ networkCode: true, retryCount: true, failureReason: true })
  .meta({ id: "AfricasTalkingDeliveryReport" });
