// A technician at a station: opens a slot by an order, has its bank in hand, and writes that down before it goes into a slot again.
import { wordOf } from "./client.ts";
import type { Stage } from "./stage.ts";
import { exchange } from "./hardware.ts";

const role = "admin" as const;

export const openSlot = async (stage: Stage): Promise<void> => {
  await writeDown(stage);
  const { world, random, client, journal } = stage;
  const { technician } = world;
  const station = random.pick(world.stations);
  const banks = station.model.cabinet.banks();
  if (banks.length === 0) return;
  const { slot, powerBankId } = random.pick(banks);
  technician.awaits.add(powerBankId);
  const order = { kind: "open", slot, powerBankId, reason: "its lamp is dark" };
  const key = `technician-${++technician.requests}`;
  const answer = await client.ofStaff(
    { id: technician.id, role },
    `/admin/stations/${station.id}/commands`,
    order,
    key,
  );
  journal.write(`technician opens slot ${slot} of ${station.name} with ${powerBankId}: ${wordOf(answer)}`);
  if (random.chance(0.8)) await exchange(stage, station);
  await writeDown(stage);
};

/** Every bank in hand, until the record has it. */
export const writeDown = async ({ world, client, journal }: Stage): Promise<void> => {
  const { technician, hands } = world;
  for (const bank of technician.holds) {
    const taken = { to: "hands", reason: "its lamp is dark" };
    const key = `technician-${++technician.requests}`;
    const answer = await client.ofStaff({ id: technician.id, role }, `/admin/power-banks/${bank}/take`, taken, key);
    journal.write(`technician has ${bank}: ${wordOf(answer)}`);
    // One that the record calls rented or lost is put into a station, which ends its rental.
    if (answer?.status !== 200 && answer?.body["code"] !== "bank_state") continue;
    technician.holds.splice(technician.holds.indexOf(bank), 1);
    hands.push(bank);
    return;
  }
};
