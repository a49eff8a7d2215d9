// What is left of a rental when its bank is back: bill, receipt, change.
import type { z } from "zod";
import { ReceiptView } from "../../src/receipts/schemas.ts";
import { RentalView } from "../../src/rentals/schemas.ts";
import type { Street } from "./outside.ts";
import { money, pause, readNext, readWallet, type Renter, type Scene, take } from "./scene.ts";

type Rental = z.infer<typeof RentalView>;
type Place = Street["stations"][number];

/** The cron that numbers receipts runs each minute, should the first way fail. */
const NUMBER_WITHIN_MS = 65_000;

/** Checks bill, receipt and wallet of a rental that was returned to `to`. Answers the price, TZS. */
export const settle = async ({ outside, say }: Scene, renter: Renter, rental: Rental, to: Place): Promise<number> => {
  const { token, locale } = renter;
  say.step("gets the receipt");
  const ended = take(
    say,
    await outside.call("GET", `/api/v1/rentals/${rental.id}`, { locale, token }),
    200,
    RentalView,
    "the rental is readable",
  );
  say.expect(
    ended.status === "completed" && ended.returnedTo?.id === to.id,
    `it is completed, returned to ${to.name}`,
    { status: ended.status, returnedTo: ended.returnedTo },
  );
  await readNext({ outside, say }, renter);
  const receipt = await waitForNumber({ outside, say }, renter, rental);
  for (const line of receipt.lines) say.sees(`${line.kind.padEnd(10)} ${money(line.grossTzs)}`);
  say.sees(
    `${(receipt.number ?? "").padEnd(10)} ${money(receipt.totalTzs)}, of which VAT ${receipt.vatPercent} % ${money(receipt.vatTzs)}${receipt.totalTzs === 0 ? " (back within 5 minutes: nothing to pay)" : ""}`,
  );
  say.expect(receipt.netTzs + receipt.vatTzs === receipt.totalTzs, "net and VAT add up to the total", receipt);
  say.expect(ended.price?.totalTzs === receipt.totalTzs, "the bill and the receipt say the same", ended.price);

  say.step("has the rest of the deposit in the wallet");
  const wallet = await readWallet({ outside, say }, renter);
  say.sees(`${money(wallet.walletTzs)}, on hold ${money(wallet.heldTzs)}, debt ${money(wallet.debtTzs)}`);
  say.expect(wallet.heldTzs === 0 && wallet.debtTzs === 0, "nothing is on hold and nothing is owed", wallet);
  return receipt.totalTzs;
};

const waitForNumber = async (
  { outside, say }: Scene,
  { token, locale }: Renter,
  rental: Rental,
): Promise<z.infer<typeof ReceiptView>> => {
  const untilMs = performance.now() + NUMBER_WITHIN_MS;
  for (;;) {
    const answer = await outside.call("GET", `/api/v1/rentals/${rental.id}/receipt`, { locale, token });
    const receipt = ReceiptView.safeParse(answer.body);
    if ((receipt.success && receipt.data.number !== null) || performance.now() > untilMs) {
      return take(
        say,
        answer,
        200,
        ReceiptView.refine((data) => data.number !== null),
        "the receipt has its number",
      );
    }
    await pause(250);
  }
};
