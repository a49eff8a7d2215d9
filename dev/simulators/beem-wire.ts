import { z } from "zod";

/** Beem's documented answers by code; their table has no text for 106, so that one is in our words. */
export const codeMessages: Record<number, string> = {
  100: "Message Submitted Successfully",
  101: "Invalid phone number",
  102: "Insufficient balance",
  103: "Network timeout",
  104: "Please provide all required parameters",
  105: "Account not found",
  106: "No route mapping to your account",
  107: "No authorization headers",
  108: "Invalid token",
  109: "Invalid Message",
  110: "Plain text only, unicode is not supported",
  111: "Invalid Sender ID",
  112: "Schedule time is in the past",
  113: "Invalid request format",
  114: "Recipients exceed the limit of 1000",
  115: "Destination Number is Missing",
  116: "Missing/Invalid Reference Id",
  117: "Invalid Scheduled Time",
  118: "Missing encoding type",
  119: "Missing recipient(s) tag",
  120: "Invalid Authentication Parameters",
};

const Recipient = z.strictObject({
  recipient_id: z.union([z.string().min(1), z.int()]),
  /** `255…`, without a plus sign. */
  dest_addr: z.string().regex(/^255\d{9}$/),
});

export const SendRequest = z.strictObject({
  source_addr: z.string().regex(/^[A-Za-z0-9 ]{1,11}$/),
  encoding: z.literal(0),
  schedule_time: z.union([z.literal(""), z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/)]),
  message: z.string().min(1),
  recipients: z.array(Recipient).min(1).max(1_000),
});
export type SendRequest = z.infer<typeof SendRequest>;

// The basic set and its extension table; an SMS with any other character is not plain GSM-7.
const GSM7 = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;

const codeOfField: Record<string, number> = {
  source_addr: 111,
  encoding: 118,
  schedule_time: 117,
  message: 109,
};

/** The code by which Beem refuses this body, or null when it is in order. `nowMs` is for the schedule. */
export const rejectionOf = (body: unknown, senders: readonly string[], nowMs: number): number | null => {
  const read = SendRequest.safeParse(body);
  if (!read.success) return codeOf(read.error.issues[0]!, body);
  const { data } = read;
  if (!senders.includes(data.source_addr)) return 111;
  if (!GSM7.test(data.message)) return 110;
  if (data.schedule_time && Date.parse(`${data.schedule_time.replace(" ", "T")}:00Z`) < nowMs) return 112;
  return null;
};

const codeOf = (issue: z.core.$ZodIssue, body: unknown): number => {
  const [field, index, member] = issue.path;
  if (field === undefined || issue.code === "unrecognized_keys") return 113;
  const value =
    typeof body === "object" && body !== null ? (body as Record<string, unknown>)[String(field)] : undefined;
  if (field !== "recipients") {
    if (value === undefined && field !== "encoding") return 104;
    return codeOfField[String(field)] ?? 113;
  }
  if (!Array.isArray(value) || value.length === 0) return 119;
  if (value.length > 1_000) return 114;
  if (member === "recipient_id") return 116;
  const recipient: unknown = value[Number(index)];
  const isMissing = typeof recipient !== "object" || recipient === null || !("dest_addr" in recipient);
  return isMissing ? 115 : 101;
};

/** As their own sample reads it: JSON, `Status` with a capital letter. */
export const writeBeemReport = (
  { providerReference, reference, to }: { providerReference: string; reference: string | null; to: string },
  status: string,
): { contentType: string; body: string } => ({
  contentType: "application/json",
  body: JSON.stringify({
    request_id: Number(providerReference),
    recipient_id: reference,
    dest_addr: to,
    Status: status,
  }),
});
