// What goes wrong with a power bank and with a bill: a bad one is swapped, a wrong bill is disputed.
import { z } from "zod";
import { RentalView } from "../../src/rentals/schemas.ts";
import { calls, codeOf, detailOf } from "./api.ts";
import { begin, readCreditNote, topUp } from "./app.ts";
import { hears } from "./phone.ts";
import { money, readWallet, type Renter, type Scene, take } from "./scene.ts";
import { putBack, takeBank } from "./street.ts";

const Dispute = z.object({
  id: z.string(),
  state: z.string(),
  outcome: z.string().nullable(),
  amountTzs: z.int().nullable(),
});
const Evidence = z.object({
  text: z.string(),
  movements: z.array(
    z.object({
      direction: z.enum(["in", "out"]),
      stationId: z.string(),
      slot: z.int(),
      rentalId: z.string().nullable(),
      at: z.string(),
    }),
  ),
  stations: z.array(z.object({ stationId: z.string(), events: z.array(z.object({ type: z.string() })) })),
});

/** `agent` looks at the bad one afterwards, so that somebody can have it again. */
export const swapBadBank = async (scene: Scene, renter: Renter, agent: Renter): Promise<void> => {
  const { say } = scene;
  const call = calls(scene, renter);
  await topUp(scene, renter, 5_000);
  const { rental, bank } = await begin(scene, renter, 2);
  const { heldTzs } = await readWallet(scene, renter);
  say.step("it does not charge: asks for another one at the same station");
  const answer = await call("POST", `/rentals/${rental.id}/swap`, { cause: "no_charge" });
  const next = take(say, answer, 202, RentalView, "a rental of its own takes over");
  say.expect(next.swapOf === rental.id, "it knows whose place it takes", next.swapOf);
  await hears(scene, renter, /deposit|amana/, "an SMS says until when the bad one goes back for nothing");
  const other = await takeBank(scene, renter, bank);
  const wallet = await readWallet(scene, renter);
  say.expect(wallet.heldTzs === heldTzs, `${money(heldTzs)} are on hold, as before`, wallet);
  await putBack(scene, bank);
  const first = await waitFor(scene, renter, rental.id, "swapped");
  say.expect(first.price?.totalTzs === 0, "the bad one costs nothing", first.price);
  await putBack(scene, other);
  await hears(scene, renter, /Risiti:|Receipt:/, "an SMS has the bill of the good one");
  say.step("an agent has looked at the bad one");
  const service = { isInService: true, reason: "charges again: the cable was loose" };
  const back = await calls(scene, agent)("POST", `/admin/power-banks/${bank}/service`, service);
  say.expect(back.status === 200, "and puts it back into service", back.body);
};

const waitFor = async (scene: Scene, renter: Renter, rentalId: string, status: string) => {
  const untilMs = Date.now() + 10_000;
  for (;;) {
    const answer = await calls(scene, renter)("GET", `/rentals/${rentalId}`);
    const rental = RentalView.safeParse(answer.body).data;
    if (rental?.status === status || Date.now() > untilMs)
      return take(
        scene.say,
        answer,
        200,
        RentalView.refine((read) => read.status === status),
        `it is ${status}`,
      );
    await new Promise((done) => setTimeout(done, 150));
  }
};

/** A loss that was none: the renter says so, support looks at what the stations saw, and gives back. */
export const disputeBill = async (scene: Scene, renter: Renter, support: Renter): Promise<void> => {
  const { say } = scene;
  const call = calls(scene, renter);
  const asSupport = calls(scene, support);
  await topUp(scene, renter, 30_000);
  const { rental, bank } = await begin(scene, renter);
  say.step("reports it lost");
  await call("POST", `/rentals/${rental.id}/report-lost`, { cause: "stolen" });
  await hears(scene, renter, /\/r\//, "an SMS has the bill");
  say.step("disputes the bill");
  const words =
    renter.locale === "sw" ? "Nilirudisha mchana, kituo hakikuona" : "I returned it at noon and it was not seen";
  const body = { kind: "returned", text: words, stationCode: rental.station.code === "1002" ? "1003" : "1002" };
  const opened = await call("POST", `/rentals/${rental.id}/dispute`, body);
  const dispute = take(say, opened, 201, Dispute, "it is open");
  const again = await call("POST", `/rentals/${rental.id}/dispute`, body);
  say.expect(codeOf(again) === "dispute_open", "once", again.body);
  say.sees(detailOf(again));

  say.step("support looks at it");
  const evidence = await asSupport("GET", `/admin/disputes/${dispute.id}`);
  const { movements, stations, text } = take(say, evidence, 200, Evidence, "with its evidence");
  say.sees(`"${text}"`);
  for (const { direction, stationId, slot, at } of movements) say.sees(`${at}  ${direction} ${stationId} slot ${slot}`);
  say.expect(
    movements.some(({ rentalId }) => rentalId === rental.id),
    "the power bank's movements",
    movements.length,
  );
  say.expect(
    new Set(stations.map(({ stationId }) => stationId)).size === 2 && stations.some(({ events }) => events.length > 0),
    "and what both stations had on record",
    stations.map(({ events }) => events.length),
  );
  const before = await readWallet(scene, renter);
  say.step("support gives the replacement price back");
  const decision = { outcome: "refund", amountTzs: 20_000, note: "seen on the camera" };
  const decided = await asSupport("POST", `/admin/disputes/${dispute.id}/decide`, decision);
  take(say, decided, 200, Dispute, "it is decided");
  await hears(scene, renter, /malalamiko|complaint/, "an SMS tells the decision");
  const after = await readWallet(scene, renter);
  say.expect(after.walletTzs - before.walletTzs === 20_000, "the money is in the wallet", [before, after]);
  const read = take(say, await call("GET", `/rentals/${rental.id}/dispute`), 200, Dispute, "the renter reads it");
  say.sees(`${read.outcome}: ${money(read.amountTzs ?? 0)}`);
  await readCreditNote(scene, renter, rental.id);
  await putBack(scene, bank);
};
