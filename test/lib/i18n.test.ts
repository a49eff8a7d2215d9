import { expect, it } from "vitest";
import { chooseLocale } from "../../src/lib/i18n.ts";

it.each([
  [null, "sw"],
  [undefined, "sw"],
  ["", "sw"],
  ["en", "en"],
  ["en-GB", "en"],
  ["EN", "en"],
  ["sw-TZ, en;q=0.9", "sw"],
  ["en;q=0.8, sw;q=0.9", "sw"],
  ["fr, en;q=0.5", "en"],
  ["fr, de", "sw"],
  ["en;q=0", "sw"],
  ["*", "sw"],
  ["*;q=0.1, en;q=0.5", "en"],
  ["en;q=abc", "sw"],
  ["english", "sw"],
])("reads %j as %s", (header, locale) => expect(chooseLocale(header)).toBe(locale));
