// What renters do while they have a bank: more time, another bank, "I returned it", "I lost it".
import type { Stage } from "./stage.ts";
import { ask, payerOf, runningRental, swapBank } from "./renters.ts";
import { exchange } from "./hardware.ts";

export const extend = async (stage: Stage): Promise<void> => {
  const chosen = runningRental(stage);
  if (!chosen) return;
  const { renter, rentalId } = chosen;
  const payment = stage.random.chance(0.6) ? { payment: payerOf(stage, renter) } : {};
  await ask(stage, renter, `/rentals/${rentalId}/extend`, payment);
};

/** Its renter stands before the station, mostly, and the modem is mostly there. */
export const swap = async (stage: Stage): Promise<void> => {
  const chosen = runningRental(stage);
  if (!chosen) return;
  const { random, world } = stage;
  for (const station of world.stations) if (random.chance(0.5)) await exchange(stage, station);
  await swapBank(stage, chosen);
  for (const station of world.stations) if (random.chance(0.5)) await exchange(stage, station);
};

export const end = async (stage: Stage): Promise<void> => {
  const chosen = runningRental(stage);
  if (!chosen) return;
  const { random, world } = stage;
  const station = random.chance(0.8) ? { stationCode: random.pick(world.stations).code } : {};
  await ask(stage, chosen.renter, `/rentals/${chosen.rentalId}/end`, station);
};

export const lose = async (stage: Stage): Promise<void> => {
  const chosen = runningRental(stage);
  if (!chosen) return;
  const cause = stage.random.pick(["lost", "stolen"]);
  await ask(stage, chosen.renter, `/rentals/${chosen.rentalId}/report-lost`, { cause });
};
