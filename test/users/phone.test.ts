import { describe, expect, it } from "vitest";
import { createCipher } from "../../src/lib/crypto.ts";
import { maskPhone, normalisePhone, openPhone, sealPhone, usualProvider, type Msisdn } from "../../src/users/phone.ts";
import { testEnv } from "../support/test-env.ts";

describe("a phone number", () => {
  it.each([
    "0712345678",
    "0712 345 678",
    "0712-345-678",
    "712345678",
    "255712345678",
    "+255712345678",
    "+255 712 345 678",
    " 0712345678 ",
  ])("is read from %j", (text) => expect(normalisePhone(text)).toBe("255712345678"));

  it.each([
    "070",
    "072",
    "079",
    "061",
    "062",
    "063",
    "065",
    "066",
    "067",
    "068",
    "069",
    "071",
    "073",
    "074",
    "075",
    "076",
    "077",
    "078",
  ])("may begin with %s", (prefix) => expect(normalisePhone(`${prefix}1234567`)).toBe(`255${prefix.slice(1)}1234567`));

  it.each([
    "",
    "0222123456",
    "+255222123456",
    "0282123456",
    "0812345678",
    "071234567",
    "07123456789",
    "00255712345678",
    "+254712345678",
    "2550712345678",
    "0712345678x",
    "x0712345678",
    "0712\n345678x",
    "٠٧١٢٣٤٥٦٧٨",
    "++255712345678",
    "0712.345.678",
  ])("is not read from %j", (text) => expect(normalisePhone(text)).toBeNull());

  it.each([
    ["070", "tigo"],
    ["071", "tigo"],
    ["065", "tigo"],
    ["067", "tigo"],
    ["077", "tigo"],
    ["072", "mpesa"],
    ["074", "mpesa"],
    ["075", "mpesa"],
    ["076", "mpesa"],
    ["079", "mpesa"],
    ["066", "airtel"],
    ["068", "airtel"],
    ["069", "airtel"],
    ["078", "airtel"],
    ["061", "halopesa"],
    ["062", "halopesa"],
    ["063", "halopesa"],
    ["073", null],
    ["060", null],
    ["064", null],
  ] as const)("that begins with %s usually pays by %s", (prefix, provider) =>
    expect(usualProvider(normalisePhone(`${prefix}1234567`)!)).toBe(provider),
  );

  it("shows its first and last digits when masked", () => {
    expect(maskPhone("255712345678" as Msisdn)).toBe("+2557•••••678");
  });

  it("opens for the user that it was sealed for and for nobody else", async () => {
    const cipher = createCipher(testEnv.DATA_KEYS);
    const sealed = await sealPhone(cipher, "usr_a", "255712345678" as Msisdn);
    expect(sealed).not.toContain("712345678");
    expect(await openPhone(cipher, "usr_a", sealed)).toBe("255712345678");
    await expect(openPhone(cipher, "usr_b", sealed)).rejects.toThrow();
  });
});
