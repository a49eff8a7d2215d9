// Bank checkout with a one-time password, and the status of a collection.
import { describe, expect, test } from "vitest";
import type { PaymentProvider } from "../../src/providers/ports.ts";
import { createApp, nextExternalId, payment } from "./azampay-app.ts";

type Input = Parameters<PaymentProvider["bankCheckout"]>[0];
const bank = (change: Partial<Input> = {}): Input => ({
  externalId: nextExternalId(),
  amountTzs: 5_000,
  msisdn: "255754123456",
  provider: "crdb",
  accountNumber: "0150123456789",
  otp: "123456",
  ...change,
});

describe("a bank checkout", () => {
  test.each(["crdb", "nmb"] as const)(
    "at %s is accepted with the right password, and its callback is a payment's",
    async (provider) => {
      const app = await createApp();
      const input = bank({ provider });
      const result = await app.client.bankCheckout(input);
      const [callback] = await app.callbacks(input.externalId);
      expect(result).toEqual({
        status: "accepted",
        providerReference: app.client.parseCallback(callback!.body)!.providerReference,
      });
      expect(app.client.parseCallback(callback!.body)).toMatchObject({
        externalId: input.externalId,
        status: "succeeded",
        amountTzs: 5_000,
      });
    },
  );

  test("answered in the shape of 2022 is accepted without a reference to hold the callback to", async () => {
    const app = await createApp({ bankForm: "properties" });
    expect(await app.client.bankCheckout(bank())).toEqual({ status: "accepted", providerReference: null });
  });

  test("with a wrong password is refused", async () => {
    const app = await createApp();
    expect(await app.client.bankCheckout(bank({ otp: "000000" }))).toEqual({
      status: "refused",
      reason: "declined:1000: Invalid OTP",
    });
  });

  test.each([
    ["error", "http_500"],
    ["empty", "answer_unreadable"],
    ["no_transaction_id", "answer_unreadable"],
  ])("answered with %s is unknown and not sent again", async (answer, reason) => {
    const app = await createApp();
    await app.arm({ on: "bank_checkout", answer, accept: true });
    expect(await app.client.bankCheckout(bank())).toEqual({ status: "unknown", reason });
    expect(await app.counters()).toMatchObject({ bank_checkout: 1 });
  });

  test("beyond the provider's limits is refused before anything is sent", async () => {
    const app = await createApp();
    expect(await app.client.bankCheckout(bank({ amountTzs: 5_000_001 }))).toEqual({
      status: "refused",
      reason: "invalid:amount",
    });
    expect(await app.counters()).toEqual({});
  });
});

describe("the status of a collection", () => {
  const paid = async (settings: Record<string, unknown> = {}) => {
    const app = await createApp(settings);
    const result = await app.client.checkout(payment({ msisdn: "255754123403" }));
    if (result.status !== "accepted" || result.providerReference === null) throw new Error(result.status);
    return {
      app,
      ask: () => app.client.status({ providerReference: result.providerReference!, provider: "mpesa" }),
      transactionId: result.providerReference,
    };
  };

  test.each([
    ["success", "succeeded"],
    ["failed", "failed"],
    ["pending", "pending"],
  ])("is the word in data: %s", async (outcome, said) => {
    const { app, ask, transactionId } = await paid();
    await app.control("POST", `/transactions/${transactionId}`, { outcome });
    expect(await ask()).toBe(said);
  });

  test("is unknown by any other word, in particular by success: true alone", async () => {
    const { app, ask } = await paid();
    for (const word of ["", "true", "paid", "SUCCESSFUL", "200"]) {
      await app.arm({ on: "collection_status", word });
      expect(await ask()).toBe("unknown");
    }
  });

  test("is unknown where the provider has no such question, or does not answer", async () => {
    expect(await (await paid({ hasCollectionStatus: false })).ask()).toBe("unknown");
    const { app, ask } = await paid();
    for (const answer of ["error", "html", "unauthorized"]) {
      await app.arm({ on: "collection_status", answer, times: answer === "unauthorized" ? 2 : 1 });
      expect(await ask()).toBe("unknown");
    }
  });
});
