import { expect, test } from "bun:test";
import { readWorkerLine } from "../../../dev/up/worker-log.ts";

const wide = (fields: object): string =>
  JSON.stringify({ at: "2026-11-21T09:00:00.000Z", level: "info", environment: "development", ...fields });

test("wrangler's own line of a request, which holds the path secret, is dropped", () => {
  expect(readWorkerLine("[wrangler:info] POST /api/v1/payments/callback/s3cr3t 200 OK (46ms)")).toBe("noise");
});

test("a wide line becomes a sentence and keeps its fields", () => {
  const read = readWorkerLine(
    wide({
      event: "request",
      method: "POST",
      route: "/api/v1/rentals/start",
      status: 202,
      durationMs: 41,
      userId: "usr_1",
    }),
  );
  expect(read).toMatchObject({
    text: "POST /api/v1/rentals/start 202 41\u00a0ms",
    isRoutine: false,
    fields: { userId: "usr_1" },
  });
});

test.each([
  { event: "request", method: "GET", route: "/health/ready", status: 200 },
  { event: "request", method: "OPTIONS", route: "unmatched", status: 204 },
  { event: "job", job: "messages", count: 0 },
  { event: "station_report", verb: "projection", status: "accepted" },
  { event: "station_report", verb: "bank_in", rentalId: null, status: "accepted" },
])("what happens all the time is routine: %o", (fields) => {
  expect(readWorkerLine(wide(fields))).toMatchObject({ isRoutine: true });
});

test("what goes wrong is never routine", () => {
  expect(
    readWorkerLine(wide({ event: "request", method: "GET", route: "/health/ready", status: 500, level: "error" })),
  ).toMatchObject({ isRoutine: false });
});

test("a line that is nobody's is shown as it is", () => {
  expect(readWorkerLine("✘ [ERROR] Build failed with 1 error:")).toBeNull();
  expect(readWorkerLine("{ not json")).toBeNull();
});
