import { beforeAll, describe, expect, test } from "vitest";
import { costOf, NOTHING } from "../http/cost.ts";
import { HOSTILE_TEXTS, malformed, MARKER } from "../http/breakage.ts";
import { USSD_AFRICASTALKING_SECRET, USSD_BEEM_SECRET } from "../support/test-env.ts";
import { dial, type Exchange, newNumber, openExchange, postBeem } from "./handset.ts";

const FORM = "application/x-www-form-urlencoded";
let exchange: Exchange;
beforeAll(() => {
  exchange = openExchange();
});
const africasTalking = `/ussd/africastalking/${USSD_AFRICASTALKING_SECRET}`;
const beem = `/ussd/beem/${USSD_BEEM_SECRET}`;

describe("what claims to be a gateway", () => {
  test("is nobody without the secret of that very gateway, and costs nothing", async () => {
    const body = "sessionId=1&phoneNumber=%2B255754000001&text=";
    const cost = await costOf(async () => {
      for (const path of [
        `/ussd/africastalking/${USSD_BEEM_SECRET}`,
        `/ussd/beem/${USSD_AFRICASTALKING_SECRET}`,
        "/ussd/beem/x",
      ])
        expect((await exchange.post(path, body, FORM)).status).toBe(404);
    });
    expect(cost).toEqual(NOTHING);
  });

  test("is refused a body that is none, without a word of it, and costs nothing", async () => {
    const good = {
      command: "continue",
      msisdn: "255754000001",
      session_id: "1",
      payload: { request_id: 1, response: "1" },
    };
    const cost = await costOf(async () => {
      for (const body of ["", MARKER, "sessionId=1", "phoneNumber=1", `sessionId=${"x".repeat(200)}&phoneNumber=1`])
        expect((await exchange.post(africasTalking, body, FORM)).status).toBe(400);
      const spoilt = [{ ...good, command: MARKER }, { ...good, payload: {} }, { ...good, session_id: "" }, [], null];
      for (const body of [...malformed(good), ...spoilt.map((each) => JSON.stringify(each))]) {
        const answer = await exchange.post(beem, body, "application/json");
        expect([body.slice(0, 40), answer.status]).toEqual([body.slice(0, 40), 400]);
        expect(await answer.text()).not.toContain(MARKER);
      }
      expect((await exchange.post(africasTalking, `text=${"1".repeat(70_000)}`, FORM)).status).toBe(413);
    });
    expect(cost).toEqual(NOTHING);
  });

  test("with a number that is none of Tanzania's is told so on the screen", async () => {
    for (const number of ["254712345678", "255222123456", "7"])
      expect(await dial(exchange, number).post("")).toMatchObject({ isEnd: true });
  });

  test("may type what no database would take: it is not a choice", async () => {
    for (const text of HOSTILE_TEXTS) {
      const shown = await dial(exchange, newNumber()).post(text.slice(0, 900).replaceAll("*", ""));
      expect(shown.text).toContain("1 Kodi");
      const typed = { number: newNumber(), session: text.slice(0, 100) || "s", index: 1, response: text.slice(0, 150) };
      await postBeem(exchange, { ...typed, index: 0 });
      expect((await postBeem(exchange, typed)).text).toContain("1 Kodi");
    }
  });

  test("in a session without an end is led out of it", async () => {
    const long = Array.from({ length: 80 }, (_, i) => (i % 2 ? "0" : "4")).join("*");
    expect(await dial(exchange, newNumber()).post(long)).toMatchObject({ isEnd: true });
  });
});
