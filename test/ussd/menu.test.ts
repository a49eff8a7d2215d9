import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CODES_PER_SESSION, follow, isLast, START, step } from "../../src/ussd/menu.ts";
import { inputsOf } from "../../src/ussd/schemas.ts";

const typed = fc.constantFrom(
  "0",
  "00",
  "1",
  "2",
  "3",
  "4",
  "6",
  "7",
  "8",
  "9",
  "",
  "x",
  "1001",
  "123456",
  "2000",
  "#",
);

describe("the menu", () => {
  test("is followed one input at a time or all at once to the same place", () => {
    fc.assert(
      fc.property(fc.array(typed, { maxLength: 30 }), (inputs) => {
        let state = START;
        for (const input of inputs) state = step(state, input);
        expect(follow(inputs)).toEqual(state);
      }),
    );
  });

  test("reaches each place at one count of inputs, whatever is typed there in vain and after the end", () => {
    fc.assert(
      fc.property(
        fc.array(typed, { maxLength: 20 }),
        fc.array(fc.constantFrom("x", "", "#"), { maxLength: 5 }),
        (inputs, vain) => {
          const state = follow(inputs);
          const later = follow([...inputs, ...vain]);
          expect(later.place).toEqual(state.place);
          expect(later.reachedAt).toBe(state.reachedAt);
        },
      ),
    );
  });

  test("leads to a rental by one way, with and without another network", () => {
    expect(follow(["1", "1001", "1", "1"])).toMatchObject({
      place: { at: "rent_go", stationCode: "1001", provider: null },
      reachedAt: 4,
    });
    expect(follow(["1", "1001", "1", "2", "3"]).place).toEqual({
      at: "rent_go",
      stationCode: "1001",
      provider: "tigo",
    });
  });

  test("takes a hash at the end of an input and a star within for what people mean", () => {
    expect(follow(["1", "1001#"]).place).toEqual({ at: "rent_price", stationCode: "1001" });
    expect(inputsOf("1*1001#*1")).toEqual(["1", "1001#", "1"]);
    expect(inputsOf("1**1001*")).toEqual(["1", "1001"]);
    expect(inputsOf("")).toEqual([]);
    expect(follow(inputsOf("*1*#*1001")).place).toEqual({ at: "rent_price", stationCode: "1001" });
  });

  test("goes back by 0 and home by 00 from everywhere but the end", () => {
    fc.assert(
      fc.property(fc.array(typed, { maxLength: 15 }), (inputs) => {
        const state = follow(inputs);
        const home = step(state, "00");
        if (isLast(state.place)) expect(home.place).toEqual(state.place);
        else expect(home.place).toEqual({ at: "home" });
        let back = state;
        for (let i = 0; i < 6; i++) back = step(back, "0");
        if (!isLast(state.place)) expect(back.place).toEqual({ at: "home" });
      }),
    );
  });

  test("speaks the language that was chosen for the rest of the session", () => {
    expect(follow(["7", "2"])).toMatchObject({ place: { at: "language_go" }, locale: "en" });
    expect(follow(["7", "2", "4"])).toMatchObject({ place: { at: "account" }, locale: "en" });
    expect(follow(["7", "2", "7", "1", "8"])).toMatchObject({ place: { at: "help" }, locale: "sw" });
  });

  test("tries no more rental codes than a person mistypes", () => {
    const tries = ["111111", "222222", "333333", "444444"];
    expect(CODES_PER_SESSION).toBe(3);
    expect(follow(["6", ...tries.slice(0, 3)]).place).toEqual({ at: "friend_status", returnCode: "333333" });
    expect(follow(["6", ...tries]).place).toEqual({ at: "friend_over" });
    expect(follow(["6", "111111", "0", "6", "222222", "00", "6", "333333", "0", "6", "444444"]).place).toEqual({
      at: "friend_over",
    });
  });
});
