// A QR code as a reader takes it that does not take mirror images.
import fc from "fast-check";
import { expect, it } from "vitest";
import { renderQr } from "../../src/lib/qr.ts";
import { readQrs } from "../support/qr-reader.ts";

it.each(["M", "Q"] as const)("says what it was made of, at level %s and of whatever length", (level) => {
  fc.assert(
    fc.property(fc.stringMatching(/^[!-~]{1,180}$/), (content) => {
      expect(readQrs(renderQr(content, { level, margin: 0 }))).toEqual([content]);
    }),
    { numRuns: 25 },
  );
});

it("leaves as many empty modules around it as it is asked to", () => {
  const size = (margin: number) => Number(/viewBox="0 0 (\d+)/.exec(renderQr("chajipoa", { margin }))![1]);
  expect(size(3) - size(0)).toBe(6);
});
