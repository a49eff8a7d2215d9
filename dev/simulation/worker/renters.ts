// People with an app and a handset.
import { type Answer, wordOf } from "./client.ts";
import { withdraw } from "./pay-outs.ts";
import { sendNewest } from "./provider.ts";
import type { Stage } from "./stage.ts";
import { exchange } from "./hardware.ts";
import type { Renter } from "./world.ts";

const providers = ["mpesa", "airtel", "tigo", "halopesa", "azampesa"] as const;
const AMOUNTS_TZS = [500, 1_000, 2_500, 5_000, 10_000];

export const payerOf = ({ random }: Stage, renter: Renter) => ({
  provider: random.pick(providers),
  phone: `+${renter.msisdn}`,
});

export const ask = async (stage: Stage, renter: Renter, path: string, body: unknown): Promise<Answer | null> => {
  const key = `${renter.name}-${++renter.requests}`;
  renter.last = { path, body, key };
  return askAgain(stage, renter);
};

/** The last request under its own key, whether it was answered or not. */
const askAgain = async ({ client, journal }: Stage, renter: Renter): Promise<Answer | null> => {
  if (!renter.last) return null;
  const { path, body, key } = renter.last;
  const answer: Answer | null = await client.ofRenter(renter, "POST", path, body, key);
  journal.write(`${renter.name} ${path} ${key}: ${wordOf(answer)}`);
  const isBegun = path === "/rentals/start" || path.endsWith("/swap");
  if (isBegun && answer?.status === 202) renter.rentalId = String(answer.body["id"]);
  return answer;
};

export const start = async (stage: Stage): Promise<void> => {
  const { world, random } = stage;
  const renter = random.pick(world.renters);
  const payer = payerOf(stage, renter);
  const station = random.pick(world.stations);
  const isAwake = random.chance(0.8);
  // Where somebody stands, the modem is mostly there as well.
  if (isAwake) await exchange(stage, station);
  const answer = await ask(stage, renter, "/rentals/start", {
    stationCode: station.code,
    ...(random.chance(0.7) ? { payment: payer } : {}),
  });
  if (isAwake && random.chance(0.8)) await exchange(stage, station);
  if (answer?.body["status"] !== "dispensing" || random.chance(0.8)) return;
  // The cable is the wrong one.
  await swapBank(stage, { renter, rentalId: String(answer.body["id"]) });
  await exchange(stage, station);
};

export const swapBank = async (stage: Stage, { renter, rentalId }: Chosen): Promise<void> => {
  await ask(stage, renter, `/rentals/${rentalId}/swap`, { cause: stage.random.pick(["no_charge", "broken"]) });
};

/** Somebody asks for a bank, whatever is there. */
export const startAsked = (stage: Stage): Promise<Answer | null> => {
  const { world, random } = stage;
  return ask(stage, random.pick(world.renters), "/rentals/start", { stationCode: random.pick(world.stations).code });
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
  // Whoever waits for a payment may spend what is in the wallet meanwhile.
  const waiting = new Set(stage.truth.facts?.pending.map(({ id }) => id));
  const isWaiting = stage.random.chance(0.3) ? someRental(stage, (id) => waiting.has(id)) : null;
  const renter = isWaiting?.renter ?? stage.random.pick(stage.world.renters);
  await withdraw(stage, renter, async (path, body) => void (await ask(stage, renter, path, body)));
};

export const repeat = async (stage: Stage): Promise<void> => {
  await askAgain(stage, stage.random.pick(stage.world.renters));
};

interface Chosen {
  renter: Renter;
  rentalId: string;
}

const someRental = ({ world, random }: Stage, isMeant: (rentalId: string) => boolean = () => true): Chosen | null => {
  const known = world.renters.flatMap(({ rentalId }, n) =>
    rentalId !== null && isMeant(rentalId) ? [{ renter: world.renters[n]!, rentalId }] : [],
  );
  return known.length === 0 ? null : random.pick(known);
};

/** One whose bank is out, mostly. */
export const runningRental = (stage: Stage): Chosen | null => {
  const running = new Set(stage.truth.facts?.rented.map(({ id }) => id));
  return (stage.random.chance(0.9) ? someRental(stage, (id) => running.has(id)) : null) ?? someRental(stage);
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
