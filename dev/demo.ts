// `bun run demo`: a whole rental from outside over HTTP against the stack that `bun run up` has started. Prints what the
// renter sees, checks each step, and fails when anything is not as it should be. Any number of times in a row.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { leave } from "./demo/account.ts";
import { walkAll } from "./demo/all.ts";
import { createNarrator, DemoOver } from "./demo/narrator.ts";
import { createOutside } from "./demo/outside.ts";
import { rent } from "./demo/rental.ts";
import type { Scene } from "./demo/scene.ts";
import { signUp } from "./demo/sign-up.ts";
import { DEFAULT_FOLDER } from "./up/options.ts";
import { findRunningStack, type Addresses } from "./up/running.ts";

const USAGE = `bun run demo [--all | --account] [--paid] [--wait <seconds>] [--language sw|en] [--data <folder>]

  --all       every story: app, phone with keys and text messages, in Swahili and English; the stack's clock goes forward by five days
  --account   afterwards reads the past, takes every record along, is paid out and closes the account
  --paid      rents three times: the first two come back within 5 minutes and are free, the third costs the base fee
  --wait      how long the power bank is out (2)
  --language  of the renter's SMS (en)
  --data      folder of the running stack (.local)`;

const NAMES = ["Asha Mrema", "Juma Kimaro", "Neema Mushi", "Baraka Massawe", "Rehema Said", "Elia Mollel"];
/** The tariff gives so many free returns a day. */
const RENTALS_UNTIL_PAID = 3;

const fail = (sentence: string): never => {
  console.error(sentence);
  process.exit(1);
};

const readArguments = () => {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    const { values } = parseArgs({
      options: {
        all: flag,
        account: flag,
        paid: flag,
        wait: text,
        language: text,
        data: text,
        help: { ...flag, short: "h" },
      },
    });
    const waitSeconds = Number(values.wait ?? 2);
    const locale = (["en", "sw"] as const).find((known) => known === (values.language ?? "en"));
    if (!(waitSeconds >= 0) || !locale) throw new Error("--wait wants seconds, --language sw or en");
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    return {
      isAll: values.all ?? false,
      isPaid: values.paid ?? false,
      closesAccount: values.account ?? false,
      waitMs: waitSeconds * 1_000,
      locale,
      folder: values.data === undefined ? DEFAULT_FOLDER : resolve(values.data),
    };
  } catch (error) {
    return fail(`demo: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
};

const findStack = (folder: string): Addresses => {
  const running = findRunningStack(folder);
  if (!running) return fail("demo: the stack is not up. Run `bun run up` in another terminal, then this again.");
  return (
    running.addresses ?? fail("demo: the stack is still starting. Wait for its console page, then run this again.")
  );
};

/** A number of M-Pesa that nobody has used here; its last two digits are no script of the simulator's. */
const freshNumber = (): string => {
  const digits = String(crypto.getRandomValues(new Uint32Array(1))[0]! % 100_000).padStart(5, "0");
  return `25575${digits}${20 + (crypto.getRandomValues(new Uint8Array(1))[0]! % 80)}`;
};

interface Wishes {
  isPaid: boolean;
  closesAccount: boolean;
  waitMs: number;
  locale: "sw" | "en";
}

const rentOnce = async (scene: Scene, { isPaid, closesAccount, waitMs, locale }: Wishes): Promise<void> => {
  const msisdn = freshNumber();
  const renter = await signUp(scene, { name: NAMES[Number(msisdn.slice(-3)) % NAMES.length]!, msisdn, locale });
  let priceTzs = 0;
  for (let rental = 1; rental <= (isPaid ? RENTALS_UNTIL_PAID : 1); rental++)
    priceTzs = await rent(scene, renter, waitMs);
  if (closesAccount) await leave(scene, renter);
  if (isPaid) scene.say.expect(priceTzs > 0, "the third rental of a day is paid", priceTzs);
};

const main = async (): Promise<number> => {
  const { isAll, waitMs, folder, ...wishes } = readArguments();
  const addresses = findStack(folder);
  const startedMs = performance.now();
  const hasColours = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  const say = createNarrator((line) => console.log(line), hasColours);
  const scene: Scene = { outside: createOutside(addresses), say };
  try {
    if (isAll) await walkAll({ ...scene, hasColours, freshNumber, waitMs });
    else await rentOnce(scene, { ...wishes, waitMs });
  } catch (error) {
    if (!(error instanceof DemoOver)) say.expect(false, error instanceof Error ? error.message : String(error));
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  console.log(
    `\n${say.failed === 0 ? "Everything went as it should" : "Not as it should be"}: ${say.passed} expectations held, ${say.failed} failed, in ${seconds} s.`,
  );
  return say.failed === 0 ? 0 : 1;
};

process.exit(await main());
