// What a renter does with hands: finds a station that has something, takes a bank out of it, puts it into another one.
import type { Street } from "./outside.ts";
import { pause, type Renter, type Scene } from "./scene.ts";

export type Place = Street["stations"][number];

/** Its tariff is `short`: two banks wait there for those who see their time run out, and nobody else takes or leaves one. */
export const SHORT_STATION = "1004";

const LOW_PERCENT = 60;
const SOON_MS = 20_000;
const LOOK_MS = 150;

/** A station to rent at; one where nothing is broken in the way of a renter. */
export const stationWithBank = async ({ outside, say }: Scene): Promise<Place> => {
  const { stations } = await outside.look();
  const healthy = (place: Place) =>
    place.slots.filter(
      ({ powerBankId, chargePercent, fault }) => powerBankId && !fault && (chargePercent ?? 0) >= LOW_PERCENT,
    ).length;
  const best = stations
    .filter(({ isConnected, code }) => isConnected && code !== SHORT_STATION)
    .toSorted((a, b) => healthy(b) - healthy(a))[0];
  return say.need(best && healthy(best) > 0 && best, "a station has a power bank to rent");
};

/** Waits for a bank in this person's hand; answers it. */
export const takeBank = async ({ outside, say }: Scene, renter: Renter): Promise<string> => {
  const untilMs = Date.now() + SOON_MS;
  while (Date.now() < untilMs) {
    const held = (await outside.look()).held.find((bank) => bank.rentalId !== null && bank.renter === renter.name);
    if (held) return say.need(held.powerBankId, `${held.powerBankId} came out`);
    await pause(LOOK_MS);
  }
  return say.need<string>(null, "a power bank came out");
};

/** Into the station with most room, or into the one that is named. */
export const putBack = async ({ outside, say }: Scene, powerBankId: string, into?: string): Promise<Place> => {
  const { stations } = await outside.look();
  const to = stations
    .filter(({ isConnected, code }) => isConnected && (into === undefined ? code !== SHORT_STATION : code === into))
    .toSorted((a, b) => freeSlots(b) - freeSlots(a))[0];
  const place = say.need(to && freeSlots(to) > 0 && to, "a station has a free slot");
  say.step(`puts it into ${place.code} ${place.name}`);
  say.need((await outside.insert(place.id, { powerBankId, chargePercent: 80 })).status === 200, "the station takes it");
  return place;
};

const freeSlots = ({ slots }: Place): number =>
  slots.filter(({ powerBankId, fault, locked }) => !powerBankId && !fault && !locked).length;
