// Which gateway carries a message. The settings name them in order of preference. The next one is asked only when the one before has
// said that it did not take the message; whoever gave no answer may have taken it, so that message stays with it, and those that follow go to
// the next for a while.
import type { Config } from "../config.ts";
import { type Clock, MINUTE_MS } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { createAfricasTalking, parseAfricasTalkingReport } from "./africastalking.ts";
import { createBeem, parseBeemReport } from "./beem.ts";
import type { Fetch } from "./exchange.ts";
import type { SmsClient, SmsGateway, SmsReport, SmsResult, SmsSender } from "./ports.ts";

/** For so long a gateway comes last that did not answer, or refused for a reason of its own. */
export const REST_MS = 2 * MINUTE_MS;

export interface SmsOptions {
  config: Config;
  clock: Clock;
  log: Log;
  fetch: Fetch;
  timeoutMs?: number;
}

type Refusal = Extract<SmsResult, { status: "refused" }> & { gateway: SmsGateway };

const parsers: Record<SmsGateway, (rawBody: string) => SmsReport | null> = {
  beem: parseBeemReport,
  africastalking: parseAfricasTalkingReport,
};
export const parseSmsReport: SmsSender["parseReport"] = (gateway, rawBody) => parsers[gateway](rawBody);

export const createSms = ({ clock, log, ...options }: SmsOptions): SmsSender => {
  const clients: Record<SmsGateway, SmsClient> = {
    beem: createBeem(options),
    africastalking: createAfricasTalking(options),
  };
  const preferred = options.config.SMS_GATEWAYS;
  const restsUntilMs = new Map<SmsGateway, number>();
  const isAwake = (gateway: SmsGateway) => (restsUntilMs.get(gateway) ?? 0) <= clock.now();
  const rest = (gateway: SmsGateway, reason: string): void => {
    if (isAwake(gateway)) log.write("warn", "alert", { alert: "sms_gateway_rests", gateway, reason });
    restsUntilMs.set(gateway, clock.now() + REST_MS);
  };

  return {
    parseReport: parseSmsReport,
    async send(message) {
      const refusals: Refusal[] = [];
      for (const gateway of [...preferred.filter(isAwake), ...preferred.filter((each) => !isAwake(each))]) {
        const result = await clients[gateway].send(message);
        if (result.status === "accepted") return { ...result, gateway };
        if (result.status === "unknown") {
          rest(gateway, result.reason);
          return { ...result, gateway };
        }
        if (result.chance === "never") return { ...result, gateway };
        rest(gateway, result.code);
        refusals.push({ ...result, gateway });
      }
      return refusals.find(({ chance }) => chance === "later") ?? refusals[0]!;
    },
  };
};
