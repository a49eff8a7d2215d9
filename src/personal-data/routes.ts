import { Hono } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { requireRenter } from "../http/guards.ts";
import { operation } from "../http/openapi.ts";
import { describeError } from "../lib/describe-error.ts";
import type { Log } from "../lib/log.ts";
import { PersonalDataView } from "./schemas.ts";
import { exportPerson } from "./service.ts";

/** Asks for the next piece when the client has taken the last one. The status has gone by then: a failure breaks the transfer off. */
const streamOf = (pieces: AsyncGenerator<string>, log: Log, requestId: string): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        log.write("error", "export", { requestId, ...describeError(error) });
        controller.error(error);
      }
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
};

/** Mounted below /users. */
export const personalData = new Hono<AppEnv>().get(
  "/export",
  operation({
    id: "exportPersonalData",
    summary: "Everything you hold on me, as one file",
    tag: "accounts",
    access: "renter",
    answers: { 200: { description: "Sent while it is read; one that broke off is no JSON", schema: PersonalDataView } },
    problems: ["account_closed"],
  }),
  requireRenter,
  async (c) => {
    const { log } = c.get("deps");
    const pieces = await exportPerson(c.get("deps"), c.get("actor"));
    return c.body(streamOf(pieces, log, c.get("requestId")), 200, {
      "Content-Type": "application/json; charset=utf-8",
      "Content-Disposition": `attachment; filename="chajipoa-${c.get("actor").userId}.json"`,
    });
  },
);
