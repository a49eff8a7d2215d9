// Money on its way out: renters who withdraw, staff who decide, and what the provider really paid. The judge compares the
// three: nothing leaves that nobody asked for, nothing leaves twice, nothing that left comes back.
import { z } from "zod";
import { MINUTE_MS } from "../../../src/lib/clock.ts";
import { DISBURSEMENT_SECRET } from "../../../test/support/test-env.ts";
import type { Disbursement } from "../../simulators/azampay/disbursements.ts";
import type { Outgoing, SimulatedAzamPay } from "./azampay.ts";
import { wordOf } from "./client.ts";
import type { Stage } from "./stage.ts";
import type { Renter } from "./world.ts";

const CALLBACK_PATH = `/api/v1/withdrawals/callback/${DISBURSEMENT_SECRET}`;

export const WithdrawalFacts = z.object({
  id: z.string(),
  externalId: z.string(),
  amountTzs: z.int(),
  state: z.string(),
  sentAtMs: z.int().nullable(),
  needsReview: z.boolean(),
});
export type WithdrawalFacts = z.infer<typeof WithdrawalFacts>;

/** A send that was cut is called unknown after two minutes. */
const SENDING_MS = 3 * MINUTE_MS;
const RETURNED = new Set(["failed", "refused", "rejected"]);

/** The provider says both, that it paid and that it did not: the first word counts until a person has looked at it. */
const isContradicted = ({ payout }: Disbursement): boolean =>
  payout === "success_after_failure" || payout === "failure_after_success";

export const judgePayOuts = (
  azampay: SimulatedAzamPay,
  known: Map<string, WithdrawalFacts>,
  facts: WithdrawalFacts[],
  roundsSince: (atMs: number) => number,
): string[] => {
  const wrong: string[] = [];
  const paid = new Map(azampay.app.disbursements.map((each) => [each.externalId, each]));
  for (const row of facts) {
    known.set(row.externalId, row);
    const made = paid.get(row.externalId);
    if (row.state === "succeeded" && (!made || (made.outcome === "failed" && !isContradicted(made))))
      wrong.push(`3: ${row.id} counts as paid, and nobody paid it`);
    if (RETURNED.has(row.state) && made && made.outcome !== "failed" && !isContradicted(made)) {
      wrong.push(`3: ${row.id} was given back as ${row.state}, and the provider pays it`);
    }
    if (row.state === "sending" && row.sentAtMs !== null && roundsSince(row.sentAtMs + SENDING_MS) >= 2)
      wrong.push(`13: ${row.id} is being sent for ever`);
  }
  for (const { externalId, amountTzs } of paid.values()) {
    const row = known.get(externalId);
    if (!row) wrong.push(`3: ${amountTzs} left that nobody asked for`);
    else if (row.amountTzs !== amountTzs)
      wrong.push(`3: ${amountTzs} left for ${row.id}, which asked for ${row.amountTzs}`);
  }
  return wrong;
};

export const withdraw = async (
  stage: Stage,
  renter: Renter,
  ask: (path: string, body: unknown) => Promise<void>,
): Promise<void> => {
  const { client, random, journal } = stage;
  const provider = random.pick(["mpesa", "airtel", "tigo", "halopesa", "azampesa"] as const);
  const amountTzs = random.pick([1_000, 1_500, 4_000, 9_000]);
  const answer = await client.ofRenter(renter, "POST", "/users/wallet/withdrawals/preview", {
    amountTzs,
    provider,
    phone: `+${renter.msisdn}`,
  });
  journal.write(`${renter.name} asks who gets ${amountTzs}: ${wordOf(answer)}`);
  if (answer?.status === 200) await ask("/users/wallet/withdrawals", { preview: answer.body["preview"] });
};

export const sendPayOut = async ({ client, random, journal }: Stage, outgoing: Outgoing): Promise<void> => {
  const answer = await client.post(CALLBACK_PATH, random.chance(0.2) ? ` ${outgoing.body}` : outgoing.body);
  journal.write(`callback ${outgoing.id} of a disbursement: ${answer?.status ?? "no answer"}`);
  if (answer?.status === 200) outgoing.deliveries++;
};

/** Somebody who found the path of these callbacks, which carry no signature at all. */
export const forgePayOut = async ({ client, random, journal, world }: Stage): Promise<void> => {
  const body = {
    initiatorReferenceId: world.ids.secret(26),
    pgReferenceId: world.ids.secret(32),
    fspReferenceId: world.ids.secret(10),
    operator: "Vodacom",
    amount: "5000",
    status: random.pick(["success", "failure"]),
    message: "done",
    additionalProperties: {},
  };
  journal.write(
    `forged disbursement: ${(await client.post(CALLBACK_PATH, JSON.stringify(body)))?.status ?? "no answer"}`,
  );
};

/** Two people of finance look at what is open. They read the provider's statement and say what it says. */
export const staffDecides = async (stage: Stage): Promise<void> => {
  const { client, random, journal, azampay, world, truth } = stage;
  const open = [...truth.withdrawals.values()].filter(
    ({ state, needsReview }) => needsReview || state === "awaiting_approval" || state === "unknown",
  );
  if (open.length === 0) return;
  const row = random.pick(open);
  const made = azampay.app.disbursements.find(({ externalId }) => externalId === row.externalId);
  const reason = "looked at it";
  const one = random.pick(world.staff);
  const say = async (verb: string, body: unknown, who = one): Promise<void> => {
    const answer = await client.ofStaff({ id: who, role: "finance" }, `/admin/withdrawals/${row.id}/${verb}`, body);
    journal.write(`staff: ${verb} ${row.state}: ${wordOf(answer)}`);
  };
  if (row.state === "awaiting_approval") return say(random.chance(0.7) ? "approve" : "reject", { reason });
  if (row.state === "unknown" && random.chance(0.4)) return say("resend", {});
  if (made?.outcome === "pending") return;
  const outcome = made?.outcome === "success" ? "paid" : "returned";
  for (const who of world.staff) await say("close", { outcome, reason }, who);
};
