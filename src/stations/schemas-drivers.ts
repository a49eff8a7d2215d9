import { z } from "zod";

/** As documented by the vendor; more, less and escaped bodies are taken too, because only the cabinet's name is used. */
export const ChargeNowPush = z
  .looseObject({
    agentAccount: z.string().optional(),
    event: z.string().meta({ example: "BATTERY_IN" }),
    eventData: z.looseObject({ cabinetId: z.string() }),
    timestamp: z.union([z.string(), z.number()]).optional(),
  })
  .meta({ id: "ChargeNowPush" });

export const VolinksMessage = z
  .looseObject({
    topic: z.string().meta({ example: "/powerbank/860602069165357/user/update" }),
    payload: z.string().meta({ description: "The frame, hexadecimal or Base64" }),
  })
  .meta({ id: "VolinksMessage" });

export const BrokerLogin = z
  .looseObject({ username: z.string().max(200), password: z.string().max(200) })
  .meta({ id: "BrokerLogin" });
export const BrokerVerdict = z
  .object({ result: z.enum(["allow", "deny"]), is_superuser: z.literal(false) })
  .meta({ id: "BrokerVerdict" });

export const VolinksAnswer = z
  .object({
    code: z.literal(200),
    type: z.literal(0),
    msg: z.literal("OK"),
    time: z.int(),
    data: z.string().optional().meta({ description: "Of connect: client, product, host, port, user, password, time" }),
  })
  .meta({ id: "VolinksAnswer" });
