import { describe, expect, test } from "vitest";
import { neon, sql } from "../support/control.ts";
import { balanceOf, bookBreaks, createStation, createUser } from "../support/factories.ts";
import { createBench, start } from "../support/verbs.ts";

describe("a start", () => {
  test("repeated twenty times at once with one key is one rental with one hold", async () => {
    const bench = createBench();
    const userId = await createUser({ walletTzs: 20_000 });
    const station = await createStation();
    const results = await Promise.all(Array.from({ length: 20 }, () => start(bench, userId, station, { key: "same" })));
    expect(new Set(results.map(({ rental }) => rental.id)).size).toBe(1);
    expect(results.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(15_000);
    expect(await bookBreaks()).toEqual([]);
  });

  test("of one renter at two stations at once is one rental and one refusal", async () => {
    const bench = createBench();
    const userId = await createUser({ walletTzs: 20_000 });
    const stations = [await createStation(), await createStation()];
    const results = await Promise.allSettled(stations.map((station) => start(bench, userId, station)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(results.find((result) => result.status === "rejected")?.reason).toMatchObject({
      code: "rental_already_open",
    });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(15_000);
  });

  test("with a used key and another body is refused", async () => {
    const bench = createBench();
    const userId = await createUser({ walletTzs: 5_000 });
    await start(bench, userId, await createStation(), { key: "k" });
    await expect(start(bench, userId, await createStation(), { key: "k" })).rejects.toMatchObject({
      code: "idempotency_mismatch",
    });
  });

  test("repeated while it is dispensing tells the station again, and after its end answers the same refusal", async () => {
    const bench = createBench();
    const userId = await createUser({ walletTzs: 5_000 });
    const station = await createStation();
    bench.stations.answers.dispense = new Error("cut");
    await start(bench, userId, station, { key: "k" });
    bench.stations.answers.dispense = { status: "no_power_bank" };
    await expect(start(bench, userId, station, { key: "k" })).rejects.toMatchObject({ code: "no_power_bank" });
    await expect(start(bench, userId, station, { key: "k" })).rejects.toMatchObject({ code: "no_power_bank" });
    expect(bench.stations.calls.filter(({ verb }) => verb === "dispense")).toHaveLength(2);
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
  });

  test.each([
    ["an account that is suspended", { state: "suspended" as const, walletTzs: 5_000 }, "account_suspended"],
    ["an account that is not verified", { state: "pending" as const, walletTzs: 5_000 }, "forbidden"],
    ["a wallet that is short, without anybody to ask for money", { walletTzs: 4_999 }, "insufficient_funds"],
    ["a renter who owes", { walletTzs: 9_000, debtTzs: 1 }, "debt_open"],
  ])("is refused to %s, and nothing is written", async (_case, user, code) => {
    const bench = createBench();
    const userId = await createUser(user);
    const station = await createStation();
    const before = await sql(
      "select (select count(*) from rentals) as r, (select count(*) from audit_log) as a, (select count(*) from idempotency_keys) as k",
    );
    const seen = await neon.during(() => expect(start(bench, userId, station)).rejects.toMatchObject({ code }));
    expect(seen.requests).toBe(1);
    expect(bench.stations.calls).toEqual([]);
    expect(
      await sql(
        "select (select count(*) from rentals) as r, (select count(*) from audit_log) as a, (select count(*) from idempotency_keys) as k",
      ),
    ).toEqual(before);
  });

  test.each([["unknown", { code: "1", id: "stn_none" }, "station_unknown"]])(
    "at a station that is %s is refused",
    async (_case, station, code) => {
      const bench = createBench();
      const userId = await createUser({ walletTzs: 5_000 });
      await expect(start(bench, userId, station as never)).rejects.toMatchObject({ code });
    },
  );

  test("at a station known to be empty, offline or out of service is refused without asking its object", async () => {
    const bench = createBench();
    const userId = await createUser({ walletTzs: 5_000 });
    const station = await createStation();
    const project = (freeBanks: number, isOnline: boolean) =>
      sql(
        `insert into station_projections (station_id, version, free_banks, free_slots, is_online, seen_at) values ($1, 1, $2, 1, $3, now())
        on conflict (station_id) do update set free_banks = excluded.free_banks, is_online = excluded.is_online`,
        [station.id, freeBanks, isOnline],
      );
    await project(0, true);
    await expect(start(bench, userId, station)).rejects.toMatchObject({ code: "no_power_bank" });
    await project(3, false);
    await expect(start(bench, userId, station)).rejects.toMatchObject({ code: "station_offline" });
    await sql("update stations set is_in_service = false where id = $1", [station.id]);
    await expect(start(bench, userId, station)).rejects.toMatchObject({ code: "station_unavailable" });
    expect(bench.stations.calls).toEqual([]);
  });

  test("whose station hands out nothing gives the deposit back at once", async () => {
    const bench = createBench();
    bench.stations.answers.dispense = { status: "station_offline" };
    const userId = await createUser({ walletTzs: 5_000 });
    await expect(start(bench, userId, await createStation())).rejects.toMatchObject({ code: "station_offline" });
    expect(await balanceOf(`user_wallet:${userId}`)).toBe(5_000);
    expect(await bookBreaks()).toEqual([]);
  });
});
