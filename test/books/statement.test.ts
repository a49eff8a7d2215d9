import { describe, expect, test } from "vitest";
import { parseStatement } from "../../src/books/statement.ts";
import { statementFormats } from "../../src/books/statement-formats.ts";

const parse = (text: string) => parseStatement(text, statementFormats.azampay);
const HEADER = "Transaction ID,External Id,Amount,Type,Status,Date";
const lineOf = (row: string, header = HEADER) => {
  const parsed = parse(`${header}\n${row}\n`);
  return parsed.status === "read" ? parsed.lines[0] : parsed.problems;
};

const plain = {
  providerReference: "5aae72e0",
  ourReference: "k7x2",
  direction: "in",
  amountTzs: 5_000,
  status: "paid",
  occurredAtMs: Date.parse("2026-11-20T09:30:00+03:00"),
};

describe("a statement", () => {
  test("is read whatever its columns are called and wherever they stand", () => {
    expect(lineOf("5aae72e0,k7x2,5000,Collection,Success,2026-11-20 09:30:00")).toEqual(plain);
    expect(
      lineOf(
        "SUCCESS,2026-11-20T06:30:00Z,C2B,k7x2,5aae72e0,5000",
        "transaction_status,TransactionDate,direction,utilityRef,pgReferenceId,amount_tzs",
      ),
    ).toEqual(plain);
  });

  test("may have a title above its header, a byte order mark, CRLF, quotes, semicolons or tabs", () => {
    const text = `\uFEFFAzamPay statement;;\r\nPeriod;November;2026\r\n\r\n${HEADER.replaceAll(",", ";")}\r\n"5aae72e0";"k7x2";"5,000.00";"Mno Checkout";success;20/11/2026 09:30\r\n`;
    expect(parse(text)).toEqual({ status: "read", lines: [plain], ignored: 0 });
    expect(parse(text.replaceAll(";", "\t"))).toMatchObject({ status: "read", lines: [plain] });
    expect(lineOf('5aae72e0,k7x2,"5,000",in,paid,"20/11/2026 9:30:00 AM"')).toEqual(plain);
    expect(lineOf('"5aae""72e0",k7x2,5000,in,paid,2026-11-20 09:30')).toEqual({
      ...plain,
      providerReference: '5aae"72e0',
    });
  });

  test.each([
    ["5000", 5_000],
    ["5000.00", 5_000],
    ["5,000", 5_000],
    ["TZS 5,000.00", 5_000],
    ["1 250 000", 1_250_000],
    ["5,000 /=", 5_000],
    ["+5000", 5_000],
  ])("reads the amount %s", (text, amountTzs) => {
    expect(lineOf(`a,b,"${text}",in,paid,2026-11-20`)).toMatchObject({ amountTzs });
  });

  test.each(["5000.50", "5.000", "", "0", "5,00", "1e3", "abc", "٥٠٠٠"])(
    "refuses the amount %j with its row",
    (text) => {
      expect(lineOf(`a,b,"${text}",in,paid,2026-11-20`)).toEqual([
        { row: 2, what: "the amount is not a whole number of shillings" },
      ]);
    },
  );

  test.each([
    ["2026-11-20", "2026-11-20T00:00:00+03:00"],
    ["20/11/2026", "2026-11-20T00:00:00+03:00"],
    ["05/11/2026 23:59:59", "2026-11-05T23:59:59+03:00"],
    ["2026-11-20 12:05 AM", "2026-11-20T00:05:00+03:00"],
    ["20.11.2026 12:30 pm", "2026-11-20T12:30:00+03:00"],
    ["2026-11-20T09:30:00.123+00:00", "2026-11-20T09:30:00Z"],
    ["2026-11-20 09:30:00+0100", "2026-11-20T08:30:00Z"],
  ])("reads the time %s", (text, iso) => {
    expect(lineOf(`a,b,1,in,paid,${text}`)).toMatchObject({ occurredAtMs: Date.parse(iso) });
  });

  test.each(["31/02/2026", "2026-13-01", "2026-11-20 24:00", "11/20/2026", "yesterday", ""])(
    "refuses the time %j",
    (text) => {
      expect(lineOf(`a,b,1,in,paid,${text}`)).toEqual([{ row: 2, what: "the time is not a time" }]);
    },
  );

  test("guesses no direction and no status, and skips what is no payment", () => {
    expect(lineOf("a,b,1,sideways,paid,2026-11-20")).toEqual([{ row: 2, what: 'direction "sideways" is not known' }]);
    expect(lineOf("a,b,1,in,maybe,2026-11-20")).toEqual([{ row: 2, what: 'status "maybe" is not known' }]);
    expect(
      parse(`${HEADER}\na,b,1,in,paid,2026-11-20\nx,,9000,Settlement,,2026-11-20\ny,,12,Fee,paid,2026-11-20`),
    ).toMatchObject({ status: "read", ignored: 2, lines: [{ providerReference: "a" }] });
  });

  test("takes the sign for the direction where no column says it", () => {
    const header = "reference,amount,status,time";
    expect(lineOf("a,-700,paid,2026-11-20", header)).toMatchObject({
      direction: "out",
      amountTzs: 700,
      ourReference: null,
    });
    expect(lineOf("a,700,paid,2026-11-20", header)).toMatchObject({ direction: "in", amountTzs: 700 });
  });

  test("has each transaction once, in its latest state, and never with two amounts", () => {
    const twice = parse(`${HEADER}\na,b,1,in,pending,2026-11-20\na,b,1,in,paid,2026-11-20\na,b,1,out,paid,2026-11-20`);
    expect(twice).toMatchObject({ lines: [{ direction: "in", status: "paid" }, { direction: "out" }] });
    expect(parse(`${HEADER}\na,b,1,in,paid,2026-11-20\na,b,2,in,paid,2026-11-20`)).toEqual({
      status: "refused",
      problems: [{ row: 3, what: "another amount for a" }],
    });
  });

  test("is refused as a whole when it has no header, no row, or a quote that never ends", () => {
    expect(parse("one,two,three\n1,2,3")).toMatchObject({ status: "refused", problems: [{ row: null }] });
    expect(parse(HEADER)).toEqual({ status: "refused", problems: [{ row: null, what: "no transaction in it" }] });
    expect(parse(`${HEADER}\n"a,b,1,in,paid,2026-11-20`)).toEqual({
      status: "refused",
      problems: [{ row: null, what: "a quote is never closed" }],
    });
    expect(parse("")).toMatchObject({ status: "refused" });
    expect(lineOf(",b,1,in,paid,2026-11-20")).toEqual([{ row: 2, what: "providerReference is missing or too long" }]);
  });
});
