// One rental from the first tap to the change, told and checked step by step.
import type { z } from "zod";
import { LiveTicketView, RentalView } from "../../src/rentals/schemas.ts";
import { QuoteView, StationView } from "../../src/stations/schemas.ts";
import { isRefused, openLive, type Live } from "./live.ts";
import type { Street } from "./outside.ts";
import { dar, money, pause, readNext, readWallet, type Renter, type Scene, take } from "./scene.ts";
import { settle } from "./settle.ts";
import { claim, claimedAt, SHORT_STATION } from "./street.ts";

type Rental = z.infer<typeof RentalView>;

const HEARD_WITHIN_MS = 15_000;
const CHARGE_AFTER_PERCENT = 72;

/** Rents at the station with the most banks and returns at another one. Answers the price. */
export const rent = async (scene: Scene, renter: Renter, waitMs: number): Promise<number> => {
  const { outside } = scene;
  const street = await outside.look();
  const [from, to] = await chooseStations(scene, renter, street);
  let carried: string | null = null;
  let live: Live | null = null;
  try {
    const rental = await start(scene, renter, from);
    live = await listen(scene, renter, rental);
    if (rental.payment) await approve(scene, renter, rental, live);
    carried = await takeBank(scene, renter, rental, live);
    await pause(waitMs);
    await showPrice(scene, renter, rental);
    await giveBack(scene, { live, to, powerBankId: carried });
    carried = null;
    return await settle(scene, renter, rental, to);
  } finally {
    live?.close();
    // A demo that fails leaves the stations as it found them, so that the next one can begin.
    if (carried !== null) await outside.insert(from.id, { powerBankId: carried, chargePercent: CHARGE_AFTER_PERCENT });
  }
};

type Place = Street["stations"][number];

const chooseStations = async ({ outside, say }: Scene, renter: Renter, street: Street): Promise<[Place, Place]> => {
  say.step("looks for a power bank");
  const seen = await Promise.all(
    street.stations.map(async (place) => {
      const answer = await outside.call("GET", `/api/v1/stations/${place.code}`, { locale: renter.locale });
      return { place, ...take(say, answer, 200, StationView, `station ${place.code} ${place.name} is on the map`) };
    }),
  );
  for (const { code, name, freeBanks, freeSlots } of seen)
    say.sees(`${code} ${name}: ${freeBanks} power banks, ${freeSlots} free slots`);
  const left = ({ code, freeBanks }: { code: string; freeBanks: number }) => freeBanks - claimedAt(code);
  const online = seen.filter((station) => station.isOnline && station.code !== SHORT_STATION);
  const from = say.need(
    online.toSorted((a, b) => left(b) - left(a)).find((station) => left(station) > 0),
    "one of them has a power bank to rent",
  );
  claim(from.place.code);
  const to = online
    .filter((station) => station.code !== from.code)
    .toSorted((a, b) => b.freeSlots - a.freeSlots)
    .find((station) => station.freeSlots > 0);
  return [from.place, say.need(to, "another one has a free slot").place];
};

const start = async ({ outside, say }: Scene, renter: Renter, from: Place): Promise<Rental> => {
  const { locale, token } = renter;
  say.step(`asks what it costs at ${from.name}`);
  const quoted = await outside.call("GET", `/api/v1/quotes?station=${from.code}`, { locale });
  const quote = take(say, quoted, 200, QuoteView, "the price and the worst case are known before anything is paid");
  say.sees(
    `deposit ${money(quote.depositTzs)}, ${quote.includedMinutes / 60} hours for ${money(quote.steps.find((step) => step.totalTzs > 0)?.totalTzs ?? 0)}, never more than ${money(quote.worstCaseTzs)}`,
  );

  const wallet = await readWallet({ outside, say }, renter);
  const isShort = wallet.walletTzs < quote.depositTzs;
  say.step(`rents at ${from.code}${isShort ? ", and pays the deposit by M-Pesa" : ", from the wallet"}`);
  const body = {
    stationCode: from.code,
    ...(isShort ? { payment: { provider: "mpesa", phone: `0${renter.msisdn.slice(3)}` } } : {}),
  };
  const options = { locale, token, body, idempotencyKey: crypto.randomUUID() };
  const rental = take(
    say,
    await outside.call("POST", "/api/v1/rentals/start", options),
    202,
    RentalView,
    "the answer is 202",
  );
  const again = await outside.call("POST", "/api/v1/rentals/start", options);
  const repeated = take(say, again, 202, RentalView, "the same request once more is answered too");
  say.expect(
    repeated.id === rental.id && again.headers.get("idempotency-replayed") === "true",
    "with the same rental: there is only one",
    repeated.id,
  );
  if (isShort) {
    say.expect(rental.status === "awaiting_payment", "it waits for the payment", rental.status);
    say.expect(
      rental.payment?.amountTzs === quote.depositTzs - wallet.walletTzs,
      `of ${money(quote.depositTzs - wallet.walletTzs)}`,
      rental.payment,
    );
    say.sees(`slot ${rental.slot} is kept until ${rental.payBefore ? dar(rental.payBefore) : "?"}`);
  } else {
    say.expect(rental.status === "dispensing", "the deposit is held and the bank is on its way", rental.status);
  }
  return rental;
};

const listen = async ({ outside, say }: Scene, { token, locale }: Renter, rental: Rental): Promise<Live> => {
  const ask = () => outside.call("POST", `/api/v1/rentals/${rental.id}/live-ticket`, { locale, token });
  const { url } = take(say, await ask(), 201, LiveTicketView, "a ticket for the live socket is given");
  const renew = async () => LiveTicketView.safeParse((await ask()).body).data?.url ?? null;
  const live = say.need(await openLive(url, renew), "the live socket opens");
  say.expect(await isRefused(url), "the ticket is good once");
  return live;
};

const approve = async ({ outside, say }: Scene, { msisdn }: Renter, rental: Rental, live: Live): Promise<void> => {
  say.step("gets the prompt on the phone and types the PIN");
  const prompt = say.need(await outside.waitForPrompt(msisdn), "the prompt arrived");
  say.sees(`M-Pesa: pay ${money(Number(prompt.amount))} to ChajiPoa?`);
  say.expect(Number(prompt.amount) === rental.payment?.amountTzs, "it asks for what the app said", prompt.amount);
  say.expect(await outside.act(prompt.transactionId, "approve"), "approved");
  const approvedMs = performance.now();
  say.need(await live.hear("payment_received", HEARD_WITHIN_MS), "live: payment received", live.told());
  say.sees(`${((performance.now() - approvedMs) / 1_000).toFixed(1)} s after the PIN`);
};

const takeBank = async ({ outside, say }: Scene, renter: Renter, rental: Rental, live: Live): Promise<string> => {
  say.step("takes the power bank");
  const ejecting = say.need(await live.hear("ejecting", HEARD_WITHIN_MS), "live: the slot opens", live.told());
  say.sees(`slot ${ejecting.slot} opens`);
  say.need(await live.hear("take_your_bank", HEARD_WITHIN_MS), "live: take your power bank", live.told());
  const active = say.need(await live.hear("active", HEARD_WITHIN_MS), "live: the rental has begun", live.told());
  say.expect(active.dueAt !== undefined, "with the time when it is due", active);
  const street = await outside.look();
  const held = say.need(
    street.held.find((bank) => bank.rentalId === rental.id),
    "a bank of this rental is in somebody's hand",
    street.held,
  );
  const slot = street.stations
    .find((place) => place.id === rental.station.id)
    ?.slots.find(({ slot: number }) => number === ejecting.slot);
  say.expect(slot?.powerBankId !== held.powerBankId, `it is no longer in slot ${ejecting.slot}`, slot);
  await readNext({ outside, say }, renter);
  return held.powerBankId;
};

const showPrice = async ({ outside, say }: Scene, renter: Renter, rental: Rental): Promise<void> => {
  const { token, locale } = renter;
  say.step("charges the phone for a while");
  const now = take(
    say,
    await outside.call("GET", "/api/v1/rentals/active", { locale, token }),
    200,
    RentalView,
    "the open rental is readable",
  );
  say.expect(
    now.id === rental.id && now.status === "active" && now.price !== null,
    "it is active and has a live price",
    now.status,
  );
  if (now.price && now.dueAt)
    say.sees(
      `so far ${money(now.price.totalTzs)}, due at ${dar(now.dueAt)} in Dar es Salaam, never more than ${money(now.price.worstCaseTzs ?? 0)}`,
    );
  const wallet = await readWallet({ outside, say }, renter);
  say.expect(wallet.heldTzs === rental.depositTzs, `${money(rental.depositTzs)} are on hold`, wallet);
};

const giveBack = async (
  { outside, say }: Scene,
  { live, to, powerBankId }: { live: Live; to: Place; powerBankId: string },
): Promise<void> => {
  say.step(`puts it into ${to.code} ${to.name}`);
  const inserted = await outside.insert(to.id, { powerBankId, chargePercent: CHARGE_AFTER_PERCENT });
  say.need(inserted.status === 200, "the station takes it", inserted.body);
  say.need(await live.hear("returned", HEARD_WITHIN_MS), "live: returned", live.told());
};
