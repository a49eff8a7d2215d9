// What a gateway says became of a message. A report is no proof of anything but delivery: it never makes a message go out, and the number in
// it is not kept.
import type { Dependencies } from "../deps.ts";
import { idPattern } from "../lib/ids.ts";
import type { SmsGateway } from "../providers/ports.ts";
import { storeReport } from "./repository.ts";

/** Stores one report; the same again changes nothing. What cannot be read is told to us and not to the gateway, which would only repeat it. */
export const takeReport = async (deps: Dependencies, gateway: SmsGateway, rawBody: string): Promise<void> => {
  const report = deps.sms.parseReport(gateway, rawBody);
  if (!report) {
    deps.log.write("warn", "alert", { alert: "sms_report_unreadable", gateway });
    return;
  }
  const { reference, ...said } = report;
  const { status, messageId } = await storeReport(
    deps.db,
    {
      ...said,
      provider: gateway,
      messageId: reference !== null && idPattern("msg").test(reference) ? reference : null,
      resolves: deps.config.SMS_UNKNOWN === "report",
    },
    deps.clock.now(),
  );
  if (status === "stored" && said.outcome === "failed")
    deps.log.write("warn", "message", { messageId, result: "undelivered", gateway, error: said.statusWord });
};
