// What gateways do to a message: one takes it and does not say so, one reports it undelivered, one reports everything twice. Never is a text
// sent twice for that; what nobody can know is shown to support.
import { z } from "zod";
import { ProfileView } from "../../src/users/schemas.ts";
import { calls } from "./api.ts";
import { hears, staysSilent, typePin } from "./phone.ts";
import { pause, type Renter, type Scene, take } from "./scene.ts";

type Script = Omit<Parameters<Scene["outside"]["spoilSms"]>[1], "to">;

const StaffMessage = z.object({
  id: z.string(),
  state: z.string(),
  error: z.string().nullable(),
  delivery: z.string().nullable(),
});
type StaffMessage = z.infer<typeof StaffMessage>;
const StaffMessagePage = z.object({ items: z.array(StaffMessage) });

const REPORTED_WITHIN_MS = 15_000;
const RECEIVED = /tumepokea|we received/;

export const doubtGateways = async (scene: Scene, renter: Renter, support: Renter): Promise<void> => {
  const { say, outside } = scene;
  const profile = await calls(scene, renter)("GET", "/users/profile");
  const { id } = take(say, profile, 200, ProfileView, "the profile is readable");
  const newest = (isSo: (message: StaffMessage) => boolean) => waitForMessage(scene, support, id, isSo);

  say.step("a gateway takes the next text and answers with an error");
  await payWith(scene, renter, { answer: "bad_gateway", accept: true });
  await hears(scene, renter, RECEIVED, "the text is there");
  const carrier = await outside.carrierOf(renter.msisdn);
  // Africa's Talking is not told our own id: its report cannot be matched with a message that it never confirmed.
  const state = carrier === "beem" ? "sent" : "unknown";
  const doubted = await newest((message) => message.state === state);
  say.sees(`${carrier}: ${doubted.message?.state ?? "nothing"} (${doubted.message?.error ?? "no error"})`);
  say.expect(
    doubted.message !== undefined,
    carrier === "beem" ? "its delivery report proves that it went out" : "support sees that nobody knows",
    doubted.seen,
  );
  await staysSilent(scene, renter, "it was not sent a second time");

  say.step("the next one is reported undelivered");
  await payWith(scene, renter, { report: "Failed" });
  await hears(scene, renter, RECEIVED, "the gateway took it");
  const undelivered = await newest(({ delivery }) => delivery === "failed");
  const failed = say.need(undelivered.message, "support sees that it did not arrive", undelivered.seen);
  say.step("support sends it again");
  const again = await calls(scene, support)("POST", `/admin/messages/${failed.id}/resend`, {
    reason: "asked by phone",
  });
  say.expect(again.status === 202, "under an id of its own", again.body);
  await hears(scene, renter, RECEIVED, "the text is there");

  say.step("its report comes again, and once more with another word");
  const gateway = await outside.carrierOf(renter.msisdn);
  for (const word of gateway === "beem" ? ["delivered", "failed"] : ["Success", "Failed"])
    await outside.reportAgain(gateway, renter.msisdn, word);
  await staysSilent(scene, renter, "a report makes no text go out");
};

/** Money that arrives is told; `script` is what the gateway does with that text, whichever it is. */
const payWith = async (scene: Scene, renter: Renter, script: Script): Promise<void> => {
  const { outside, say } = scene;
  const { msisdn } = renter;
  await outside.healSms(msisdn);
  for (const gateway of ["beem", "africastalking"] as const)
    say.need(await outside.spoilSms(gateway, { to: msisdn, ...script }), `${gateway} is told to`);
  const body = { purpose: "top_up", amountTzs: 1_000, provider: "mpesa", phone: `0${msisdn.slice(3)}` };
  await calls(scene, renter)("POST", "/payments/initiate", body);
  await typePin(scene, renter, 1_000);
  await hasArrived(scene, renter);
  await outside.healSms(msisdn);
};

/** The script is used up by then. */
const hasArrived = ({ outside }: Scene, { msisdn, smsRead }: Renter) => outside.readSms(msisdn, smsRead + 1);

const waitForMessage = async (
  scene: Scene,
  support: Renter,
  userId: string,
  isSo: (message: StaffMessage) => boolean,
): Promise<{ message: StaffMessage | undefined; seen: unknown }> => {
  const untilMs = Date.now() + REPORTED_WITHIN_MS;
  for (;;) {
    const answer = await calls(scene, support)("GET", `/admin/messages?userId=${userId}`);
    const found = StaffMessagePage.safeParse(answer.body).data?.items.find(isSo);
    if (found || Date.now() > untilMs) return { message: found, seen: answer.body };
    // Staff have a limit, too.
    await pause(1_000);
  }
};
