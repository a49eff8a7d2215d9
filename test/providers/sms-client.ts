// A gateway's simulator as the tests of its client drive it, and what every client does about a gateway that does not answer as it documents.
import { expect, test } from "vitest";
import type { SmsClient, SmsMessage } from "../../src/providers/ports.ts";

export interface Received {
  /** Where the gateway carries such a thing. */
  reference?: string;
  providerReference: string;
  to: string;
  from: string;
  text: string;
}

/** `url` is asked for when the simulator has been started. */
export const driveSms = (url: () => string, text: string) => {
  let numbers = 0;
  return {
    /** A message to a number that no other test of the file uses. */
    sms: (change: Partial<Omit<SmsMessage, "reference">> = {}): SmsMessage => ({
      reference: `msg_${++numbers}`,
      msisdn: `2557${String(numbers).padStart(8, "0")}`,
      text,
      ...change,
    }),
    arm: async (script: Record<string, unknown>): Promise<void> => {
      const response = await fetch(`${url()}/control/arm`, { method: "POST", body: JSON.stringify(script) });
      expect(response.status).toBe(200);
    },
    inbox: async (to: string): Promise<Received[]> => (await fetch(`${url()}/control/messages?to=${to}`)).json(),
  };
};

/** Tests of what no gateway means to answer. */
export const testBadAnswers = (
  { sms, arm, inbox }: ReturnType<typeof driveSms>,
  createClient: (timeoutMs?: number) => SmsClient,
  clientOfNobody: () => SmsClient,
): void => {
  test.each([
    ["error", "http_500"],
    ["bad_gateway", "http_502"],
    ["redirect", "http_307"],
    ["empty", "answer_unreadable"],
    ["html", "answer_unreadable"],
    ["broken_json", "answer_unreadable"],
  ])("%s leaves it unknown whether the message went out", async (answer, reason) => {
    const message = sms();
    await arm({ to: message.msisdn, answer, accept: true });
    expect(await createClient().send(message)).toEqual({ status: "unknown", reason });
    expect(await inbox(message.msisdn)).toHaveLength(1);
  });

  test("too many requests may pass later", async () => {
    const message = sms();
    await arm({ to: message.msisdn, answer: "throttled" });
    expect(await createClient().send(message)).toEqual({ status: "refused", code: "http_429", chance: "later" });
  });

  test("no answer in time is unknown, and the message is sent once", async () => {
    const message = sms();
    await arm({ to: message.msisdn, answer: "hang", accept: true });
    expect(await createClient(200).send(message)).toEqual({ status: "unknown", reason: "timeout" });
    expect(await inbox(message.msisdn)).toHaveLength(1);
  });

  test("a host that nobody answers at is unknown", async () => {
    expect(await clientOfNobody().send(sms())).toEqual({ status: "unknown", reason: "unreachable" });
  });
};
