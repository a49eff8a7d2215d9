// How the two gateways say a keypad's session and a text, and what they make of our answers. Ours are read with the production's own
// schema where there is one, and as strictly as the gateway would read them.
import { smsLength } from "../../src/messages/gsm7.ts";
import { BeemAnswer } from "../../src/ussd/schemas.ts";

export const ussdGateways = ["africastalking", "beem"] as const;
export type UssdGateway = (typeof ussdGateways)[number];

export interface Post {
  body: string;
  contentType: string;
}

export interface Shown {
  text: string;
  isEnd: boolean;
}

export interface Typed {
  sessionId: string;
  msisdn: string;
  /** All of the session, the last one last. */
  inputs: string[];
}

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";
const MOST_SEPTETS = 182;

/** Operators by the prefix of a number, as each gateway names them. */
const NETWORKS: [RegExp, string, string][] = [
  [/^255(74|75|76|79)/, "64004", "vodacom"],
  [/^255(68|69|78)/, "64005", "airtel"],
  [/^255(61|62)/, "64009", "halotel"],
];
const networkOf = (msisdn: string): { code: string; name: string } => {
  const [, code = "64002", name = "tigo"] = NETWORKS.find(([prefix]) => prefix.test(msisdn)) ?? [];
  return { code, name };
};

/** `hungUp`: Beem says so; Africa's Talking says nothing to this address. */
export const writePost = (gateway: UssdGateway, { sessionId, msisdn, inputs }: Typed, hungUp = false): Post => {
  const network = networkOf(msisdn);
  if (gateway === "africastalking") {
    const form = new URLSearchParams({
      sessionId,
      serviceCode: "*149*46#",
      phoneNumber: `+${msisdn}`,
      networkCode: network.code,
      text: inputs.join("*"),
    });
    return { body: form.toString(), contentType: FORM };
  }
  const body = {
    command: hungUp ? "terminate" : inputs.length === 0 ? "initiate" : "continue",
    msisdn,
    session_id: sessionId,
    operator: network.name,
    payload: { request_id: inputs.length, response: inputs.at(-1) ?? 0 },
  };
  return { body: JSON.stringify(body), contentType: JSON_TYPE };
};

/** The screen, or why the gateway shows none. */
export const readAnswer = (
  gateway: UssdGateway,
  { sessionId, msisdn, inputs }: Typed,
  answer: { status: number; contentType: string; body: string },
): Shown | { wrong: string } => {
  if (answer.status < 200 || answer.status > 299) return { wrong: `answered ${answer.status}` };
  const shown = gateway === "beem" ? readBeem({ sessionId, msisdn, inputs }, answer.body) : readPlain(answer.body);
  if ("wrong" in shown) return shown;
  const { units, encoding } = smsLength(shown.text);
  if (encoding !== "gsm7" || units > MOST_SEPTETS) return { wrong: `${units} units of ${encoding}` };
  return shown;
};

const readPlain = (body: string): Shown | { wrong: string } => {
  const [, word, text] = /^(CON|END) ([^]*)$/.exec(body) ?? [];
  return word === undefined || !text ? { wrong: "neither CON nor END" } : { text, isEnd: word === "END" };
};

const readBeem = ({ sessionId, msisdn, inputs }: Typed, body: string): Shown | { wrong: string } => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { wrong: "not JSON" };
  }
  const read = BeemAnswer.safeParse(value);
  if (!read.success) return { wrong: `not its answer: ${read.error.issues[0]!.path.join(".")}` };
  const { command, payload, msisdn: number, session_id } = read.data;
  if (number !== msisdn || session_id !== sessionId) return { wrong: "another session" };
  if (payload.request_id !== inputs.length + 1) return { wrong: "another request_id" };
  return { text: payload.request, isEnd: command === "terminate" };
};

/** What somebody wrote to our number. */
export const writeText = (
  gateway: UssdGateway,
  { id, from, to, text }: Record<"id" | "from" | "to" | "text", string>,
): Post =>
  gateway === "beem"
    ? {
        body: JSON.stringify({
          from,
          to,
          channel: "sms",
          timeUTC: new Date().toISOString(),
          transaction_id: id,
          message: { text },
        }),
        contentType: JSON_TYPE,
      }
    : {
        body: new URLSearchParams({ id, from: `+${from}`, to, text, date: new Date().toISOString() }).toString(),
        contentType: FORM,
      };
