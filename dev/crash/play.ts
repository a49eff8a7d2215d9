// Plays one case: up to its point, the kill, the return of everybody who comes back, and on to the rental's end.
import type { Case, ReturnCase, StartCase } from "./cases.ts";
import { DEPOSIT_TZS } from "./founding.ts";
import { prove } from "./proofs.ts";
import { type Answer, createScene, eventually, type RentalRow, type Scene } from "./scene.ts";
import type { Town } from "./town.ts";

/** The object's alarm as the only way: its second look at a delivery that was on its way comes after 30 s. */
const ALARM_WITHIN_MS = 60_000;
/** A snapshot that decides on an eject is not taken earlier than 10 s after it. */
const VERDICT_WITHIN_MS = 30_000;
const REACHED_WITHIN_MS = 15_000;

/** Throws with what is not as it has to be. */
export const play = async (town: Town, crash: Case): Promise<void> => {
  const funded = crash.kind === "return" || crash.wallet === "funded";
  const scene = await createScene(town, {
    walletTzs: funded ? DEPOSIT_TZS : 0,
    isEmpty: crash.kind === "start" && crash.isEmpty === true,
  });
  try {
    if (crash.kind === "start" && crash.isProviderImpatient) town.azampay.configure({ retryLimit: 0 });
    if (crash.kind === "start") await playStart(scene, crash);
    else await playReturn(scene, crash);
    await settleDown(scene, crash);
    await prove(scene, crash);
  } finally {
    town.azampay.configure({ retryLimit: 6 });
    town.neon.faults.clear(town.database);
    await scene.close();
  }
};

const playStart = async (scene: Scene, crash: StartCase): Promise<void> => {
  let repeat = (): Promise<Answer | null> => scene.start();
  let act = repeat;
  if (crash.cancels) {
    const started = await scene.start();
    expect(started?.status === 202 && started.body.status === "awaiting_payment", "the start waits for money", started);
    repeat = act = () => scene.cancel(started!.body.id!);
  }
  const trap = crash.point.set(scene);
  const first = act();
  await inTime(Promise.all([trap.reached, crash.approves === "before" ? scene.approve() : null]));
  await scene.town.workerd.kill();
  await first;
  await trap.afterKill?.();
  const isQuick = crash.client === "repeats before the station is back";
  if (isQuick) scene.origin.model.arm({ kind: "offline" });
  await scene.town.workerd.restart();
  if (isQuick) expectAnswer(crash, await repeat());
  scene.origin.model.comeBack();
  await scene.connected();
  if (crash.client === "repeats") expectAnswer(crash, await repeat());
  await trap.afterReturn?.();
  if (crash.approves === "after" && crash.end !== "none") await scene.approve();
  await finish(scene, crash);
};

/** The repeated request is answered as the first would have been. */
const expectAnswer = ({ refusal }: StartCase, answer: Answer | null): void => {
  const isRight = refusal ? answer?.body.code === refusal : answer !== null && answer.status < 300;
  expect(isRight, "the answer to the repeated request", answer);
};

const finish = async (scene: Scene, crash: StartCase): Promise<void> => {
  switch (crash.end) {
    case "none":
      return;
    case "cancelled":
      await eventually("rentals", scene.rentals, (rows) => rows.length === 1);
      await passTime(scene);
      await scene.town.workerd.cron();
      await eventually("the undone rental", scene.rentals, only("cancelled"));
      return;
    case "completed": {
      const [rental] = await eventually(
        "the started rental",
        scene.rentals,
        only("active"),
        crash.isSlow ? VERDICT_WITHIN_MS : undefined,
      );
      scene.insert(scene.other, rental!.power_bank_id!);
      await eventually("the returned rental", scene.rentals, only("completed"));
    }
  }
};

const playReturn = async (scene: Scene, crash: ReturnCase): Promise<void> => {
  const { workerd } = scene.town;
  const started = await scene.start();
  expect(started?.status === 202, "the start is answered", started);
  const [rental] = await eventually("the started rental", scene.rentals, only("active"));
  await scene.connected();
  const trap = crash.point.set(scene);
  scene.insert(scene[crash.to], rental!.power_bank_id!);
  await inTime(trap.reached);
  await workerd.kill();
  await trap.afterKill?.();
  if (crash.isStationLost) await scene.lose(scene[crash.to]);
  await workerd.restart();
  if (!crash.isStationLost) await scene.connected();
  await trap.afterReturn?.();
  await eventually(
    "the returned rental",
    scene.rentals,
    only("completed"),
    crash.isStationLost ? ALARM_WITHIN_MS : undefined,
  );
};

/** Whatever a round or a late repetition could still do, it does now, and it changes nothing. */
const settleDown = async (scene: Scene, crash: Case): Promise<void> => {
  const { workerd, pool } = scene.town;
  const before = await scene.rentals();
  await passTime(scene);
  await workerd.cron();
  if (crash.end !== "none") await scene.start();
  await scene.connected();
  await workerd.cron();
  const open = "select status from rentals where status in ('awaiting_payment', 'dispensing', 'active')";
  expect((await pool.query(open)).rowCount === 0, "no rental is without an end", before);
  expect(Bun.deepEquals(await scene.rentals(), before), "what has ended stays as it is", before);
};

/**
 * The rounds act on rentals after 45 s, on leases after 3 and on payments after 10 minutes of the Worker's clock. No clock
 * of a test's may enter the product, so the rows grow older instead.
 */
const passTime = async ({ town: { pool }, userId }: Scene): Promise<void> => {
  await pool.query(
    "update rentals set changed_at = changed_at - interval '1 minute', lease_expires_at = opened_at where user_id = $1",
    [userId],
  );
  await pool.query("update payments set expires_at = created_at where user_id = $1", [userId]);
};

const only =
  (status: string) =>
  (rows: RentalRow[]): boolean =>
    rows.length === 1 && rows[0]!.status === status;

const inTime = async (reached: Promise<unknown>): Promise<void> => {
  const outcome = await Promise.race([
    reached.then(() => "reached"),
    Bun.sleep(REACHED_WITHIN_MS).then(() => "missed"),
  ]);
  if (outcome !== "reached") throw new Error("the point was never reached");
};

const expect = (isSo: boolean, what: string, seen: unknown): void => {
  if (!isSo) throw new Error(`${what}: ${JSON.stringify(seen)}`);
};
