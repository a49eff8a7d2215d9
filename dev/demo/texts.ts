// The whole rental by text messages alone: each command, in the renter's language.
import { hears, staysSilent, typePin, write, type Gateway } from "./phone.ts";
import type { Renter, Scene } from "./scene.ts";
import { putBack, stationWithBank, takeBank } from "./street.ts";

const WORDS = {
  sw: { rent: "KODI", status: "HALI", extend: "ONGEZA", balance: "SALIO", help: "MSAADA", yes: "NDIYO" },
  en: { rent: "RENT", status: "STATUS", extend: "EXTEND", balance: "BALANCE", help: "HELP", yes: "YES" },
};

export const rentByText = async (scene: Scene, renter: Renter, gateway: Gateway): Promise<void> => {
  const w = WORDS[renter.locale];
  const reply = new RegExp(`${w.yes} (\\d{4})`);
  const digitsIn = (text: string): string => reply.exec(text)?.[1] ?? "";
  const from = await stationWithBank(scene);
  await write(scene, renter, `${w.rent} ${from.code}`, gateway);
  const terms = await hears(
    scene,
    renter,
    reply,
    "a number without an account is shown the terms, and asked for a reply",
  );
  await write(scene, renter, `${w.yes} ${digitsIn(terms)}`, gateway);
  await typePin(scene, renter, 5_000);
  const bank = await takeBank(scene, renter);
  await hears(scene, renter, /\d{6}/, "an SMS has the rental's own code");

  await write(scene, renter, w.status, gateway);
  await hears(scene, renter, /\d{6}/, "the price of now and the end");
  await write(scene, renter, w.extend, gateway);
  await typePin(scene, renter, 500);
  await hears(scene, renter, /umeongeza muda|you added time/, "an SMS tells the new end");
  await putBack(scene, bank);
  await hears(scene, renter, /\/r\//, "an SMS has the bill and the link to the receipt");

  await write(scene, renter, w.help, gateway);
  await hears(scene, renter, /./, "help comes");
  await write(scene, renter, w.rent, gateway);
  await hears(scene, renter, /1001/, "without a station: how it is written");
  await write(scene, renter, w.balance, gateway);
  await hears(scene, renter, /\d,\d{3}/, "the wallet");
  const again = await stationWithBank(scene);
  await write(scene, renter, `${w.rent} ${again.code}`, gateway);
  const secret = await hears(scene, renter, reply, "the wallet has the deposit: nothing happens without the reply");
  const wrong = String((Number(digitsIn(secret)) + 1) % 10_000).padStart(4, "0");
  await write(scene, renter, `${w.yes} ${wrong}`, gateway);
  await hears(scene, renter, /si sahihi|not right|wrong|not correct/, "other digits do nothing");
  await write(scene, renter, `${w.yes} ${digitsIn(secret)}`, gateway);
  const second = await takeBank(scene, renter);
  await hears(scene, renter, /\d{6}/, "an SMS has the rental's own code");
  await write(scene, renter, w.extend, gateway);
  const offer = await hears(scene, renter, reply, "more time from the wallet wants its reply, too");
  await write(scene, renter, `${w.yes} ${digitsIn(offer)}`, gateway);
  await hears(scene, renter, /umeongeza muda|you added time/, "an SMS tells the new end");
  await write(scene, renter, w.extend, gateway);
  await hears(
    scene,
    renter,
    /mara nyingi|too many/,
    "whoever wishes without end is told to wait: each wish costs a text",
  );
  await putBack(scene, second);
  await hears(scene, renter, /\/r\//, "an SMS has the bill");
  await staysSilent(scene, renter, "and nothing more");
};
