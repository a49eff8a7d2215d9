// Bodies of those who prove themselves otherwise than people do: AzamPay's callbacks and the events of stations.
import { describe, expect, it } from "vitest";
import { makeStation } from "../durable-objects/harness.ts";
import { sql } from "../support/control.ts";
import { signStationToken } from "../support/station-client.ts";
import { CALLBACK_SECRET } from "../support/test-env.ts";
import { rowsWritten } from "../support/written-rows.ts";
import { malformed, MARKER, notObjects } from "./breakage.ts";
import { routes } from "./published.ts";
import { JSON_TYPE, LIMIT, useRefusals } from "./refusals.ts";

const { app, refuse, unpaid } = useRefusals();

describe("POST /api/v1/payments/callback/:secret", () => {
  const route = routes.find(({ id }) => id === "azampayCallbackBySecret")!;
  const path = route.pattern.replace(":secret", CALLBACK_SECRET);

  it("stores what it cannot read, once and sealed, and believes nothing of it", async () => {
    const fine = { utilityref: "0".repeat(26), transactionstatus: "success", amount: "5000", reference: "r" };
    const texts = [
      ...malformed(fine),
      ...notObjects(fine).map(({ text }) => text),
      JSON.stringify({ ...fine, amount: null }),
      `{"__proto__":{"${MARKER}":1}}`,
    ];
    const post = async () => {
      for (const body of texts) {
        app().rawLines.length = 0;
        const answer = await app().call("POST", path, { body, headers: JSON_TYPE });
        expect([body.slice(0, 40), answer.status]).toEqual([body.slice(0, 40), 200]);
        expect(answer.text + JSON.stringify([...answer.headers]) + app().rawLines.join("\n")).not.toContain(MARKER);
      }
    };
    expect(Object.keys((await rowsWritten(post)).byTable)).toEqual(["payment_callbacks"]);
    expect((await rowsWritten(post)).byTable).toEqual({});
    const kept = await sql<{ outcome: string; payment_id: string | null }>("select * from payment_callbacks");
    expect(kept).toHaveLength(new Set(texts).size);
    expect(JSON.stringify(kept)).not.toContain(MARKER);
    expect(kept.every((row) => row.payment_id === null)).toBe(true);
  });

  it("refuses more than 64 KiB and keeps nothing of it", () =>
    unpaid(route, async () => {
      const { about, status, code } = await refuse(
        route,
        "large",
        `{"${MARKER}":"${"x".repeat(LIMIT)}"}`,
        JSON_TYPE,
        path,
      );
      expect([about, status, code]).toEqual([about, 413, "payload_too_large"]);
      return 1;
    }));
});

it("POST /api/v1/stations/:id/events refuses a body that is no batch, whoever sends it", async () => {
  const route = routes.find(({ id }) => id === "postStationEvents")!;
  const station = await makeStation();
  const path = route.pattern.replace(":id", station.stationId);
  const fine = { events: [{ type: "heartbeat" }] };
  await unpaid(route, async () => {
    const invalid = [
      ...notObjects(fine).map(({ text }) => text),
      "{}",
      `{"events":[]}`,
      `{"events":"${MARKER}"}`,
      JSON.stringify({ events: Array(201).fill(null) }),
    ];
    const cases: [string, number, string][] = [
      ...malformed(fine).map((text): [string, number, string] => [text, 400, "malformed_json"]),
      ...invalid.map((text): [string, number, string] => [text, 400, "invalid_request"]),
      [`{"${MARKER}":"${"x".repeat(LIMIT)}"}`, 413, "payload_too_large"],
    ];
    for (const [text, expectedStatus, expectedCode] of cases) {
      const token = await signStationToken(station.key, station.stationId, station.clock.now());
      const { about, status, code } = await refuse(
        route,
        JSON.stringify(text.slice(0, 40)),
        text,
        { ...JSON_TYPE, Authorization: `Bearer ${token}` },
        path,
      );
      expect([about, status, code]).toEqual([about, expectedStatus, expectedCode]);
    }
    return cases.length;
  });
  expect(await station.rows("select count(*) as n from events")).toEqual([{ n: 0 }]);
});
