import { z } from "zod";

/** Codes of one recipient and the words that stand beside them. */
export const statusWords: Record<number, string> = {
  100: "Processed",
  101: "Success",
  102: "Queued",
  401: "RiskHold",
  402: "InvalidSenderId",
  403: "InvalidPhoneNumber",
  404: "UnsupportedNumberType",
  405: "InsufficientBalance",
  406: "UserInBlacklist",
  407: "CouldNotRoute",
  409: "DoNotDisturbRejection",
  500: "InternalServerError",
  501: "GatewayError",
  502: "RejectedByGateway",
};

/** One number each: nobody here sends to many at once. */
export const MessagingForm = z.strictObject({
  username: z.string().min(1),
  to: z.string().min(1),
  message: z.string().min(1),
  from: z.string().min(1).max(11).optional(),
  bulkSMSMode: z.literal("1"),
  enqueue: z.enum(["0", "1"]).optional(),
});

export const isNumber = (to: string): boolean => /^\+255\d{9}$/.test(to);

export const writeAfricasTalkingReport = (
  { providerReference, to }: { providerReference: string; to: string },
  status: string,
  failureReason?: string,
): { contentType: string; body: string } => ({
  contentType: "application/x-www-form-urlencoded",
  body: new URLSearchParams({
    id: providerReference,
    status,
    phoneNumber: `+${to}`,
    networkCode: "64004",
    retryCount: "0",
    ...(failureReason === undefined ? {} : { failureReason }),
  }).toString(),
});
