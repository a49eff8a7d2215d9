// Every route that takes a body against every body that it must refuse. The cases come from the published schemas; a body
// route without a good body here fails the suite.
import { describe, expect, it } from "vitest";
import {
  brokenFields,
  HOSTILE_TEXTS,
  hugeValues,
  malformed,
  MARKER,
  missingFields,
  monsters,
  notObjects,
  unknownFields,
  type Broken,
} from "./breakage.ts";
import { goodBodies as good } from "./good-bodies.ts";
import { newPhone } from "./harness.ts";
import { BY_PATH_SECRET, BY_STATION, resolve, routes, samplePath } from "./published.ts";
import { JSON_TYPE, LIMIT, useRefusals } from "./refusals.ts";

const others = [...BY_PATH_SECRET, ...BY_STATION];
const validated = routes.filter((route) => route.body && !others.includes(route.name));

const KINDS = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonp",
  "text/json",
  "application/json-patch+json",
  MARKER,
  "*/*",
];
const { app, tokenFor, refuse, unpaid } = useRefusals();

it("every route with a body is gone through", () => {
  expect(validated.map(({ id }) => id).toSorted()).toEqual(Object.keys(good).toSorted());
  expect(validated.length).toBeGreaterThan(5);
});

describe.each(validated)("$name", (route) => {
  const schema = route.body!;
  const bodies = good[route.id] ?? [];
  const first = bodies[0] ?? {};

  const refuseAll = (broken: Broken[], expectPath = true) =>
    unpaid(route, async () => {
      for (const { label, text, path } of broken) {
        const { about, status, code, paths } = await refuse(route, label, text);
        expect([about, status, code]).toEqual([about, 400, "invalid_request"]);
        // What is wrong inside of a list or an object is wrong with the field.
        const places = paths.flatMap((place) => place.split(".").map((_, n, steps) => steps.slice(0, n + 1).join(".")));
        if (expectPath) expect([...paths, ...places], about).toContain(path);
      }
      return broken.length;
    });

  it("takes its good bodies, and they have every field that it knows", async () => {
    for (const [n, body] of bodies.entries()) {
      const { code } = (
        await app().call(route.method, samplePath(route.pattern), {
          json: body,
          token: tokenFor(route),
          headers: { "Idempotency-Key": `good-${n}` },
        })
      ).body;
      expect([
        "malformed_json",
        "invalid_request",
        "unsupported_media_type",
        "payload_too_large",
        "internal",
      ]).not.toContain(code);
    }
    expect([...new Set(bodies.flatMap(Object.keys))].toSorted()).toEqual(
      Object.keys(resolve(schema).properties!).toSorted(),
    );
  });

  it("refuses each field of a wrong type, length, form or range, and names it", () =>
    refuseAll(bodies.flatMap((body) => brokenFields(schema, body))));

  it("refuses a missing field, and names it", async () => {
    const missing = bodies.flatMap((body) => missingFields(schema, body));
    if (missing.length > 0) await refuseAll(missing);
    // Without a source of money the wallet pays; without a station the clock goes on.
    if (!["extendRental", "endRental"].includes(route.id))
      await refuseAll([{ label: "no field", path: (resolve(schema).required ?? Object.keys(first))[0]!, text: "{}" }]);
  });

  it("refuses a field that it does not know, a prototype's among them, without its name", async () => {
    await refuseAll(bodies.flatMap((body) => unknownFields(schema, body)));
    expect(Object.hasOwn(Object.prototype, MARKER) || "isAdmin" in {}).toBe(false);
  });

  it("refuses JSON that is no object", () => refuseAll(notObjects(first)));

  it("refuses what is too deep, too many or beyond all numbers", async () => {
    await refuseAll(monsters(first));
    await refuseAll(bodies.flatMap((body) => hugeValues(schema, body)));
  });

  it("refuses text that no database would take", () =>
    unpaid(route, async () => {
      const fields = bodies.flatMap((body) =>
        Object.keys(body)
          .filter((name) => typeof body[name] === "string")
          .map((name) => ({ body, name })),
      );
      for (const { body, name } of fields) {
        for (const text of HOSTILE_TEXTS) {
          const { about, status } = await refuse(
            route,
            `${name} = ${JSON.stringify(text)}`,
            JSON.stringify({ ...body, [name]: text }),
          );
          expect([400, 401], about).toContain(status);
        }
      }
      return fields.length * HOSTILE_TEXTS.length || 1;
    }));

  it("refuses what is not JSON", () =>
    unpaid(route, async () => {
      const texts = malformed(first);
      for (const text of texts) {
        const { about, status, code } = await refuse(route, JSON.stringify(text.slice(0, 40)), text);
        expect([about, status, code]).toEqual([about, 400, "malformed_json"]);
      }
      return texts.length;
    }));

  it("refuses another content type", () =>
    unpaid(route, async () => {
      for (const type of KINDS) {
        const { about, status, code } = await refuse(route, type, JSON.stringify(first), { "Content-Type": type });
        expect([about, status, code]).toEqual([about, 415, "unsupported_media_type"]);
      }
      const { code } = await refuse(route, "none", new TextEncoder().encode(JSON.stringify(first)), {});
      expect(code).toBe("unsupported_media_type");
      return KINDS.length + 1;
    }));

  it("refuses more than 64 KiB, told beforehand or not", () =>
    unpaid(route, async () => {
      const large = JSON.stringify({ ...first, [MARKER]: "x".repeat(LIMIT) });
      const told = { ...JSON_TYPE, "Content-Length": String(large.length) };
      const sent = [
        await refuse(route, "told", large, told),
        await refuse(route, "untold", large),
        await refuse(route, "a stream", new Blob([large]).stream()),
        await refuse(route, "not JSON either", `${MARKER}${"x".repeat(LIMIT)}`, { "Content-Type": "text/plain" }),
      ];
      for (const { about, status, code } of sent)
        expect([about, status, code]).toEqual([about, 413, "payload_too_large"]);
      return sent.length;
    }));
});

it("takes a body of exactly 64 KiB, and JSON with a charset", async () => {
  const padded = JSON.stringify({ phone: newPhone() }).padEnd(LIMIT, " ");
  const headers = { "Content-Type": "application/json; charset=utf-8" };
  expect((await app().call("POST", "/api/v1/auth/login", { body: padded, headers })).status).toBe(202);
  expect((await app().call("POST", "/api/v1/auth/login", { body: `${padded} `, headers })).status).toBe(413);
});

describe.each(validated.filter(({ body }) => "phone" in (resolve(body!).properties ?? {})))("$name", (route) => {
  it("refuses a landline, a foreign number and what is none", () =>
    unpaid(route, async () => {
      const numbers = [
        "0222123456",
        "+254712345678",
        "0712 345",
        "07123456789",
        "٠٧١٢٣٤٥٦٧٨",
        "0712345678;ext=1",
        MARKER,
      ];
      for (const number of numbers) {
        const { about, status, code } = await refuse(
          route,
          number,
          JSON.stringify({ ...good[route.id]![0], phone: number }),
        );
        expect([about, status, code]).toEqual([about, 400, "phone_invalid"]);
      }
      return numbers.length;
    }));
});
