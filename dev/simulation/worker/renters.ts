// People with an app and a handset.
import { type Answer, wordOf } from "./client.ts";
import { withdraw } from "./pay-outs.ts";
import { sendNewest } from "./provider.ts";
import type { Stage } from "./stage.ts";
import { exchange } from "./hardware.ts";
import type { Renter } from "./world.ts";

const providers = ["mpesa", "airtel", "tigo", "halopesa", "azampesa"] as const;
const AMOUNTS_TZS = [500, 1_000, 2_500, 5_000, 10_000];

const ask = async (stage: Stage, renter: Renter, path: string, body: unknown): Promise<void> => {
  const key = `${renter.name}-${++renter.requests}`;
  renter.last = { path, body, key };
  await askAgain(stage, renter);
};

/** The last request under its own key, whether it was answered or not. */
const askAgain = async ({ client, journal }: Stage, renter: Renter): Promise<void> => {
  if (!renter.last) return;
  const { path, body, key } = renter.last;
  const answer: Answer | null = await client.ofRenter(renter, "POST", path, body, key);
  journal.write(`${renter.name} ${path} ${key}: ${wordOf(answer)}`);
  if (path === "/rentals/start" && answer?.status === 202) renter.rentalId = String(answer.body["id"]);
};

export const start = async (stage: Stage): Promise<void> => {
  const { world, random } = stage;
  const renter = random.pick(world.renters);
  const payer = { provider: random.pick(providers), phone: `+${renter.msisdn}` };
  const station = random.pick(world.stations);
  const isAwake = random.chance(0.8);
  // Where somebody stands, the modem is mostly there as well.
  if (isAwake) await exchange(stage, station);
  await ask(stage, renter, "/rentals/start", {
    stationCode: station.code,
    ...(random.chance(0.7) ? { payment: payer } : {}),
  });
  if (isAwake && random.chance(0.8)) await exchange(stage, station);
};

export const pay = async (stage: Stage): Promise<void> => {
  const { world, random } = stage;
  const renter = random.pick(world.renters);
  await ask(stage, renter, "/payments/initiate", {
    purpose: random.chance(0.7) ? "top_up" : "debt",
    amountTzs: random.pick(AMOUNTS_TZS),
    provider: random.pick(providers),
    phone: `+${renter.msisdn}`,
  });
};

export const takeOut = async (stage: Stage): Promise<void> => {
  const renter = stage.random.pick(stage.world.renters);
  await withdraw(stage, renter, (path, body) => ask(stage, renter, path, body));
};

export const repeat = (stage: Stage): Promise<void> => askAgain(stage, stage.random.pick(stage.world.renters));

const someRental = ({ world, random }: Stage): { renter: Renter; rentalId: string } | null => {
  const known = world.renters.flatMap((renter) =>
    renter.rentalId === null ? [] : [{ renter, rentalId: renter.rentalId }],
  );
  return known.length === 0 ? null : random.pick(known);
};

export const cancel = async (stage: Stage): Promise<void> => {
  const chosen = someRental(stage);
  if (!chosen) return;
  const { renter, rentalId } = chosen;
  const answer = await stage.client.ofRenter(renter, "POST", `/rentals/${rentalId}/cancel`, {});
  stage.journal.write(`${renter.name} cancels: ${wordOf(answer)}`);
};

export const look = async (stage: Stage): Promise<void> => {
  const chosen = someRental(stage);
  if (!chosen) return;
  const { renter, rentalId } = chosen;
  const atMs = stage.time.now();
  const answer = await stage.client.ofRenter(renter, "GET", `/rentals/${rentalId}`);
  stage.journal.write(`${renter.name} looks: ${wordOf(answer)}`);
  // A read that took time was priced somewhere between; it says nothing exact.
  if (answer?.status === 200 && stage.time.now() === atMs) stage.truth.sawRental(answer.body, atMs);
};

export const handset = async (stage: Stage): Promise<void> => {
  const { azampay, random, journal, world } = stage;
  const prompts = azampay.prompts();
  if (prompts.length === 0) return;
  const action = random.weighted([
    [6, "approve"],
    [2, "refuse"],
    [1, "ignore"],
  ] as const);
  await azampay.act(random.pick(prompts), action);
  journal.write(`a handset: ${action}`);
  if (!random.chance(0.5)) return;
  // As it mostly is: the provider calls back at once, and a bank comes out.
  for (const station of world.stations) if (random.chance(0.5)) await exchange(stage, station);
  await sendNewest(stage);
  for (const station of world.stations) if (random.chance(0.5)) await exchange(stage, station);
};
