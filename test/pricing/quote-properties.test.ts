import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../src/lib/clock.ts";
import { quote, type Quote, type QuoteLine } from "../../src/pricing/quote.ts";
import { losses, moments, rentals, START_MS, tariffs } from "./arbitraries.ts";
import { pricedMinuteByMinute } from "./minute-oracle.ts";

const lineOf = (priced: Quote, kind: QuoteLine["kind"]): QuoteLine | undefined =>
  priced.lines.find((line) => line.kind === kind);
const grossOf = (priced: Quote, kind: QuoteLine["kind"]): number => lineOf(priced, kind)?.grossTzs ?? 0;

const cases = fc
  .tuple(tariffs, rentals, losses)
  .map(([tariff, facts, lostAt]) => ({ tariff, facts: { ...facts, lostAt } }));

const check = (...[property]: Parameters<typeof fc.assert>): void => void fc.assert(property, { numRuns: 1_500 });

describe("quote", () => {
  it("never falls as time goes by", () => {
    check(
      fc.property(cases, moments, moments, ({ tariff, facts }, one, other) => {
        const [earlier, later] = one < other ? [one, other] : [other, one];
        expect(quote(tariff, facts, later).totalTzs).toBeGreaterThanOrEqual(quote(tariff, facts, earlier).totalTzs);
      }),
    );
  });

  it("keeps base, extensions and late fees under both caps", () => {
    check(
      fc.property(cases, moments, ({ tariff, facts }, at) => {
        const priced = quote(tariff, facts, at);
        const usedTzs = priced.totalTzs - grossOf(priced, "lost");
        const startedDays = Math.floor(Math.max(0, at - START_MS) / 86_400_000) + 1;
        expect(usedTzs).toBeLessThanOrEqual(Math.min(tariff.capTotalTzs, startedDays * tariff.capPer24hTzs));
      }),
    );
  });

  it("adds at most the 24-hour cap in any 24 hours of the rental", () => {
    check(
      fc.property(cases, fc.integer({ min: 0, max: 4 }), ({ tariff, facts }, day) => {
        const unpaused = { ...facts, pauses: [], freeReturn: false, lostAt: undefined };
        const before = day === 0 ? 0 : quote(tariff, unpaused, START_MS + day * 86_400_000 - 1).totalTzs;
        const after = quote(tariff, unpaused, START_MS + (day + 1) * 86_400_000 - 1).totalTzs;
        expect(after - before).toBeLessThanOrEqual(tariff.capPer24hTzs);
      }),
    );
  });

  it("agrees with a rental that is lived minute by minute", () => {
    const wholeMinutes = (ms: number): number => START_MS + Math.floor((ms - START_MS) / MINUTE_MS) * MINUTE_MS;
    check(
      fc.property(tariffs, rentals, moments, (tariff, drawn, at) => {
        const facts = {
          ...drawn,
          freeReturn: false,
          extensions: drawn.extensions.map((one) => ({ boughtAtMs: wholeMinutes(one.boughtAtMs) })),
          pauses: drawn.pauses.map((one) => ({ fromMs: wholeMinutes(one.fromMs), toMs: wholeMinutes(one.toMs) })),
        };
        const priced = quote(tariff, facts, wholeMinutes(at));
        const lived = pricedMinuteByMinute(tariff, facts, wholeMinutes(at));
        expect([grossOf(priced, "base"), grossOf(priced, "extension"), grossOf(priced, "late")]).toEqual([
          lived.base,
          lived.extension,
          lived.late,
        ]);
      }),
    );
  });

  it("splits every line and the total into net and VAT without a shilling left over", () => {
    check(
      fc.property(cases, moments, ({ tariff, facts }, at) => {
        const { lines, totalTzs, netTzs, vatTzs } = quote(tariff, facts, at);
        const sum = (pick: (line: QuoteLine) => number): number => lines.reduce((total, line) => total + pick(line), 0);
        expect([sum((line) => line.grossTzs), sum((line) => line.netTzs), sum((line) => line.vatTzs)]).toEqual([
          totalTzs,
          netTzs,
          vatTzs,
        ]);
        expect(netTzs + vatTzs).toBe(totalTzs);
        for (const line of lines) {
          expect(line.netTzs + line.vatTzs).toBe(line.grossTzs);
          expect(Math.min(line.netTzs, line.vatTzs, line.grossTzs - 1)).toBeGreaterThanOrEqual(0);
          expect(Number.isSafeInteger(line.netTzs)).toBe(true);
        }
      }),
    );
  });

  it("charges quantity times price, or less where a cap binds", () => {
    check(
      fc.property(cases, moments, ({ tariff, facts }, at) => {
        const priced = quote(tariff, facts, at);
        const priceTzs = {
          base: tariff.baseFeeTzs,
          extension: tariff.extensionFeeTzs,
          late: tariff.lateFeeTzs,
          lost: tariff.replacementTzs,
        };
        for (const line of priced.lines) expect(line.grossTzs).toBeLessThanOrEqual(line.quantity * priceTzs[line.kind]);
        const uncappedTzs = priced.lines.reduce((sum, line) => sum + line.quantity * priceTzs[line.kind], 0);
        if (!lineOf(priced, "lost") && uncappedTzs <= tariff.capPer24hTzs) expect(priced.totalTzs).toBe(uncappedTzs);
      }),
    );
  });

  it("depends on its arguments alone and leaves them as they are", () => {
    check(
      fc.property(cases, moments, ({ tariff, facts }, at) => {
        const before = JSON.stringify([tariff, facts]);
        expect(quote(tariff, facts, at)).toEqual(quote(tariff, facts, at));
        expect(JSON.stringify([tariff, facts])).toBe(before);
      }),
    );
  });

  it("does not depend on the order of extensions and pauses", () => {
    check(
      fc.property(cases, moments, ({ tariff, facts }, at) => {
        const reversed = { ...facts, extensions: facts.extensions.toReversed(), pauses: facts.pauses.toReversed() };
        expect(quote(tariff, reversed, at)).toEqual(quote(tariff, facts, at));
      }),
    );
  });

  it("takes no account of what is bought or lost after the moment", () => {
    check(
      fc.property(cases, moments, ({ tariff, facts }, at) => {
        const known = {
          ...facts,
          extensions: facts.extensions.filter((one) => one.boughtAtMs <= at),
          lostAt: facts.lostAt && facts.lostAt.atMs <= at ? facts.lostAt : undefined,
        };
        expect(quote(tariff, facts, at)).toEqual(quote(tariff, known, at));
      }),
    );
  });

  it("is not raised by a pause of what is bought by then", () => {
    check(
      fc.property(
        cases,
        moments,
        fc.integer({ min: 0, max: 2_000_000 }),
        moments,
        ({ tariff, facts }, fromMs, lengthMs, at) => {
          const plain = { ...facts, extensions: facts.extensions.filter((one) => one.boughtAtMs <= fromMs) };
          const paused = { ...plain, pauses: [...plain.pauses, { fromMs, toMs: fromMs + lengthMs }] };
          expect(quote(tariff, paused, at).totalTzs).toBeLessThanOrEqual(quote(tariff, plain, at).totalTzs);
        },
      ),
    );
  });

  it("changes first at nextChangeAtMs", () => {
    check(
      fc.property(tariffs, rentals, losses, moments, (tariff, drawn, lostAt, at) => {
        const known = { ...drawn, extensions: drawn.extensions.filter((one) => one.boughtAtMs <= at) };
        const facts = { ...known, lostAt: lostAt && lostAt.atMs <= at ? lostAt : undefined };
        const { totalTzs, nextChangeAtMs } = quote(tariff, facts, at);
        if (nextChangeAtMs === null) expect(quote(tariff, facts, at + 400 * 86_400_000).totalTzs).toBe(totalTzs);
        else {
          expect(nextChangeAtMs).toBeGreaterThan(at);
          expect(quote(tariff, facts, nextChangeAtMs - 1).totalTzs).toBe(totalTzs);
          expect(quote(tariff, facts, nextChangeAtMs).totalTzs).toBeGreaterThan(totalTzs);
        }
      }),
    );
  });

  it("never exceeds a worst case that was told earlier", () => {
    check(
      fc.property(cases, moments, moments, ({ tariff, facts }, one, other) => {
        const [earlier, later] = one < other ? [one, other] : [other, one];
        const told = quote(tariff, facts, earlier).worstCaseTzs;
        expect(quote(tariff, facts, later).totalTzs).toBeLessThanOrEqual(told);
        expect(quote(tariff, facts, later).worstCaseTzs).toBeLessThanOrEqual(told);
      }),
    );
  });

  it("prices a moment before the start like the start", () => {
    check(
      fc.property(cases, fc.integer({ min: 1, max: 90_000_000 }), ({ tariff, facts }, earlyMs) => {
        const bare = { ...facts, extensions: [], lostAt: undefined };
        expect(quote(tariff, bare, START_MS - earlyMs)).toEqual(quote(tariff, bare, START_MS));
      }),
    );
  });

  it("stays as it is after a loss", () => {
    check(
      fc.property(cases, moments, ({ tariff, facts }, at) => {
        const lostAt = facts.lostAt ?? { atMs: START_MS, reportedByRenter: false };
        const lost = { ...facts, lostAt };
        expect(quote(tariff, lost, Math.max(at, lostAt.atMs))).toEqual(quote(tariff, lost, lostAt.atMs));
      }),
    );
  });
});
