import { z } from "zod";

export const Settings = z.strictObject({
  tin: z.string(),
  certKey: z.string(),
  certSerial: z.string(),
  regId: z.string(),
  uin: z.string(),
  vrn: z.string(),
  name: z.string(),
  receiptCode: z.string(),
  /** Of the codes 1 to 4. */
  taxPercents: z.array(z.number()).length(4),
  /** The last number before this device's first. */
  globalCounter: z.int().min(0),
  username: z.string(),
  password: z.string(),
  tokenSeconds: z.number().positive(),
  /** SPKI, base64. Null: no signature is right. */
  publicKey: z.string().nullable(),
});
export type TraSettings = z.infer<typeof Settings>;

export const defaultTraSettings: TraSettings = {
  tin: "100100100",
  certKey: "10TZ100100",
  certSerial: "4f6c1d2ab93e",
  regId: "TZ0100100100",
  uin: "09VFDWEBAPI-10010010010TZ100100",
  vrn: "40001234A",
  name: "ChajiPoa Ltd",
  receiptCode: "ABC123",
  taxPercents: [18, 0, 0, 0],
  globalCounter: 0,
  username: "baaaaaaaaaaa",
  password: "a<b&c",
  tokenSeconds: 86_399,
  publicKey: null,
};

export const doors = ["register", "token", "receipt", "z_report"] as const;
export type Door = (typeof doors)[number];

export const Arm = z.strictObject({
  on: z.enum(doors),
  answer: z.enum(["error", "hang", "bad_gateway", "empty", "broken", "unauthorized"]).optional(),
  /** Refuses with this code. */
  ackCode: z.int().min(1).max(99).optional(),
  /** With `answer`: it is taken all the same, and only the answer is lost. */
  accept: z.boolean().default(false),
  times: z.int().min(1).max(10_000).default(1),
});
export type Arm = z.infer<typeof Arm>;

export const ACK_MESSAGES: Record<number, string> = {
  0: "Success",
  1: "Invalid Signature",
  3: "Invalid TIN",
  4: "VFD Registration Approval required",
  5: "Unhandled Exception",
  6: "Invalid Serial or Serial not Registered",
  7: "Invalid client header",
  8: "Wrong Certificate used to Register Web API",
};
