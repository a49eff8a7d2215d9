// The published document says what the application does: the same routes, the same codes, nothing else.
import { describe, expect, it } from "vitest";
import { catalogue, type ErrorCode } from "../../src/errors.ts";
import { errorDetails } from "../../src/error-details.ts";
import { locales } from "../../src/lib/i18n.ts";
import { startApp } from "./harness.ts";
import {
  ANYWHERE,
  BY_PATH_SECRET,
  BY_STATION,
  BY_TICKET,
  GUARDED,
  mountedRoutes,
  PUBLIC,
  published,
  resolve,
  routes,
  WITHOUT_A_ROUTE,
} from "./published.ts";

const codes = Object.keys(catalogue) as ErrorCode[];

describe("the published document", () => {
  it("has every route of the application, and no other", () => {
    expect(routes.map(({ name }) => name).toSorted()).toEqual(mountedRoutes(startApp().app).toSorted());
  });

  it("names each operation once, in camelCase, with a summary and a known tag", () => {
    const ids = routes.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    for (const { id, name, operation } of routes) {
      expect(id, name).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary.length, name).toBeGreaterThan(5);
      const { tags } = operation as unknown as { tags: string[] };
      expect(
        published.tags.map((tag) => tag.name),
        name,
      ).toEqual(expect.arrayContaining(tags));
      expect(tags, name).toHaveLength(1);
    }
  });

  it("has no tag without a route", () => {
    const used = new Set(routes.flatMap(({ operation }) => (operation as unknown as { tags: string[] }).tags));
    expect(published.tags.map((tag) => tag.name).filter((tag) => !used.has(tag))).toEqual([]);
  });

  it("describes every parameter of a path, and none that is not in it", () => {
    for (const { name, pattern, parameters } of routes) {
      const inPath = [...pattern.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter);
      const described = parameters.filter((parameter) => parameter.in === "path");
      expect([name, described.map((parameter) => parameter.name)]).toEqual([name, inPath]);
      for (const parameter of described)
        expect([name, parameter.required, resolve(parameter.schema).type]).toEqual([name, true, "string"]);
    }
  });

  it("leaves no reference open", () => {
    const references = [...JSON.stringify(published).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(20);
    const open = references.filter(
      (reference) => !Object.hasOwn(published.components.schemas, reference.replace("#/components/schemas/", "")),
    );
    expect(open).toEqual([]);
  });

  it("asks for an access token where a route is guarded, for a station's where its object asks, and nowhere else", () => {
    const byProof = (proof: string | null) =>
      routes
        .filter((route) => route.proof === proof)
        .map(({ name }) => name)
        .toSorted();
    expect(byProof("accessToken")).toEqual(GUARDED.toSorted());
    expect(byProof("stationToken")).toEqual(BY_STATION.toSorted());
    expect(byProof(null)).toEqual([...PUBLIC, ...BY_PATH_SECRET, ...BY_TICKET].toSorted());
    expect(Object.keys(published.components.securitySchemes)).toEqual(["accessToken", "stationToken"]);
  });

  it("has a body for every POST, PUT and PATCH that reads one, and for nothing else", () => {
    const unread = ["cancelRental", "createLiveTicket", "logout", "logoutAll"];
    const changing = ["POST", "PUT", "PATCH"];
    for (const { id, method, operation } of routes)
      expect([id, operation.requestBody !== undefined]).toEqual([
        id,
        changing.includes(method) && !unread.includes(id),
      ]);
  });
});

describe("the error catalogue and the document", () => {
  it("know the same codes", () => {
    expect(published.components.schemas["Problem"]?.properties?.["code"]?.enum).toEqual(codes);
    for (const { name, codes: listed } of routes) {
      expect([name, [...listed].filter((code) => !Object.hasOwn(catalogue, code))]).toEqual([name, []]);
    }
  });

  it("list every code at a route that answers it, but for those that any request may get", () => {
    const listed = new Set(routes.flatMap((route) => [...route.codes]));
    expect(codes.filter((code) => !listed.has(code) && !ANYWHERE.has(code)).toSorted()).toEqual(
      WITHOUT_A_ROUTE.toSorted(),
    );
  });

  it("give a code the same status, and describe it", () => {
    for (const { name, problems, operation } of routes) {
      for (const { status, codes: listed } of problems) {
        for (const code of listed) {
          expect([name, code, catalogue[code].status]).toEqual([name, code, status]);
          expect(operation.responses[status]?.description).toContain(`\`${code}\``);
        }
      }
    }
  });

  it("expect a way to fail on our side, and a success, of every route", () => {
    for (const { name, codes: listed, operation } of routes) {
      expect([name, listed.has("internal"), listed.has("unavailable")]).toEqual([name, true, true]);
      expect(
        Object.keys(operation.responses).some((status) => Number(status) < 300),
        name,
      ).toBe(true);
    }
  });

  it.each(codes)("explain %s to a person in each language", (code) => {
    expect(Object.keys(errorDetails[code]).toSorted()).toEqual([...locales].toSorted());
    for (const locale of locales) expect(errorDetails[code][locale].trim().length).toBeGreaterThan(5);
  });
});
