// What a renter does with hands: finds a station that has something, takes a bank out of it, puts it into another one.
import type { Street } from "./outside.ts";
import { pause, type Renter, type Scene } from "./scene.ts";

export type Place = Street["stations"][number];

/** Its tariff is `short`: two banks wait there for those who see their time run out, and nobody else takes or leaves one. */
export const SHORT_STATION = "1004";

const LOW_PERCENT = 60;
const SOON_MS = 20_000;
/** From the choice of a station to the bank in the hand, at the most. */
const CLAIM_MS = 8_000;
const LOOK_MS = 150;

/** Stories are told beside each other: whoever walks to a station counts on so many banks there until they are out. */
const claims: { code: string; untilMs: number }[] = [];
export const claim = (code: string, banks = 1): void =>
  void claims.push(...Array.from({ length: banks }, () => ({ code, untilMs: Date.now() + CLAIM_MS })));
export const claimedAt = (code: string): number =>
  claims.filter((each) => each.code === code && each.untilMs > Date.now()).length;

/** A station to rent at, with so many healthy banks that nobody else counts on. */
export const stationWithBank = async ({ outside, say }: Scene, banks = 1): Promise<Place> => {
  const untilMs = Date.now() + SOON_MS;
  for (;;) {
    const { stations } = await outside.look();
    const best = stations
      .filter(({ isConnected, code }) => isConnected && code !== SHORT_STATION)
      .toSorted((a, b) => left(b) - left(a))[0];
    if ((best && left(best) >= banks) || Date.now() > untilMs) {
      const place = say.need(best && left(best) >= banks && best, "a station has a power bank to rent");
      claim(place.code, banks);
      return place;
    }
    await pause(LOOK_MS);
  }
};

const left = ({ code, slots }: Place): number =>
  slots.filter(({ powerBankId, chargePercent, fault }) => powerBankId && !fault && (chargePercent ?? 0) >= LOW_PERCENT)
    .length - claimedAt(code);

/** Waits for a bank in this person's hand, another one than `besides`; answers it. */
export const takeBank = async ({ outside, say }: Scene, renter: Renter, besides?: string): Promise<string> => {
  const untilMs = Date.now() + SOON_MS;
  while (Date.now() < untilMs) {
    const held = (await outside.look()).held.find(
      (bank) => bank.rentalId !== null && bank.renter === renter.name && bank.powerBankId !== besides,
    );
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
