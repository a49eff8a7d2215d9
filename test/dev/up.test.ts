import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNarrator } from "../../dev/demo/narrator.ts";
import { createOutside, type Outside, type Street } from "../../dev/demo/outside.ts";
import { signUp } from "../../dev/demo/sign-up.ts";
import { removePostgresData } from "../../dev/postgres-home.ts";
import { findRunningStack } from "../../dev/up/running.ts";
import { readRental, startRental, until } from "./up/renting.ts";
import { freePair, pressCtrlC, processesOf, runProgram, type Run } from "./up/stack-process.ts";

const START_MS = 90_000;
const READY = /ChajiPoa is up/;

let folder: string;
let port: number;
let stack: Run;

const up = (...more: string[]): string[] => ["--data", folder, "--port", String(port), ...more];
const outside = (): Outside => createOutside(findRunningStack(folder)!.addresses!);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chajipoa-up-"));
  port = await freePair();
  stack = runProgram("dev/up.ts", up());
  await stack.hears(READY);
}, START_MS);

afterAll(async () => {
  stack.child.kill("SIGTERM");
  await stack.exited;
  await removePostgresData(join(folder, "postgres"));
  await rm(folder, { recursive: true, force: true });
}, START_MS);

test("a second stack in the same folder is told of the first, in one sentence", async () => {
  const second = runProgram("dev/up.ts", ["--data", folder, "--port", String(await freePair())]);
  expect(await second.exited).toBe(1);
  expect(second.said().trim().split("\n")).toHaveLength(1);
  expect(second.said()).toContain(`process ${stack.child.pid}`);
}, 20_000);

test("a stack whose port is taken says which, in one sentence, and leaves nothing running", async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), "chajipoa-up-"));
  const second = runProgram("dev/up.ts", ["--data", elsewhere, "--port", String(port)]);
  expect(await second.exited).toBe(1);
  expect(second.said().trim().split("\n")).toHaveLength(1);
  expect(second.said()).toContain(`port ${port}`);
  expect(processesOf(elsewhere)).toEqual([]);
  await rm(elsewhere, { recursive: true, force: true });
}, 20_000);

test("the demo's rental goes as it should", async () => {
  const demo = runProgram("dev/demo.ts", ["--data", folder, "--wait", "0"]);
  const code = await demo.exited;
  expect({ code, said: demo.said() }).toMatchObject({ code: 0, said: expect.stringContaining("0 failed") });
}, 60_000);

test("the tax authority is there and hears nothing, for nobody asked for a fiscal device", async () => {
  expect(await askAuthority("/attempts")).toEqual([]);
});

test("a code that Beem refuses comes by the other gateway, the next one too, and reports on both are heard", async () => {
  const { worker, console: url } = findRunningStack(folder)!.addresses!;
  const json = { "content-type": "application/json" };
  const post = (to: string, body: unknown) => fetch(to, { method: "POST", headers: json, body: JSON.stringify(body) });
  expect((await post(`${url}/api/sms/beem/arm`, { to: "255755123477", code: 102 })).status).toBe(200);
  expect((await post(`${url}/api/sms/beem/arm`, { nonsense: true })).status).toBe(400);
  // Beem rests for two minutes.
  for (const phone of ["0755123477", "0755123478"]) {
    expect((await post(`${worker}/api/v1/auth/register`, { phone, name: "Neema", locale: "sw" })).status).toBe(202);
    const arrived = async () => {
      const { sms } = (await (await fetch(`${url}/api/state`)).json()) as {
        sms: { to: string; gateway: string; reports: { word: string; attempts: number[] }[] }[];
      };
      return sms.find(({ to }) => to === `255${phone.slice(1)}`);
    };
    await until(async () => (await arrived())?.reports.at(-1)?.attempts.at(-1) === 200);
    expect(await arrived()).toMatchObject({
      gateway: "africastalking",
      reports: [{ word: "Success", attempts: [200] }],
    });
  }
}, 30_000);

test("a bank goes from ChargeNow's cabinet into Volinks' and another the other way, and the console shows both", async () => {
  const { console: url } = findRunningStack(folder)!.addresses!;
  const look = async () => (await (await fetch(`${url}/api/state`)).json()) as Street;
  const { stations } = await look();
  expect(stations.filter(({ driver, isConnected }) => driver !== "protocol1" && isConnected)).toMatchObject([
    { code: "1005", driver: "chargenow" },
    { code: "1006", driver: "volinks" },
  ]);
  const say = createNarrator(() => {}, false);
  const trip = async (from: string, to: string, name: string, msisdn: string) => {
    const renter = await signUp({ outside: outside(), say }, { name, msisdn, locale: "en" });
    const rental = await startRental(outside(), renter, { code: from });
    const held = async () => (await look()).held.find((bank) => bank.rentalId === rental.id);
    await until(async () => (await held()) !== undefined);
    const { powerBankId } = (await held())!;
    const target = stations.find(({ code }) => code === to)!;
    expect((await outside().insert(target.id, { powerBankId, chargePercent: 70 })).status).toBe(200);
    await until(async () => (await readRental(outside(), renter, rental.id)).status === "completed");
    expect(await readRental(outside(), renter, rental.id)).toMatchObject({ returnedTo: { id: target.id } });
    const slots = (await look()).stations.find(({ code }) => code === to)!.slots;
    expect(slots.filter((slot) => slot.powerBankId === powerBankId)).toHaveLength(1);
  };
  await Promise.all([trip("1005", "1006", "Rehema", "255755123461"), trip("1006", "1005", "Baraka", "255755123462")]);
  // Longer than any silence that is borne: nobody is taken for offline because the time was put forward.
  await outside().forward(6);
  for (const code of ["1001", "1005", "1006"])
    expect((await outside().call("GET", `/api/v1/stations/${code}`, { locale: "en" })).body).toMatchObject({
      isOnline: true,
    });
  const [chargenow, volinks] = ["1005", "1006"].map((code) => stations.find((station) => station.code === code)!);
  // The metal's own limits, as a person meets them.
  const stolen = await outside().insert(chargenow!.id, { powerBankId: "NOBODYS", chargePercent: 70 });
  expect(stolen.status).toBe(409);
  expect((await fetch(`${url}/api/stations/${volinks!.id}/screen.svg`)).headers.get("content-type")).toBe(
    "image/svg+xml",
  );
}, 60_000);

test("the console page serves its files and refuses a page of somebody else's", async () => {
  const { console: url } = findRunningStack(folder)!.addresses!;
  for (const path of ["/", "/app.js", "/rent-flow.js", "/base.css"]) expect((await fetch(url + path)).status).toBe(200);
  const foreign = await fetch(`${url}/api/state`, { headers: { host: "elsewhere.example" } });
  expect(foreign.status).toBe(421);
  const form = await fetch(`${url}/api/prompts/${"0".repeat(32)}`, { method: "POST", body: "action=approve" });
  expect(form.status).toBe(415);
});

test(
  "a bank that somebody holds stays out over a restart, and its rental ends at another station",
  async () => {
    const renter = await signUp(
      { outside: outside(), say: createNarrator(() => {}, false) },
      { name: "Asha", msisdn: "255755123455", locale: "en" },
    );
    const rental = await startRental(outside(), renter);
    const held = async () => (await outside().look()).held.find((bank) => bank.rentalId === rental.id);
    await until(async () => (await held()) !== undefined);
    const bank = (await held())!.powerBankId;

    const stoppingMs = performance.now();
    pressCtrlC(stack);
    expect(await stack.exited).toBe(0);
    expect(performance.now() - stoppingMs).toBeLessThan(5_000);
    expect(processesOf(folder)).toEqual([]);

    stack = runProgram("dev/up.ts", up("--fiscal"), '"$@" & wait');
    await stack.hears(READY);
    const street = await outside().look();
    expect(await held()).toMatchObject({ powerBankId: bank });
    expect(street.stations.flatMap((station) => station.slots).filter((slot) => slot.powerBankId === bank)).toEqual([]);
    const to = street.stations.find((station) => station.id !== rental.station.id)!;
    await until(async () => (await outside().look()).stations.every((station) => station.isConnected));
    expect((await outside().insert(to.id, { powerBankId: bank, chargePercent: 80 })).status).toBe(200);
    await until(async () => (await readRental(outside(), renter, rental.id)).status === "completed");
    expect(await readRental(outside(), renter, rental.id)).toMatchObject({ returnedTo: { id: to.id } });
  },
  START_MS,
);

test(
  "in a stack that was started with a fiscal device, the receipt of a rental that costs something is told to the tax authority",
  async () => {
    const say = createNarrator(() => {}, false);
    const renter = await signUp({ outside: outside(), say }, { name: "Juma", msisdn: "255755123456", locale: "en" });
    // The first two of a day that end within minutes are free, and are no sale.
    for (const round of [1, 2, 3]) {
      const rental = await startRental(outside(), renter, { isPrompted: round === 1 });
      const held = async () => (await outside().look()).held.find((bank) => bank.rentalId === rental.id);
      await until(async () => (await held()) !== undefined);
      const { powerBankId } = (await held())!;
      await outside().insert((await outside().look()).stations[0]!.id, { powerBankId, chargePercent: 80 });
      await until(async () => (await readRental(outside(), renter, rental.id)).status === "completed");
    }
    expect(await askAuthority("/documents?kind=receipt&waitMs=15000")).toMatchObject([
      { kind: "receipt", number: "1" },
    ]);
    const judged = (await askAuthority("/attempts")).filter(({ on }) => on !== "token");
    expect(judged.map(({ on, ackCode }) => ({ on, ackCode }))).toEqual([
      { on: "register", ackCode: 0 },
      { on: "receipt", ackCode: 0 },
    ]);
  },
  START_MS,
);

test("a stack whose parent was killed stops by itself and leaves nothing running", async () => {
  stack.child.kill("SIGKILL");
  await until(async () => findRunningStack(folder) === null);
  await until(async () => processesOf(folder).length === 0);
}, 20_000);

test("the demo says that the stack is not up", async () => {
  const demo = runProgram("dev/demo.ts", ["--data", folder]);
  expect(await demo.exited).toBe(1);
  expect(demo.said()).toContain("bun run up");
});

const askAuthority = async (path: string): Promise<Record<string, unknown>[]> =>
  (await fetch(`${findRunningStack(folder)!.addresses!.tra}/control${path}`)).json() as Promise<
    Record<string, unknown>[]
  >;
