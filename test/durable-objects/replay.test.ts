// Hours without a network: thousands of events come at once, in order, and each counts once with its own time.
import { expect, it } from "vitest";
import { bank, liveStation, makeStation, type TestStation } from "./harness.ts";

const EVERY_MS = 2_000;

/** Banks come and go, temperatures change, nobody hears of it. */
const live = (station: TestStation, events: number): number[] => {
  const { client, clock } = station;
  const returnsAtMs: number[] = [];
  const first = client.model.seq;
  for (let tick = 1; client.model.seq - first < events; tick++) {
    clock.pass(EVERY_MS);
    client.arm({ kind: "hot_bank", slot: 3 });
    if (tick % 150 !== 0) continue;
    client.model.removeByForce(5);
    clock.pass(EVERY_MS);
    returnsAtMs.push(clock.now());
    client.model.insert({ powerBankId: bank(7), slot: 5 });
  }
  return returnsAtMs;
};

const proven = async (station: TestStation, returnsAtMs: number[]): Promise<void> => {
  const { client } = station;
  await station.idle();
  expect(client.model.unacknowledged).toBe(0);
  const returns = station.plane.reports("bank_in").filter(({ powerBankId }) => powerBankId === bank(7));
  expect(returns.map(({ atMs }) => atMs)).toEqual(returnsAtMs);
  expect(returnsAtMs.length).toBeGreaterThan(10);
  const [kept] = await station.rows<{ disorder: number; top: number }>(
    `select max(seq) as top, (select count(*) from events a join events b on b.boot_id = a.boot_id and b.seq = a.seq + 1
       where b.at_ms < a.at_ms or a.is_plausible = 0) as disorder from events where boot_id = ?`,
    client.model.bootId,
  );
  expect(kept).toEqual({ disorder: 0, top: client.model.seq });
  expect(await station.rows("select power_bank_id from slots where slot = 5")).toEqual([{ power_bank_id: bank(7) }]);
};

it("over one socket", async () => {
  const station = await liveStation();
  station.client.drop();
  const returnsAtMs = live(station, 2_000);
  await station.client.connect();
  await proven(station, returnsAtMs);
  const [have] = (await station.client.frame("welcome", 2)).have;
  expect(have).toEqual({ bootId: station.client.model.bootId, upTo: 2 });
});

it("over plain HTTP, batch after batch", async () => {
  const station = await makeStation();
  const { client } = station;
  client.model.open();
  await client.post();
  await client.post();
  client.model.close();
  const returnsAtMs = live(station, 4_000);
  client.model.open();
  await client.post();
  while (client.model.unacknowledged > 0) await client.post(200);
  await proven(station, returnsAtMs);
});
