// The wire formats of the two gateways. Neither signs; what they may send besides is ignored.
import { z } from "zod";
import { AppError } from "../errors.ts";
import type { Dialled, LastInput } from "./dialled.ts";

const SessionId = z.string().min(1).max(128);
const PhoneNumber = z.string().min(1).max(32);

/** Africa's Talking: a form with the whole history of inputs, joined by `*`. */
export const AfricasTalkingPost = z.looseObject({
  sessionId: SessionId,
  phoneNumber: PhoneNumber,
  text: z.string().max(1_000).default(""),
});

/** An input may hold a `*` itself; what lies between two is an input, and an empty one is none. */
export const inputsOf = (text: string): string[] => text.split("*").filter((input) => input.trim() !== "");

/** Throws `invalid_request`. */
export const readAfricasTalking = (body: string, requestId: string): Dialled => {
  const read = AfricasTalkingPost.safeParse(Object.fromEntries(new URLSearchParams(body)));
  if (!read.success) throw new AppError("invalid_request");
  const { sessionId, phoneNumber, text } = read.data;
  return { gateway: "africastalking", sessionId, phone: phoneNumber, inputs: inputsOf(text), requestId };
};

/** The body must begin with exactly these. */
export const africasTalkingAnswer = ({ text, isEnd }: { text: string; isEnd: boolean }): string =>
  `${isEnd ? "END" : "CON"} ${text}`;

const text = z.union([z.string(), z.number()]).transform(String);

/** Beem: JSON with the last input alone. */
export const BeemPost = z.looseObject({
  command: z.enum(["initiate", "continue", "terminate"]),
  msisdn: text.pipe(PhoneNumber),
  session_id: text.pipe(SessionId),
  operator: z.string().max(64).default(""),
  payload: z.looseObject({
    request_id: z.coerce.number().int().min(0).max(10_000),
    response: text.pipe(z.string().max(200)).default(""),
  }),
});

export const BeemAnswer = z.object({
  msisdn: z.string(),
  operator: z.string(),
  session_id: z.string(),
  command: z.enum(["continue", "terminate"]),
  payload: z.object({ request_id: z.int(), request: z.string() }),
});

export type BeemCall = z.infer<typeof BeemPost>;

/** Throws `malformed_json`, `invalid_request`. */
export const readBeem = (body: string): BeemCall => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new AppError("malformed_json");
  }
  const read = BeemPost.safeParse(value);
  if (!read.success) throw new AppError("invalid_request");
  return read.data;
};

export const lastInputOf = ({ command, msisdn, session_id, payload }: BeemCall, requestId: string): LastInput => ({
  sessionId: session_id,
  phone: msisdn,
  index: payload.request_id,
  input: command === "initiate" ? null : payload.response,
  isOver: command === "terminate",
  requestId,
});

/** The next input comes under the number that is given here. */
export const beemAnswer = (
  { msisdn, operator, session_id, payload }: BeemCall,
  screen: { text: string; isEnd: boolean },
): z.infer<typeof BeemAnswer> => ({
  msisdn,
  operator,
  session_id,
  command: screen.isEnd ? "terminate" : "continue",
  payload: { request_id: payload.request_id + 1, request: screen.text },
});
