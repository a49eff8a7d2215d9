// The tax authority's simulator refuses what the authority would: each rule is broken once, by a device that signs rightly.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTraSimulator, type TraSimulator } from "../../dev/simulators/tra.ts";
import { toBase64, utf8 } from "../../src/lib/bytes.ts";
import { MINUTE_MS } from "../../src/lib/clock.ts";
import type { FiscalReceipt, FiscalRegistration } from "../../src/providers/ports.ts";
import { createFiscalAuthority } from "../../src/providers/fiscal.ts";
import { documentElement } from "../../src/providers/fiscal-wire.ts";

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-1" };
const pair = await crypto.subtle.generateKey(
  { ...algorithm, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  true,
  ["sign", "verify"],
);
const privateKey = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
const publicKey = toBase64(new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey)));

let simulator: TraSimulator;
let registration: FiscalRegistration;
let token: string;

const authority = (
  change: { certSerial?: string; tin?: string; certKey?: string; privateKey?: Uint8Array<ArrayBuffer> } = {},
) =>
  createFiscalAuthority(
    {
      url: simulator.url,
      verifyUrl: "https://verify.tra.go.tz/",
      tin: "100100100",
      certKey: "10TZ100100",
      certSerial: "4f6c1d2ab93e",
      privateKey,
      taxCodes: {},
      ...change,
    },
    fetch,
    5_000,
  );

beforeEach(async () => {
  simulator = startTraSimulator({ publicKey, globalCounter: 386 });
  await control("POST", "/clock", { setMs: Date.parse("2026-11-20T07:15:30Z") });
  const registered = await authority().register();
  if (registered.status !== "registered") throw new Error(registered.reason);
  ({ registration } = registered);
  const granted = await authority().requestToken(registered.credentials);
  if (granted.status !== "granted") throw new Error(granted.reason);
  token = granted.accessToken;
});

afterEach(() => simulator.stop());

const control = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
  (await (
    await fetch(`${simulator.url}/control${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  ).json()) as T;
const problems = async (): Promise<string[]> =>
  (await control<{ problems: string[] }[]>("GET", "/attempts")).at(-1)!.problems;

const receipt = (change: Partial<FiscalReceipt> = {}): FiscalReceipt => ({
  kind: "receipt",
  day: "2026-11-20",
  time: "10:15:30",
  registration,
  globalCounter: 387,
  dailyCounter: 1,
  items: [{ description: "Power bank rental", quantity: 1, taxCode: 1, amountTzs: 1_000 }],
  totalTzs: 1_000,
  vat: [{ taxCode: 1, percent: 18, netCents: 84_746, taxCents: 15_254 }],
  ...change,
});

/** Signs `element` as it is and sends it. */
const post = async (element: string, change: { headers?: Record<string, string>; number?: string } = {}) => {
  const signature = toBase64(new Uint8Array(await crypto.subtle.sign(algorithm.name, pair.privateKey, utf8(element))));
  return postSigned(element, signature, change.headers);
};
const postSigned = async (element: string, signature: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${simulator.url}/api/efdmsRctInfo`, {
    method: "POST",
    headers: {
      "Content-Type": "application/xml",
      "Cert-Serial": btoa("4f6c1d2ab93e"),
      "Routing-Key": "vfdrct",
      Authorization: `bearer ${token}`,
      ...headers,
    },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<EFDMS>${element}<EFDMSSIGNATURE>${signature}</EFDMSSIGNATURE></EFDMS>`,
  });
  const text = await response.text();
  return { status: response.status, ackCode: /<ACKCODE>(\d+)<\/ACKCODE>/.exec(text)?.[1] ?? null, text };
};
const good = () => documentElement(receipt());

describe("the tax authority", () => {
  test("takes a right receipt, and answers the same bytes alike", async () => {
    const first = await post(good());
    expect([first.status, first.ackCode]).toEqual([200, "0"]);
    expect(await post(good())).toEqual(first);
    expect(await problems()).toEqual(["resent"]);
    expect(await control<unknown[]>("GET", "/documents")).toHaveLength(1);
  });

  test("knows after a stop what it took, answers it alike, and goes on counting from there", async () => {
    const folder = await mkdtemp(join(tmpdir(), "chajipoa-tra-"));
    const begin = async () => {
      await simulator.stop();
      simulator = startTraSimulator({ publicKey, globalCounter: 386, stateFile: join(folder, "kept/tra.json") });
      await control("POST", "/clock", { setMs: Date.parse("2026-11-20T07:15:30Z") });
      const registered = await authority().register();
      if (registered.status !== "registered") throw new Error(registered.reason);
      const granted = await authority().requestToken(registered.credentials);
      if (granted.status === "granted") token = granted.accessToken;
    };
    try {
      await begin();
      const first = await post(good());
      await begin();
      expect(await post(good())).toEqual(first);
      expect((await post(good().replace("10:15:30", "10:15:31"))).ackCode).toBe("5");
      expect((await post(documentElement(receipt({ globalCounter: 388, dailyCounter: 2 })))).ackCode).toBe("0");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("refuses other bytes under a number that was taken", async () => {
    await post(good());
    const second = await post(good().replace("10:15:30", "10:15:31"));
    expect(second.ackCode).toBe("5");
    expect(await problems()).toContain("changed_after_accepted");
  });

  test.each<[string, Partial<FiscalReceipt>, string]>([
    ["a gap", { globalCounter: 388 }, "gc_gap"],
    ["a number of before", { globalCounter: 386 }, "gc_repeated"],
    ["a wrong daily counter", { dailyCounter: 2 }, "dc"],
    ["a time in the future", { time: "10:17:00" }, "moment_in_the_future"],
    ["a wrong total", { totalTzs: 1_001 }, "totals"],
    ["a wrong tax", { vat: [{ taxCode: 1, percent: 18, netCents: 84_700, taxCents: 15_300 }] }, "vat"],
    ["no item", { items: [], totalTzs: 0, vat: [] }, "no_items"],
  ])("refuses %s", async (_, change, problem) => {
    expect((await post(documentElement(receipt(change)))).ackCode).toBe("5");
    expect(await problems()).toContain(problem);
  });

  test.each([
    ["another code of verification", "<RCTVNUM>ABC123387", "<RCTVNUM>ABC124387", "5", "rctvnum"],
    ["a day that is not its Z number", "<ZNUM>20261120", "<ZNUM>20261119", "5", "znum"],
    ["a customer without a kind", "<CUSTIDTYPE>6", "<CUSTIDTYPE>1", "5", "customer"],
    [
      "another order of elements",
      "<ID>1</ID><DESC>Power bank rental</DESC>",
      "<DESC>Power bank rental</DESC><ID>1</ID>",
      "5",
      "shape_of_item",
    ],
    ["another taxpayer", "<TIN>100100100", "<TIN>100100101", "3", "tin"],
    ["another device", "<EFDSERIAL>10TZ100100", "<EFDSERIAL>10TZ100101", "6", "serial"],
  ])("refuses %s", async (_, from, to, ackCode, problem) => {
    expect((await post(good().replace(from, to))).ackCode).toBe(ackCode);
    expect(await problems()).toContain(problem);
  });

  test("answers 500 with an Error to whitespace between elements, and to what is no XML", async () => {
    for (const element of [good().replace("<TIN>", "\n<TIN>"), good().replace("</RCT>", ""), "<RCT>&nbsp;</RCT>"]) {
      const answer = await post(element);
      expect(answer.status).toBe(500);
      expect(answer.text).toContain("<Error><Message>");
    }
  });

  test("checks the signature over the exact bytes", async () => {
    const element = good();
    const other = toBase64(
      new Uint8Array(await crypto.subtle.sign(algorithm.name, pair.privateKey, utf8(`${element} `))),
    );
    expect((await postSigned(element, other)).ackCode).toBe("1");
    expect((await postSigned(element, "bm90IG9uZQ==")).ackCode).toBe("1");
  });

  test("checks certificate, token and route", async () => {
    expect((await post(good(), { headers: { "Cert-Serial": btoa("other") } })).ackCode).toBe("8");
    expect((await post(good(), { headers: { "Routing-Key": "vfdzreport" } })).ackCode).toBe("5");
    expect((await post(good(), { headers: { Authorization: "bearer other" } })).status).toBe(401);
    await control("POST", "/clock", { advanceMs: 86_399_000 + MINUTE_MS });
    expect((await post(good())).status).toBe(401);
  });

  test.each([
    ["another key", { privateKey: new Uint8Array(0) }, null],
    ["another certificate", { certSerial: "other" }, "wrong_certificate"],
    ["another taxpayer", { tin: "1" }, "invalid_tin"],
    ["another device", { certKey: "10TZ1" }, "invalid_serial"],
  ])("does not register %s", async (_, change, reason) => {
    if (reason === null) {
      const foreign = await crypto.subtle.generateKey(
        { ...algorithm, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
        true,
        ["sign", "verify"],
      );
      const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", foreign.privateKey));
      expect(await authority({ privateKey: key }).register()).toEqual({
        status: "refused",
        reason: "invalid_signature",
      });
    } else expect(await authority(change).register()).toEqual({ status: "refused", reason });
  });

  test("gives no token for a wrong password", async () => {
    expect(await authority().requestToken({ username: "x", password: "y" })).toEqual({
      status: "refused",
      reason: "http_400",
    });
  });

  test("refuses a day's report whose sums are not those of its receipts, and a receipt of a day that was reported", async () => {
    await post(good());
    await control("POST", "/clock", { setMs: Date.parse("2026-11-20T21:00:00Z") });
    const { routingKey } = registration;
    const report = (totalTzs: number) =>
      authority().compose({
        kind: "z_report",
        day: "2026-11-20",
        time: "23:59:59",
        registration,
        registeredOn: "2026-11-20",
        receiptCount: 1,
        totalTzs,
        grossTzs: totalTzs,
        vat: [1, 2, 3, 4, 5].map((taxCode) => ({
          taxCode,
          percent: taxCode === 1 ? 18 : 0,
          netCents: taxCode === 1 ? 84_746 : 0,
          taxCents: taxCode === 1 ? 15_254 : 0,
        })),
      });
    const send = async (totalTzs: number) =>
      authority().send({
        kind: "z_report",
        number: "20261120",
        text: await report(totalTzs),
        routingKey,
        accessToken: token,
      });
    expect(await send(999)).toMatchObject({ status: "refused", ackCode: 5 });
    expect(await problems()).toEqual(expect.arrayContaining(["daily_total", "gross", "payments"]));
    expect(await send(1_000)).toEqual({ status: "accepted" });
    await post(documentElement(receipt({ globalCounter: 388, dailyCounter: 2 })));
    expect(await problems()).toContain("day_is_reported");
  });
});
