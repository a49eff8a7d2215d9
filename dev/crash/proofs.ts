// What has to be true when a case is over, whatever it was: of the metal, of the money, of the paper.
import { BOOK_BREAKS } from "../books/invariant.ts";
import type { Case } from "./cases.ts";
import { DEPOSIT_TZS, FEE_TZS } from "./founding.ts";
import type { Scene } from "./scene.ts";

/** Throws with everything that is wrong. */
export const prove = async (scene: Scene, crash: Case): Promise<void> => {
  const wrong = [...metal(scene, crash), ...(await money(scene, crash)), ...(await paper(scene, crash))];
  if (wrong.length > 0) throw new Error(wrong.join("; "));
};

const unlike = (what: string, seen: unknown, wanted: unknown): string[] =>
  Bun.deepEquals(seen, wanted) ? [] : [`${what}: ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`];

const metal = ({ origin, other, banksOut }: Scene, crash: Case): string[] => {
  const ejects = [...origin.model.ejects, ...other.model.ejects];
  const most = crash.ejects ?? 1;
  const held = [origin, other].flatMap(({ model }) => model.cabinet.banks().map(({ powerBankId }) => powerBankId));
  return [
    ...unlike("every command was handed over once", ejects.length, new Set(ejects).size),
    ...(ejects.length > most ? [`${ejects.length} ejects, not ${most} at most`] : []),
    ...unlike("banks that came out", banksOut.length, crash.end === "completed" ? 1 : 0),
    ...unlike("banks in the stations", held.toSorted(), [...origin.banks, ...other.banks].toSorted()),
  ];
};

const money = async ({ town: { pool }, userId }: Scene, crash: Case): Promise<string[]> => {
  const read = async (query: string, ...params: unknown[]) =>
    (await pool.query<Record<string, unknown>>(query, params)).rows;
  const paid = await read("select state, amount_tzs::int as amount from payments where user_id = $1", userId);
  const funded = crash.kind === "return" || crash.wallet === "funded" ? DEPOSIT_TZS : 0;
  const received = paid.reduce((sum, { state, amount }) => sum + (state === "succeeded" ? Number(amount) : 0), 0);
  const holds = await read(
    `select count(*) filter (where e.reference = 'rental:' || r.id || ':hold')::int as held,
       count(*) filter (where e.reference in ('rental:' || r.id || ':settle', 'rental:' || r.id || ':release'))::int as resolved
     from rentals r join journal_entries e on e.reference like 'rental:' || r.id || ':%' where r.user_id = $1 group by r.id`,
    userId,
  );
  const wallet = await read(
    "select coalesce(sum(balance_tzs), 0)::int as tzs from accounts where code in ('user_wallet:' || $1::text, 'user_debt:' || $1::text)",
    userId,
  );
  return [
    ...unlike("breaks in the books", await read(BOOK_BREAKS), []),
    ...unlike(
      "holds with money in them",
      await read("select code, balance_tzs::int from accounts where kind = 'user_hold' and balance_tzs <> 0"),
      [],
    ),
    ...unlike(
      "each hold is resolved once",
      holds.filter(({ held, resolved }) => held !== resolved),
      [],
    ),
    ...unlike(
      "payments without an end",
      paid.filter(({ state }) => !["succeeded", "failed", "expired"].includes(String(state))),
      [],
    ),
    ...unlike("money of the renter", wallet[0]?.["tzs"], funded + received - (crash.end === "completed" ? FEE_TZS : 0)),
    ...unlike("money that belongs to nothing", await read("select reason from suspense_items"), []),
  ];
};

const paper = async ({ town, userId, msisdn, origin, other }: Scene, crash: Case): Promise<string[]> => {
  const read = async (query: string) => (await town.pool.query<Record<string, unknown>>(query, [userId])).rows;
  const ended = crash.end === "completed";
  const moves = await read(
    `select c.direction, count(*)::int as n from custody c join rentals r on r.id = c.rental_id where r.user_id = $1 group by 1 order by 1`,
  );
  const banks = await town.pool.query(
    "select id from power_banks where id = any($1) and place not in ('depot', 'slot')",
    [[...origin.banks, ...other.banks]],
  );
  const sent = (await (await fetch(`${town.beem.url}/control/messages?to=${msisdn}`)).json()) as {
    reference: string;
  }[];
  return [
    ...unlike(
      "receipts",
      await read("select total_tzs::int as total, number is not null as numbered from receipts where user_id = $1"),
      ended ? [{ total: FEE_TZS, numbered: true }] : [],
    ),
    ...unlike(
      "gaps in the receipts",
      (await town.pool.query("select 1 from receipts having count(number) <> coalesce(max(number), 0)")).rows,
      [],
    ),
    ...unlike(
      "movements of the rental's bank",
      moves,
      ended
        ? [
            { direction: "in", n: 1 },
            { direction: "out", n: 1 },
          ]
        : [],
    ),
    ...unlike("banks that are nowhere", banks.rows, []),
    ...unlike("texts sent twice", sent.length, new Set(sent.map(({ reference }) => reference)).size),
  ];
};
