import { describe, expect, test } from "vitest";
import { runMinute } from "../../src/jobs.ts";
import { SECOND_MS } from "../../src/lib/clock.ts";
import type { Id } from "../../src/lib/ids.ts";
import type { CheckoutResult, PaymentProvider } from "../../src/providers/ports.ts";
import { sendPrompt, startRental } from "../../src/rentals/service.ts";
import { sql } from "../support/control.ts";
import { createStation, createUser } from "../support/factories.ts";
import { asUser, createBench } from "../support/verbs.ts";

let phones = 754_700_300;

/** A start whose prompt waits, and how often the provider was asked. */
const waiting = async (answer: CheckoutResult = { status: "accepted", providerReference: "r".repeat(32) }) => {
  const msisdn = `255${++phones}`;
  const prompts: Parameters<PaymentProvider["checkout"]>[0][] = [];
  const bench = createBench({
    checkout: (input) => {
      // The round works for everybody's, of other tests too.
      if (input.msisdn === msisdn) prompts.push(input);
      return Promise.resolve(answer);
    },
  });
  const station = await createStation();
  const { rental } = await startRental(bench.deps, asUser(await createUser()), {
    stationCode: station.code,
    payment: { provider: "mpesa", phone: msisdn },
    key: { route: "test", key: bench.deps.ids.secret(10), bodyHash: "x" },
    requestId: "req_test",
    promptAtMs: bench.clock.now() + 5 * SECOND_MS,
  });
  return { bench, rental, prompts, msisdn, paymentId: rental.payment!.id };
};

const rentalOf = async (id: Id<"rnt">) =>
  (await sql<{ status: string; reason: string }>("select status, reason from rentals where id = $1", [id]))[0];

describe("a prompt that has to wait", () => {
  test("leaves neither a lease nor a prompt behind while it waits", async () => {
    const { bench, rental, prompts } = await waiting();
    expect(rental).toMatchObject({ status: "awaiting_payment", payment: { state: "created", amountTzs: 5_000 } });
    expect(prompts).toEqual([]);
    expect(bench.stations.calls).toEqual([]);
  });

  test("is sent once after its slot was leased, however many want to", async () => {
    const { bench, rental, prompts, msisdn, paymentId } = await waiting();
    const sent = await Promise.all(Array.from({ length: 5 }, () => sendPrompt(bench.deps, paymentId, "req_test")));
    expect(sent.filter(Boolean)).toHaveLength(1);
    expect(prompts).toMatchObject([{ amountTzs: 5_000, msisdn, provider: "mpesa" }]);
    expect(bench.stations.calls.map(({ verb }) => verb)).toEqual(["lease"]);
    expect(await rentalOf(rental.id)).toMatchObject({ status: "awaiting_payment" });
  });

  test("is sent by the minute's round when nobody else came to it", async () => {
    const { bench, prompts } = await waiting();
    await runMinute(bench.deps);
    expect(prompts).toHaveLength(0);
    bench.clock.advance(6 * SECOND_MS);
    await runMinute(bench.deps);
    await runMinute(bench.deps);
    expect(prompts).toHaveLength(1);
  });

  test("is never sent for a rental that was given up or has no slot; the renter is told of the latter", async () => {
    const given = await waiting();
    await sql("update rentals set status = 'cancelled', reason = 'renter' where id = $1", [given.rental.id]);
    expect(await sendPrompt(given.bench.deps, given.paymentId, "req_test")).toBe(false);
    expect(given.prompts).toEqual([]);

    const full = await waiting();
    full.bench.stations.answers.lease = { status: "no_power_bank" };
    await sendPrompt(full.bench.deps, full.paymentId, "req_test");
    expect(full.prompts).toEqual([]);
    expect(await rentalOf(full.rental.id)).toEqual({ status: "cancelled", reason: "no_power_bank" });
    expect(await sql("select template from messages where user_id = $1", [full.rental.userId])).toEqual([
      { template: "rental_not_dispensed" },
    ]);
  });

  test("that the provider refuses ends the rental and frees the slot", async () => {
    const { bench, rental, paymentId } = await waiting({ status: "refused", reason: "no_account" });
    await sendPrompt(bench.deps, paymentId, "req_test");
    expect(await rentalOf(rental.id)).toEqual({ status: "cancelled", reason: "payment_failed" });
    expect(bench.stations.calls.map(({ verb }) => verb)).toEqual(["lease", "release"]);
  });
});
