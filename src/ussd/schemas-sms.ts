// Texts that people send to our number, as each gateway posts them. Neither signs; what they may send besides is ignored.
import { z } from "zod";
import { AppError } from "../errors.ts";
import { sha256Hex } from "../lib/crypto.ts";
import type { InboundText } from "./service.ts";

const text = z.union([z.string(), z.number()]).transform(String);
const Phone = text.pipe(z.string().min(1).max(32));
const TextId = text.pipe(z.string().min(1).max(128));
const Body = z.string().max(2_000);

/** Africa's Talking: a form. */
export const AfricasTalkingText = z
  .looseObject({
    id: TextId,
    from: Phone,
    text: Body.default(""),
    to: z.string().optional(),
    date: z.string().optional(),
  })
  .meta({ id: "AfricasTalkingText" });

/** Beem: JSON. Older accounts post the text as a string. */
export const BeemText = z
  .looseObject({
    from: Phone,
    transaction_id: TextId.optional(),
    timeUTC: z.string().optional(),
    message: z.union([z.looseObject({ text: Body }), Body]),
  })
  .meta({ id: "BeemText" });

/** Throws `invalid_request`. */
export const readAfricasTalkingText = (body: string, requestId: string): InboundText => {
  const read = AfricasTalkingText.safeParse(Object.fromEntries(new URLSearchParams(body)));
  if (!read.success) throw new AppError("invalid_request");
  return { gateway: "africastalking", id: read.data.id, phone: read.data.from, text: read.data.text, requestId };
};

/** Throws `malformed_json`, `invalid_request`. A text without a name is named by its bytes. */
export const readBeemText = async (body: string, requestId: string): Promise<InboundText> => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new AppError("malformed_json");
  }
  const read = BeemText.safeParse(value);
  if (!read.success) throw new AppError("invalid_request");
  const { from, message, transaction_id: id = await sha256Hex(body) } = read.data;
  return { gateway: "beem", id, phone: from, text: typeof message === "string" ? message : message.text, requestId };
};
