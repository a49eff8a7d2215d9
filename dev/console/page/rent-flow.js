// The way of a rental through the API: what an app keeps in mind, and the calls that it makes. Knows nothing of the page.
import { town } from "./dom.js";

const NAMES = ["Asha Mrema", "Juma Kimaro", "Neema Mushi", "Baraka Massawe", "Rehema Said", "Elia Mollel"];
/** Whose wallet usually pays, by the two digits after the 0; every other number is taken for M-Pesa. */
const PROVIDERS = new Map([
  ...["61", "62", "63"].map((digits) => [digits, "halopesa"]),
  ...["65", "67", "70", "71", "77"].map((digits) => [digits, "tigo"]),
  ...["66", "68", "69", "78"].map((digits) => [digits, "airtel"]),
]);

/** Where the renter is; the index of the word in the trail above the form. */
export const STEPS = ["Register", "Code", "Station", "Pay", "Bank", "Receipt"];
const [REGISTER, CODE, STATION, PAY, BANK, RECEIPT] = STEPS.keys();

const CALLS_SHOWN = 40;
const NUMBER_EVERY_MS = 2_500;
const NUMBER_TRIES = 30;
const RECONNECT_MS = 1_500;

const pick = (count) => crypto.getRandomValues(new Uint32Array(1))[0] % count;
/** Not one of the numbers whose last two digits are a script of the payment simulator. */
const freshNumber = () => `0755 ${String(pick(1_000)).padStart(3, "0")} ${pick(10)}${20 + pick(80)}`;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export const msisdnOf = (phone) => `255${phone.replaceAll(/\D/g, "").replace(/^(255|0)/, "")}`;
export const providerOf = (phone) => PROVIDERS.get(msisdnOf(phone).slice(3, 5)) ?? "mpesa";

const canLeave = (slot) =>
  slot.powerBankId &&
  slot.state === "ok" &&
  !slot.fault &&
  !slot.locked &&
  slot.chargePercent >= 60 &&
  slot.temperatureC <= 45;
export const rentableIn = (station) => station.slots.filter(canLeave).length;

/** A renter at the beginning. `any` stands for what the API has not answered yet. */
const beginning = () => ({
  step: REGISTER,
  isBusy: false,
  problem: "",
  name: NAMES[pick(NAMES.length)] ?? "",
  phone: freshNumber(),
  locale: "en",
  challengeId: "",
  registeredAtMs: 0,
  otp: "",
  token: "",
  station: "",
  startKey: "",
  quote: /** @type {any} */ (null),
  wallet: /** @type {any} */ (null),
  rental: /** @type {any} */ (null),
  told: /** @type {any[]} */ ([]),
  receipt: /** @type {any} */ (null),
  calls: /** @type {{ text: string, status: string }[]} */ ([]),
});

/** `onChange` is called whenever something to be seen is different; `showNumber` and `carry` tell the rest of the page. */
export const createFlow = ({ onChange, showNumber, carry }) => {
  let my = beginning();
  let stack = /** @type {any} */ (null);
  let socket = /** @type {WebSocket | null} */ (null);

  const call = async (renter, method, path, { body, key } = /** @type {any} */ ({})) => {
    const headers = {
      "accept-language": renter.locale,
      ...(body ? { "content-type": "application/json" } : {}),
      ...(renter.token ? { authorization: `Bearer ${renter.token}` } : {}),
      ...(key ? { "idempotency-key": key } : {}),
    };
    const entry = { text: `${method} ${path.replace(/rnt_\w+/, "rnt_…")}`, status: "…" };
    renter.calls = [...renter.calls, entry].slice(-CALLS_SHOWN);
    const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
    const answer = await fetch(`${stack.workerUrl}/api/v1${path}`, init);
    const value = await answer.json();
    entry.status = answer.ok ? String(answer.status) : `${answer.status} ${value.code ?? ""}`;
    if (!answer.ok) throw new Error(value.detail ?? value.title ?? `answered ${answer.status}`);
    return value;
  };

  /** One click: nothing else can be clicked meanwhile, and what goes wrong is said. */
  const doing = (work) => () => {
    const renter = my;
    if (renter.isBusy) return;
    Object.assign(renter, { isBusy: true, problem: "" });
    onChange();
    const settle = (problem) => {
      Object.assign(renter, { isBusy: false, problem });
      onChange();
    };
    work(renter).then(
      () => settle(renter.problem),
      (error) => settle(error instanceof TypeError ? "The Worker does not answer." : error.message),
    );
  };

  const register = doing(async (renter) => {
    renter.registeredAtMs = town.now();
    showNumber(msisdnOf(renter.phone));
    const { phone, name, locale } = renter;
    const { challengeId } = await call(renter, "POST", "/auth/register", { body: { phone, name, locale } });
    Object.assign(renter, { challengeId, otp: "", step: CODE });
    readCode();
  });

  const verify = doing(async (renter) => {
    const { challengeId, phone, otp } = renter;
    const session = await call(renter, "POST", "/auth/verify-phone", { body: { challengeId, phone, otp } });
    Object.assign(renter, { token: session.accessToken, name: session.user.name, step: STATION });
    await choose(renter, richest());
  });

  const richest = () => stack.stations.toSorted((a, b) => rentableIn(b) - rentableIn(a))[0].code;

  const choose = async (renter, code) => {
    renter.station = code;
    renter.quote = await call(renter, "GET", `/quotes?station=${code}`);
    renter.wallet = await call(renter, "GET", "/users/wallet");
  };

  const start = doing(async (renter) => {
    const isShort = renter.wallet.walletTzs < renter.quote.depositTzs;
    const payment = { provider: providerOf(renter.phone), phone: renter.phone };
    const body = { stationCode: renter.station, ...(isShort ? { payment } : {}) };
    // Kept until the Worker has answered: when the connection breaks, the next click repeats this start and makes no other.
    const key = (renter.startKey ||= crypto.randomUUID());
    const rental = await call(renter, "POST", "/rentals/start", { body, key }).catch((error) => {
      if (!(error instanceof TypeError)) renter.startKey = "";
      throw error;
    });
    Object.assign(renter, { rental, startKey: "", told: [], receipt: null, step: isShort ? PAY : BANK });
    carry(rental.id);
    await listen(renter);
  });

  const listen = async (renter) => {
    const { url } = await call(renter, "POST", `/rentals/${renter.rental.id}/live-ticket`);
    socket?.close();
    const opened = new WebSocket(url);
    socket = opened;
    const isWanted = () => opened === socket && renter === my && (renter.step === PAY || renter.step === BANK);
    opened.addEventListener("message", ({ data }) => hear(renter, JSON.parse(data)));
    // The Worker reloads whenever a file is saved, and every socket ends with it.
    const listenAgain = () => {
      if (isWanted()) listen(renter).catch(() => setTimeout(listenAgain, RECONNECT_MS));
    };
    opened.addEventListener("close", () => setTimeout(listenAgain, RECONNECT_MS));
  };

  const hear = (renter, { status, slot, dueAt, reason }) => {
    if (renter !== my || renter.step === RECEIPT) return;
    if (renter.told.at(-1)?.status !== status) renter.told.push({ status, slot, atMs: town.now() });
    if (dueAt) renter.rental.dueAt = dueAt;
    if (["payment_received", "ejecting", "take_your_bank", "active", "due"].includes(status)) renter.step = BANK;
    if (status === "active") void refreshPrice(renter);
    if (status === "returned") void finish(renter);
    if (status === "cancelled") {
      const why = reason ? `: ${reason.replaceAll("_", " ")}` : "";
      Object.assign(renter, { step: STATION, problem: `The rental was cancelled${why}. Nothing is charged.` });
    }
    carry(renter.rental.id);
    onChange();
  };

  const refreshPrice = async (renter) => {
    const rental = await call(renter, "GET", `/rentals/${renter.rental.id}`).catch(() => null);
    if (rental && renter.step === BANK) renter.rental = rental;
    onChange();
  };

  /** The number comes a moment after the receipt, at the latest with the minute's round. */
  const finish = async (renter) => {
    renter.step = RECEIPT;
    for (let tries = 0; tries < NUMBER_TRIES && !renter.receipt?.number; tries++) {
      if (tries > 0) await pause(NUMBER_EVERY_MS);
      renter.receipt = await call(renter, "GET", `/rentals/${renter.rental.id}/receipt`).catch(() => renter.receipt);
      renter.wallet = await call(renter, "GET", "/users/wallet").catch(() => renter.wallet);
      onChange();
    }
  };

  /** What the renter would read off the phone and type in. */
  const readCode = () => {
    if (my.step !== CODE || my.otp !== "" || !stack) return;
    const isNew = (sms) => sms.to === msisdnOf(my.phone) && sms.atMs >= my.registeredAtMs - 1_000;
    my.otp = /\b\d{6}\b/.exec(stack.sms.findLast(isNew)?.text ?? "")?.[0] ?? "";
    if (my.otp !== "") onChange();
  };

  return {
    my: () => my,
    stations: () => stack?.stations ?? [],
    register,
    verify,
    start,
    choose: (code) => doing((renter) => choose(renter, code))(),
    again() {
      my.step = STATION;
      doing((renter) => choose(renter, richest()))();
    },
    another() {
      socket?.close();
      my = beginning();
      carry(null);
      onChange();
    },
    update(state) {
      stack = state;
      readCode();
      if (my.step === BANK) carry(my.rental.id);
    },
  };
};
