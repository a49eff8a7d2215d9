// The counter of a staffed kiosk: the renter shows a QR or six digits, the attendant takes the bank, the rental ends.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createTokens } from "../../src/auth/tokens.ts";
import { Config } from "../../src/config.ts";
import { MINUTE_MS } from "../../src/lib/clock.ts";
import { sql } from "../support/control.ts";
import { signIn } from "../support/city.ts";
import { type ClockedCity, foundCity } from "../support/clocked-city.ts";
import { bookBreaks, createUser } from "../support/factories.ts";
import { outcomesOf, rentalOf, takeBank, told } from "../support/returns.ts";

let city: ClockedCity;
const attendantOf = async (role: "agent" | "support") => {
  const userId = await createUser();
  await sql("update users set role = $2 where id = $1", [userId, role]);
  return signIn(userId, city.open, role);
};
let attendant: Awaited<ReturnType<typeof attendantOf>>;
beforeAll(async () => {
  city = foundCity();
  attendant = await attendantOf("agent");
});

const take = async (body: Record<string, unknown>, key: string = crypto.randomUUID(), by = attendant) => {
  const response = await by.call("POST", "/admin/returns", body, { "idempotency-key": key });
  return { status: response.status, body: await response.json<Record<string, unknown>>() };
};
const rented = async () => {
  const from = await city.station([95, 90]);
  const kiosk = await city.station([]);
  const renter = await takeBank(city, from);
  city.clock.pass(60 * MINUTE_MS);
  from.client.send(from.client.model.heartbeat());
  const read = async () => (await renter.call("GET", `/rentals/${renter.id}/return-qr`)).json<Record<string, string>>();
  return { from, kiosk, renter, read };
};

describe("an attendant", () => {
  test("scans the renter's return QR: the rental ends now, audited, and the bank's later way into a slot answers nothing", async () => {
    const { kiosk, renter, read } = await rented();
    const { qr, svg, expiresAt } = await read();
    expect(svg).toContain("<svg");
    expect(Date.parse(expiresAt!)).toBeGreaterThan(Date.now());
    const proof = { qr, powerBankId: renter.powerBankId, stationCode: kiosk.code };
    const atMs = city.clock.now();
    const { status, body } = await take(proof, "key-1");
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: renter.id, status: "completed", price: { totalTzs: 1_000 } });
    expect(await rentalOf(renter.id)).toMatchObject({ endedAtMs: atMs, station: kiosk.id, total: 1_000 });
    expect(await sql("select place, held_by from power_banks where id = $1", [renter.powerBankId])).toEqual([
      { place: "depot", held_by: attendant.userId },
    ]);
    expect(
      await sql("select actor, action from audit_log where subject = $1 order by id desc limit 2", [renter.id]),
    ).toEqual([
      { actor: `staff:${attendant.userId}`, action: "rental_settled" },
      { actor: `staff:${attendant.userId}`, action: "bank_handed_in" },
    ]);
    city.clock.pass(MINUTE_MS);
    expect((await take(proof, "key-1")).body).toMatchObject({ status: "completed", endedAt: body["endedAt"] });
    expect((await take(proof, "key-2")).body).toMatchObject({ status: "completed", endedAt: body["endedAt"] });

    kiosk.client.model.insert({ powerBankId: renter.powerBankId });
    await told(kiosk);
    expect(await outcomesOf(renter.powerBankId)).toEqual([expect.any(String), "closes", "stale"]);
    expect(await sql("select place, held_by from power_banks where id = $1", [renter.powerBankId])).toEqual([
      { place: "slot", held_by: null },
    ]);
    expect(await rentalOf(renter.id)).toMatchObject({ endedAtMs: atMs });
    expect(await sql("select count(*)::int as n from receipts where rental_id = $1", [renter.id])).toEqual([{ n: 1 }]);
    expect(await bookBreaks()).toEqual([]);
  });

  test("types the six digits of a renter without a screen", async () => {
    const { kiosk, renter } = await rented();
    const [row] = await sql<{ code: string }>("select return_code as code from rentals where id = $1", [renter.id]);
    const proof = { returnCode: row!.code, powerBankId: renter.powerBankId, stationCode: kiosk.code };
    expect((await take(proof)).body).toMatchObject({ id: renter.id, status: "completed" });
    expect((await take(proof)).body).toMatchObject({ code: "return_proof_invalid" });
  });

  test("gets no rental ended by another bank, by a code that ran out, or by one that is not ours", async () => {
    const { from, kiosk, renter, read } = await rented();
    const other = await takeBank(city, from);
    const { qr } = await read();
    const proof = { qr, powerBankId: renter.powerBankId, stationCode: kiosk.code };
    expect((await take({ ...proof, powerBankId: other.powerBankId })).body).toMatchObject({ code: "bank_mismatch" });
    expect((await take({ ...proof, stationCode: "999999" })).body).toMatchObject({ code: "station_unknown" });
    expect((await take({ ...proof, qr: `${qr}x` })).body).toMatchObject({ code: "return_proof_invalid" });
    const ranOut = createTokens(Config.parse(env), { now: () => Date.now() - 10 * MINUTE_MS - 1_000 });
    expect((await take({ ...proof, qr: (await ranOut.signReturn(renter.id)).token })).body).toMatchObject({
      code: "return_proof_invalid",
    });
    expect(await rentalOf(renter.id)).toMatchObject({ status: "active" });
    expect(await rentalOf(other.id)).toMatchObject({ status: "active" });
    const support = await attendantOf("support");
    expect((await take({ ...proof, qr: (await read()).qr }, "key-3", support)).status).toBe(403);
  });

  test("who takes a bank that its station reported a moment ago sees the rental as it ended", async () => {
    const { kiosk, renter, read } = await rented();
    const { qr } = await read();
    kiosk.client.model.insert({ powerBankId: renter.powerBankId });
    await told(kiosk);
    const ended = await rentalOf(renter.id);
    const { status, body } = await take({ qr, powerBankId: renter.powerBankId, stationCode: kiosk.code });
    expect([status, body["status"]]).toEqual([200, "completed"]);
    expect(await rentalOf(renter.id)).toEqual(ended);
    const again = await renter.call("GET", `/rentals/${renter.id}/return-qr`);
    expect((await again.json<{ code: string }>()).code).toBe("rental_not_active");
  });
});
