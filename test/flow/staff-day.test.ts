// A day's business of staff on the real Worker, its objects, Postgres and the hardware's own words: a new station from its key to its first
// rental, a jammed slot opened, a bank carried to another station, a failing slot quarantined, mended and used again.
import { importJWK, type JWK, SignJWT } from "jose";
import { beforeAll, expect, it } from "vitest";
import type { Role } from "../../src/lib/actor.ts";
import { openStation, type Renter, signIn, workerFetch } from "../support/city.ts";
import { sql } from "../support/control.ts";
import { createBank, createTariff, createUser, ids } from "../support/factories.ts";
import { StationClient } from "../support/station-client.ts";

type Json = Record<string, unknown>;
let admin: Renter;
let agent: Renter;
beforeAll(async () => {
  const hire = async (role: Role) => {
    const userId = await createUser();
    await sql("update users set role = $2 where id = $1", [userId, role]);
    return signIn(userId, workerFetch, role);
  };
  admin = await hire("admin");
  agent = await hire("agent");
});

const ask = async (who: Renter, method: string, path: string, body?: Json): Promise<{ status: number; body: Json }> => {
  const response = await who.call(method, `/admin${path}`, body, { "idempotency-key": ids.secret(10) });
  return { status: response.status, body: await response.json<Json>() };
};
const reason = "a day's work";

it("a station that an admin enters connects with the key it was shown, and rents", async () => {
  const bank = await createBank();
  const entered = await ask(admin, "POST", "/stations", {
    code: "650001",
    name: "Posta",
    address: "Samora Avenue",
    latitude: -6.81,
    longitude: 39.29,
    tariffId: await createTariff(),
    slotCount: 4,
  });
  expect(entered.status).toBe(201);
  const { id } = entered.body["station"] as { id: `stn_${string}` };
  const key = entered.body["privateKey"] as JWK & { kid: string };
  const client = new StationClient({
    stationId: id,
    keyId: key.kid,
    privateJwk: key,
    open: workerFetch,
    now: () => Date.now(),
    model: {
      slots: [{ slot: 1, powerBankId: bank, chargePercent: 90 }, { slot: 2 }, { slot: 3 }, { slot: 4 }],
      ejectMs: 0,
    },
  });
  await expect.poll(async () => (await client.dial()).status, { timeout: 5_000 }).toBe(101);
  await client.connect();
  const renter = await signIn(await createUser({ walletTzs: 10_000 }));
  const started = await renter.call(
    "POST",
    "/rentals/start",
    { stationCode: "650001" },
    { "idempotency-key": ids.secret(8) },
  );
  expect(started.status).toBe(202);
  const stranger = await new SignJWT({ aud: id, jti: ids.secret(8) })
    .setProtectedHeader({ alg: "EdDSA", kid: "k-other" })
    .setIssuedAt()
    .setExpirationTime("2m")
    .sign(await importJWK(key, "EdDSA"));
  expect((await client.request("commands", {}, stranger)).status).toBe(401);
});

it("a slot is opened by its bank's name, the station's answer is the order's end, and the bank is carried to another station", async () => {
  const here = await openStation([90, 80]);
  const there = await openStation([]);
  const [bank] = here.banks;
  await expect
    .poll(async () => ((await ask(agent, "GET", `/power-banks/${bank}`)).body["bank"] as Json)["place"], {
      timeout: 5_000,
    })
    .toBe("slot");
  const unnamed = await ask(agent, "POST", `/stations/${here.id}/commands`, { kind: "open", slot: 1, reason });
  expect(unnamed).toMatchObject({ status: 409, body: { code: "bank_not_confirmed", powerBankId: bank } });
  const ordered = await ask(agent, "POST", `/stations/${here.id}/commands`, {
    kind: "open",
    slot: 1,
    powerBankId: bank,
    reason,
  });
  expect(ordered).toMatchObject({ status: 202, body: { state: "sent" } });
  await expect
    .poll(async () => (await ask(agent, "GET", `/station-commands/${ordered.body["id"] as string}`)).body["state"], {
      timeout: 5_000,
    })
    .toBe("done");
  expect((await ask(agent, "POST", `/power-banks/${bank}/take`, { to: "hands", reason })).body).toMatchObject({
    heldBy: agent.userId,
  });
  there.client.model.insert({ powerBankId: bank!, slot: 5, chargePercent: 70 });
  await there.client.settled();
  await expect
    .poll(async () => (await ask(agent, "GET", `/power-banks/${bank}`)).body["bank"], { timeout: 5_000 })
    .toMatchObject({ place: "slot", stationId: there.id, slot: 5, heldBy: null });
});

it("a slot that staff lock gives no bank, whatever the metal does", async () => {
  const station = await openStation([95]);
  const locked = await ask(agent, "POST", `/stations/${station.id}/commands`, { kind: "lock", slot: 1, reason });
  expect(locked.status).toBe(202);
  const renter = await signIn(await createUser({ walletTzs: 10_000 }));
  await expect
    .poll(
      async () => {
        const { body } = await ask(agent, "GET", `/stations/${station.id}`);
        return (body["live"] as Json)["freeBanks"];
      },
      { timeout: 5_000 },
    )
    .toBe(0);
  const started = await renter.call(
    "POST",
    "/rentals/start",
    { stationCode: station.code },
    { "idempotency-key": ids.secret(8) },
  );
  expect((await started.json<Json>())["code"]).toBe("no_power_bank");
});
