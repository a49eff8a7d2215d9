import { beforeAll, describe, expect, test } from "vitest";
import { redis, sql } from "../support/control.ts";
import { createStation, type TestStation } from "../support/factories.ts";
import { readCommand } from "../../src/ussd/commands.ts";
import { ASKS_PER_NUMBER } from "../../src/ussd/wishes.ts";
import { type Exchange, newNumber, openExchange, rented, rentalsOf, subscriber, writeText } from "./handset.ts";

let station: TestStation;
beforeAll(async () => {
  station = await createStation();
});

const lastText = ({ texts }: Exchange, number: string): string =>
  texts.findLast((t) => t.msisdn === number)?.text ?? "";
const replyCode = (text: string): string => /(?:NDIYO|YES) (\d{4})/.exec(text)?.[1] ?? "none";
const otherThan = (code: string): string => String((Number(code) + 1) % 10_000).padStart(4, "0");

describe("a command by text", () => {
  test("is read whatever the hand that wrote it", () => {
    const rent = { kind: "rent", stationCode: "1001" };
    for (const text of ["KODI 1001", "kodi1001", " Kodi  1001.", "KODI: 1001", "Rent 1001", "KODI #1001 tafadhali"])
      expect(readCommand(text)).toMatchObject(rent);
    expect(readCommand("kodi")).toMatchObject({ kind: "rent_nowhere" });
    expect(readCommand("HALI")).toEqual({ kind: "status", locale: "sw" });
    expect(readCommand("balance?")).toEqual({ kind: "balance", locale: "en" });
    expect(readCommand("Ongeza")).toMatchObject({ kind: "extend" });
    expect(readCommand("ndiyo 0042")).toMatchObject({ kind: "reply", code: "0042" });
    expect(readCommand("0042")).toMatchObject({ kind: "reply", code: "0042" });
    for (const text of ["", "habari", "MSAADA", "12", "🙂", "KODIKODI 1001"])
      expect(readCommand(text)).toMatchObject({ kind: "help" });
  });
});

describe("KODI", () => {
  test("asks the phone for its PIN where the wallet lacks the deposit: that proves who it is", async () => {
    const exchange = openExchange();
    const number = newNumber();
    await subscriber(exchange, number, { walletTzs: 1_000 });
    await writeText(exchange, number, `KODI ${station.code}`);
    expect(exchange.prompts).toMatchObject([{ amountTzs: 4_000, msisdn: number, provider: "mpesa" }]);
    expect(lastText(exchange, number)).toContain("4,000");
    expect(await rentalsOf(number, exchange)).toMatchObject([{ status: "awaiting_payment" }]);
  });

  test("spends no wallet before the digits come back that were sent to that number", async () => {
    const exchange = openExchange();
    const number = newNumber();
    await subscriber(exchange, number, { walletTzs: 9_000 });
    await writeText(exchange, number, `KODI ${station.code}`);
    expect(await rentalsOf(number, exchange)).toEqual([]);
    const code = replyCode(lastText(exchange, number));
    await writeText(exchange, number, `NDIYO ${otherThan(code)}`);
    expect(await rentalsOf(number, exchange)).toEqual([]);
    await writeText(exchange, newNumber(), `NDIYO ${code}`);
    expect(await rentalsOf(number, exchange)).toEqual([]);
    await writeText(exchange, number, `ndiyo ${code}`);
    expect(await rentalsOf(number, exchange)).toMatchObject([{ status: "dispensing" }]);
    expect(lastText(exchange, number)).toContain("inatoka");
    expect(exchange.prompts).toEqual([]);
  });

  test("keeps the digits out of the database, and forgets the wish after three wrong ones", async () => {
    const exchange = openExchange();
    const number = newNumber();
    const userId = await subscriber(exchange, number, { walletTzs: 9_000 });
    await writeText(exchange, number, `KODI ${station.code}`);
    const code = replyCode(lastText(exchange, number));
    expect(await sql("select id from messages where user_id = $1", [userId])).toEqual([]);
    let wrong = code;
    for (let i = 0; i < 3; i++) await writeText(exchange, number, (wrong = otherThan(wrong)));
    await writeText(exchange, number, code);
    expect(await rentalsOf(number, exchange)).toEqual([]);
    expect(lastText(exchange, number)).toContain("si sahihi");
  });

  test("from a number without an account names the terms, and opens one by the reply alone", async () => {
    const exchange = openExchange();
    const number = newNumber();
    await writeText(exchange, number, `RENT ${station.code}`);
    expect(lastText(exchange, number)).toMatch(/\/terms, reply YES \d{4}/);
    expect(exchange.prompts).toEqual([]);
    await writeText(exchange, number, `YES ${replyCode(lastText(exchange, number))}`);
    expect(exchange.prompts).toMatchObject([{ amountTzs: 5_000, msisdn: number }]);
    const hash = await exchange.deps.phoneHash.hex(number);
    expect(await sql("select state, locale, terms_channel from users where phone_hash = $1", [hash])).toEqual([
      { state: "active", locale: "en", terms_channel: "sms" },
    ]);
  });

  test("posted twice is one rental, one prompt and one answer; so is the reply", async () => {
    const exchange = openExchange();
    const [short, funded] = [newNumber(), newNumber()];
    await subscriber(exchange, short);
    await subscriber(exchange, funded, { walletTzs: 9_000 });
    const post = (number: string, text: string, id: string) =>
      Promise.all([writeText(exchange, number, text, { id }), writeText(exchange, number, text, { id })]);
    await post(short, `KODI ${station.code}`, "a");
    await writeText(exchange, short, `KODI ${station.code}`, { id: "a" });
    expect(exchange.prompts).toHaveLength(1);
    expect(exchange.texts).toHaveLength(1);
    await post(funded, `KODI ${station.code}`, "b");
    expect(exchange.texts).toHaveLength(2);
    await post(funded, `NDIYO ${replyCode(lastText(exchange, funded))}`, "c");
    expect(await rentalsOf(funded, exchange)).toHaveLength(1);
    expect(exchange.texts).toHaveLength(3);
  });

  test("says why it cannot be, with the menu's words", async () => {
    const exchange = openExchange();
    const number = newNumber();
    const userId = await subscriber(exchange, number, { walletTzs: 9_000 });
    await writeText(exchange, number, "KODI 0000");
    expect(lastText(exchange, number)).toContain("Kituo 0000 hakipo");
    await writeText(exchange, number, "KODI");
    expect(lastText(exchange, number)).toContain("KODI 1001");
    await rented(exchange, userId, station);
    await writeText(exchange, number, `KODI ${station.code}`);
    expect(lastText(exchange, number)).toContain("Namba ya kukodi");
  });
});

describe.each(["africastalking", "beem"] as const)("through %s", (gateway) => {
  test("HALI, SALIO and MSAADA are answered with what the menu says, without its options", async () => {
    const exchange = openExchange();
    const number = newNumber();
    const userId = await subscriber(exchange, number, { walletTzs: 9_000 });
    const { returnCode } = await rented(exchange, userId, station);
    await writeText(exchange, number, "HALI", { gateway });
    expect(lastText(exchange, number)).toMatch(new RegExp(`Kariakoo\\. Hadi sasa Sh 0.*${returnCode}$`));
    await writeText(exchange, number, "SALIO", { gateway });
    expect(lastText(exchange, number)).toBe("Salio Sh 4,000. Amana iliyoshikiliwa Sh 5,000.");
    await writeText(exchange, number, "MSAADA", { gateway });
    expect(lastText(exchange, number)).toMatch(/KODI.*HALI.*ONGEZA.*SALIO/);
  });
});

describe("a number that nobody is registered under", () => {
  test("is told how, and not more often than a person asks", async () => {
    const exchange = openExchange();
    const number = newNumber();
    for (let i = 0; i < ASKS_PER_NUMBER + 4; i++) await writeText(exchange, number, "SALIO");
    expect(exchange.texts).toHaveLength(ASKS_PER_NUMBER);
    expect(lastText(exchange, number)).toContain("Namba hii haina akaunti");
  });

  test("is not written to while nobody can count, nor is a name or a short code", async () => {
    const exchange = openExchange();
    await redis.arm({ refuse: { mode: "error" } });
    await writeText(exchange, newNumber(), "SALIO");
    await writeText(exchange, newNumber(), `KODI ${station.code}`);
    await redis.clear();
    await writeText(exchange, "15046", "KODI 1001");
    await writeText(exchange, "VODACOM", "MSAADA");
    expect(exchange.texts).toEqual([]);
  });

  test("a known one is told that it cannot be now, and nothing is spent", async () => {
    const exchange = openExchange();
    const number = newNumber();
    await subscriber(exchange, number, { walletTzs: 9_000 });
    await redis.arm({ refuse: { mode: "error" } });
    await writeText(exchange, number, `KODI ${station.code}`);
    await redis.clear();
    expect(lastText(exchange, number)).toContain("haipatikani");
    expect(await rentalsOf(number, exchange)).toEqual([]);
  });
});
