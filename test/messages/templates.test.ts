import { describe, expect, test } from "vitest";
import { locales } from "../../src/lib/i18n.ts";
import { charactersOutsideGsm7, smsLength } from "../../src/messages/gsm7.ts";
import {
  renderMessage,
  renderStored,
  type TemplateName,
  templateNames,
  type TemplateParameters,
  withdrawalRefusals,
} from "../../src/messages/templates.ts";

const longest: { [N in TemplateName]: TemplateParameters<N>[] } = {
  otp: [{ code: "000000", minutes: 10 }],
  rental_started: [
    {
      dueAtMs: Date.parse("2026-12-31T20:59:00Z"),
      stationName: "Mlimani City Shopping Centre, Sam Nujoma Road",
      returnCode: "000000",
    },
  ],
  rental_receipt: [
    { totalTzs: 15_000, refundTzs: 10_000, debtTzs: 0, walletTzs: 1_000_000, token: "z".repeat(26) },
    { totalTzs: 32_000, refundTzs: 0, debtTzs: 27_000, walletTzs: 0, token: "z".repeat(26) },
  ],
  rental_not_dispensed: [{ amountTzs: 0 }, { amountTzs: 10_000 }],
  rental_eject_unknown: [{ amountTzs: 10_000 }],
  rental_payment_failed: [{ amountTzs: 0 }],
  payment_late: [{ amountTzs: 1_000_000, walletTzs: 9_999_999 }],
  withdrawal_paid: [{ amountTzs: 5_000_000 }],
  withdrawal_returned: [{ amountTzs: 5_000_000, walletTzs: 9_999_999 }],
  withdrawal_refused: withdrawalRefusals.map((code) => ({ code })),
  debt_forgiven: [
    { amountTzs: 1_000_000, debtTzs: 0 },
    { amountTzs: 1_000_000, debtTzs: 1_000_000 },
  ],
  payment_received: [{ amountTzs: 1_000_000, walletTzs: 9_999_999 }],
  credit_note: [{ amountTzs: 1_000_000, walletTzs: 9_999_999, token: "z".repeat(26) }],
};

const texts = templateNames.flatMap((name) =>
  locales.flatMap((locale) =>
    longest[name].map((parameters) => ({
      name,
      locale,
      text: renderMessage(name, locale, parameters as never, "https://chajipoa.co.tz"),
    })),
  ),
);

describe("a text message", () => {
  test.each(texts)("$name in $locale is one part of GSM-7 with its longest values", ({ text }) => {
    expect(charactersOutsideGsm7(text)).toEqual([]);
    expect(smsLength(text)).toMatchObject({ segments: 1 });
  });

  test("says the time of Dar es Salaam and groups thousands", () => {
    expect(
      renderMessage("rental_started", "en", { dueAtMs: Date.parse("2026-11-20T21:05:00Z"), stationName: "x" }),
    ).toContain("00:05");
    expect(renderMessage("payment_received", "en", { amountTzs: 1_234_567, walletTzs: 500 })).toContain(
      "TZS 1,234,567. Your wallet holds TZS 500",
    );
  });

  test("is refused when the outbox holds what its template does not take", () => {
    expect(() => renderStored("payment_received", "sw", { amountTzs: "5" }, "")).toThrow();
    expect(() => renderStored("no_such_template", "sw", {}, "")).toThrow();
    expect(() => renderStored("otp", "sw", { code: "123456", minutes: 10 }, "")).toThrow();
  });
});
