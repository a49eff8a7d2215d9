// Callbacks: the provider's own, in any order and as often as the seed likes, and those of somebody who found the path.
import { CALLBACK_SECRET } from "../../../test/support/test-env.ts";
import type { Random } from "../random.ts";
import type { Outgoing } from "./azampay.ts";
import { wordOf } from "./client.ts";
import { sendPayOut } from "./pay-outs.ts";
import type { Stage } from "./stage.ts";

const CALLBACK_PATH = `/api/v1/payments/callback/${CALLBACK_SECRET}`;
const REPEATED_CHANCE = 0.15;
const RESPELT_CHANCE = 0.2;
/** How far back the provider repeats itself. */
const RECENT = 40;

export const callback = async (stage: Stage): Promise<void> => {
  const { azampay, random } = stage;
  azampay.collect();
  const waiting = azampay.outgoing.filter(({ deliveries }) => deliveries === 0);
  const isRepeat = random.chance(REPEATED_CHANCE) || waiting.length === 0;
  const candidates = isRepeat ? azampay.outgoing.slice(-RECENT) : waiting;
  if (candidates.length > 0) await send(stage, random.pick(candidates));
};

export const sendNewest = async (stage: Stage): Promise<void> => {
  stage.azampay.collect();
  const newest = stage.azampay.outgoing.at(-1);
  if (newest?.deliveries === 0) await send(stage, newest);
};

export const send = async (stage: Stage, outgoing: Outgoing): Promise<void> => {
  if (outgoing.kind === "disbursement") return sendPayOut(stage, outgoing);
  const { client, random, journal, truth } = stage;
  // The same facts in other bytes: a provider that repeats may write its fields anew.
  const body = random.chance(RESPELT_CHANCE) ? respelt(outgoing.body, random) : outgoing.body;
  const answer = await client.post(CALLBACK_PATH, body);
  journal.write(`callback ${outgoing.id}${body === outgoing.body ? "" : " respelt"}: ${wordOf(answer)}`);
  if (answer?.status === 200) outgoing.deliveries++;
  // A refused signature is refused for ever; the provider gives up at some time.
  else if (answer?.status === 401 && random.chance(0.5)) outgoing.deliveries++;
  if (answer?.status === 200 && outgoing.captured) truth.told(outgoing.captured);
};

const respelt = (body: string, random: Random): string => {
  const fields = Object.entries(JSON.parse(body) as Record<string, unknown>);
  return JSON.stringify(Object.fromEntries([...fields.slice(1), fields[0]!]), null, random.between(0, 3));
};

/** Somebody who found the path, and knows the shape. */
export const forge = async ({ azampay, client, random, journal, truth, world }: Stage): Promise<void> => {
  const kind = random.pick(["no_password", "wrong_secret", "guessed", "altered"] as const);
  const known = azampay.outgoing.filter(({ captured }) => captured !== null && truth.isCredited(captured.reference));
  const reference = world.ids.secret(32);
  const amountTzs = random.pick([500, 5_000, 50_000]);
  const fields: Record<string, unknown> = {
    transactionstatus: "success",
    message: "paid",
    operator: "Mpesa",
    reference,
    externalreference: reference,
    transid: reference,
    utilityref: world.ids.secret(26),
    amount: String(amountTzs),
    msisdn: "255754000000",
    mnoreference: world.ids.secret(10),
    password: azampay.app.settings.callbackPassword,
  };
  if (kind === "no_password") delete fields["password"];
  // Whoever saw a callback knows a reference of ours, whose money is there already. One that is still awaited nobody can
  // know; without a signature only a statement would find its forgery out.
  if (kind === "altered" && known.length > 0) fields["utilityref"] = random.pick(known).captured!.externalId;
  const path = kind === "wrong_secret" ? "/api/v1/payments/callback/guessed" : CALLBACK_PATH;
  truth.forged.set(reference, amountTzs);
  journal.write(`forged ${kind}: ${wordOf(await client.post(path, JSON.stringify(fields)))}`);
};
