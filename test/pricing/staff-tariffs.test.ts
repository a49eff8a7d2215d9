// Tariffs as finance publish them, over HTTP.
import { beforeAll, describe, expect, it } from "vitest";
import { defaultTariff } from "../../src/pricing/tariff.ts";
import { audited, type Desk, deskOf, startOffice } from "../http/staff.ts";
import { createStation, ids } from "../support/factories.ts";

let finance: Desk;
let admin: Desk;
beforeAll(async () => {
  const { app } = startOffice();
  finance = await deskOf(app, "finance");
  admin = await deskOf(app, "admin");
});

const reason = "new year";
const name = () =>
  `t-${ids
    .secret(8)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "x")}`;

describe("publishing a tariff", () => {
  it("makes the next version of a name; stations keep theirs until they are given it", async () => {
    const tariff = name();
    const publish = (terms: typeof defaultTariff, key?: string) =>
      finance.send("POST", "/tariffs", { name: tariff, terms, reason }, key);
    const first = await publish(defaultTariff, `first-${tariff}`);
    expect(first).toMatchObject({ status: 201, body: { name: tariff, version: 1, currency: "TZS", stations: 0 } });
    expect(await publish(defaultTariff, `first-${tariff}`)).toMatchObject({ isReplay: true, body: { version: 1 } });
    const dearer = { ...defaultTariff, depositTzs: defaultTariff.depositTzs + 1_000 };
    expect((await publish(dearer, `first-${tariff}`)).body["code"]).toBe("idempotency_mismatch");
    const second = await publish(dearer);
    expect(second.body).toMatchObject({ version: 2, terms: { depositTzs: dearer.depositTzs } });
    const { id } = await createStation();
    await admin.send("PATCH", `/stations/${id}`, { reason, tariffId: second.body["id"] });
    expect((await admin.get(`/stations/${id}`)).body).toMatchObject({
      station: { tariff: { name: tariff, version: 2 } },
    });
    const listed = (await finance.get("/tariffs?limit=100")).body["items"] as { name: string; stations: number }[];
    expect(listed.filter((each) => each.name === tariff).map(({ stations }) => stations)).toEqual([1, 0]);
    expect(await audited(second.body["id"] as string)).toMatchObject([
      { actor: `staff:${finance.userId}`, action: "tariff_published", detail: { name: tariff, version: 2, reason } },
    ]);
  });

  it("refuses terms that make no sense", async () => {
    const terms = { ...defaultTariff, depositTzs: -1 };
    expect((await finance.send("POST", "/tariffs", { name: name(), terms, reason })).body["code"]).toBe(
      "invalid_request",
    );
  });
});
