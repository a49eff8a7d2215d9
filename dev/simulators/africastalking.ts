// Africa's Talking's SMS API as documented: a form goes in, and HTTP 201 comes back whether anybody is written to or not.
// For the stack:
//
//   startAfricasTalkingSimulator(options?: AfricasTalkingOptions): AfricasTalkingSimulator     (synchronous)
//   { url: "http://127.0.0.1:<port>", port, settings: {username, apiKey, senders}, stop(): Promise<void> }
//
// `url` is AFRICASTALKING_URL. The control API is that of sms-gateway.ts; a script may also have `code`, of the recipient, and `message`, for
// an answer without a recipient. Nothing is stored on disk.
import { z } from "zod";
import { systemClock } from "../../src/lib/clock.ts";
import { isNumber, MessagingForm, statusWords, writeAfricasTalkingReport } from "./africastalking-wire.ts";
import { ArmBase, createGateway, type GatewayOptions } from "./sms-gateway.ts";
import { htmlAnswer, spoil } from "./spoilt-answers.ts";

export interface AfricasTalkingSettings {
  username: string;
  apiKey: string;
  /** Registered sender names. */
  senders: string[];
}

export const defaultAfricasTalkingSettings: AfricasTalkingSettings = {
  username: "chajipoa",
  apiKey: "simulated-africastalking-key",
  senders: ["CHAJIPOA"],
};

const pickAfricasTalkingSettings = (given: Partial<AfricasTalkingSettings>): AfricasTalkingSettings => ({
  username: given.username ?? defaultAfricasTalkingSettings.username,
  apiKey: given.apiKey ?? defaultAfricasTalkingSettings.apiKey,
  senders: given.senders ?? defaultAfricasTalkingSettings.senders,
});

export interface AfricasTalkingOptions extends Partial<AfricasTalkingSettings>, GatewayOptions {}

export interface AfricasTalkingSimulator {
  url: string;
  port: number;
  settings: AfricasTalkingSettings;
  stop(): Promise<void>;
}

const Arm = ArmBase.extend({
  code: z.int().min(100).max(999).optional(),
  /** The whole answer, without a recipient. */
  message: z.string().optional(),
});

const COST = "TZS 22.0000";
const plain = (status: number, text: string): Response =>
  new Response(text, { status, headers: { "content-type": "text/plain" } });

const answerWith = (Message: string, Recipients: Record<string, unknown>[]): Response =>
  Response.json({ SMSMessageData: { Message, Recipients } }, { status: 201 });

export const startAfricasTalkingSimulator = (options: AfricasTalkingOptions = {}): AfricasTalkingSimulator => {
  const { port = 0, clock = systemClock } = options;
  const settings: AfricasTalkingSettings = pickAfricasTalkingSettings(options);
  const gateway = createGateway(
    { name: "africastalking", arm: Arm, writeReport: writeAfricasTalkingReport, deliveredWord: "Success" },
    clock,
    options,
  );

  const recipientOf = (number: string, code: number, messageId: string | null) => ({
    statusCode: code,
    number,
    status: statusWords[code] ?? "Unknown",
    cost: messageId === null ? "0" : COST,
    messageId: messageId ?? "None",
    ...(messageId === null ? {} : { messageParts: 1 }),
  });

  const send = async (request: Request): Promise<Response> => {
    gateway.counted();
    if (request.headers.get("apiKey") !== settings.apiKey) return plain(401, "The supplied authentication is invalid");
    if (!/^application\/x-www-form-urlencoded\b/.test(request.headers.get("content-type") ?? ""))
      return plain(415, "The request's Content-Type is not supported");
    const read = MessagingForm.safeParse(Object.fromEntries(new URLSearchParams(await request.text())));
    if (!read.success)
      return plain(400, `Request is missing required form field '${read.error.issues[0]!.path.join(".")}'`);
    const { username, to, message, from } = read.data;
    if (username !== settings.username) return plain(401, "The supplied authentication is invalid");
    const number = to.replace(/^\+/, "");
    const arm = gateway.take([{ to: number }]);
    const spoilt = { url: request.url, cut: '{"SMSMessageData":{"Mess', stopped: gateway.stopped };
    if (arm?.answer && !arm.accept) return spoil(arm.answer, spoilt);
    if (arm?.message !== undefined) return answerWith(arm.message, []);
    const code = arm?.code ?? 101;
    const isTaken = code >= 100 && code <= 102;
    if (!isTaken) return answerWith("Sent to 0/1", [recipientOf(to, code, null)]);
    if (from !== undefined && !settings.senders.includes(from)) return answerWith("InvalidSenderId", []);
    if (!isNumber(to)) return answerWith("InvalidPhoneNumber", []);

    const messageId = `ATPid_${crypto.randomUUID().replaceAll("-", "")}`;
    const sms = { to: number, from: from ?? "AFRICASTKNG", text: message, reference: null };
    gateway.keep({ ...sms, providerReference: messageId }, arm);
    if (arm?.answer) return spoil(arm.answer, spoilt);
    return answerWith(`Sent to 1/1 Total Cost: ${COST}`, [recipientOf(to, code, messageId)]);
  };

  const serve = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST" && pathname === "/version1/messaging") return send(request);
    return (await gateway.control(request)) ?? htmlAnswer(404);
  };

  const server = Bun.serve({ port, hostname: "127.0.0.1", idleTimeout: 0, fetch: serve });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port ?? port,
    settings,
    stop: async () => {
      gateway.stop();
      await server.stop(true);
    },
  };
};
