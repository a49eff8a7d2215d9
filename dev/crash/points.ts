// Where a kill strikes. A trap holds a request at a front, at a simulator or at the hardware until the Worker is dead: the
// product has no hooks for this. What the trap held is then cut off, or goes on without the Worker, as it would outside.
import type { SceneStation } from "./founding.ts";
import type { Scene } from "./scene.ts";

export interface Trap {
  /** The Worker stands at the point, or has stepped past it by no more than its own reaction to one frame. */
  reached: Promise<unknown>;
  /** Right after the kill. */
  afterKill?(): unknown;
  /** When the Worker is up again, the stations are connected and the client has done what it does. */
  afterReturn?(): unknown;
}

export interface Point {
  title: string;
  set(scene: Scene): Trap;
}

const HELD_WITHIN_MS = 10_000;

type SqlFunction =
  | "rental_open"
  | "rental_activate"
  | "rental_cancel"
  | "payment_submitted"
  | "payment_settle"
  | "custody_return"
  | "rental_settle"
  | "receipts_number";

/** `late`: the statement reaches Postgres all the same, after everything else has gone on. */
const atNeon = (phase: "before" | "after", name: SqlFunction, late = false): Point => ({
  title: `${phase} ${phase === "after" ? "the commit of " : ""}${name}${late ? ", which commits late" : ""}`,
  set({ town: { neon, database } }) {
    neon.faults.hold(database, { phase, match: `"${name}"` });
    const wait = async (): Promise<void> => {
      const held = await neon.faults.waiting(database, HELD_WITHIN_MS);
      if (held.length !== 1) throw new Error(`${held.length} requests are held at ${name}`);
    };
    const reached = wait();
    return late
      ? { reached, afterReturn: () => neon.faults.release(database, "continue") }
      : { reached, afterKill: () => neon.faults.release(database, "abandon") };
  },
});

export const before = (name: SqlFunction): Point => atNeon("before", name);
export const after = (name: SqlFunction): Point => atNeon("after", name);
export const late = (name: SqlFunction): Point => atNeon("before", name, true);

const atAzamPay = (
  title: string,
  hold: "before_accept" | "after_accept" | "before_callback",
  script: Record<string, unknown> = {},
): Point => ({
  title,
  set({ town: { azampay }, msisdn }) {
    const control = `${azampay.url}/control`;
    const held = async (): Promise<{ id: string }[]> =>
      (await fetch(`${control}/holds?waitMs=${HELD_WITHIN_MS}`)).json() as Promise<{ id: string }[]>;
    const wait = async (): Promise<void> => {
      const armed = await fetch(`${control}/arm`, {
        method: "POST",
        body: JSON.stringify({ msisdn, hold: [hold], ...script }),
      });
      if (!armed.ok) throw new Error(await armed.text());
      if ((await held()).length !== 1) throw new Error(`nothing is held ${title}`);
    };
    const release = async (): Promise<void> => {
      for (const { id } of await held()) await fetch(`${control}/holds/${id}`, { method: "POST" });
    };
    return { reached: wait(), afterKill: release };
  },
});

/** The provider never took it. */
export const beforeCheckout = atAzamPay("before AzamPay accepts the checkout", "before_accept", { answer: "error" });
export const afterCheckout = atAzamPay("after AzamPay accepted the checkout, before it answers", "after_accept");
export const beforeCallback = atAzamPay("before the callback is posted", "before_callback");

export const callbackAnswered: Point = {
  title: "after the callback is answered",
  set({ town: { azampay, pool }, userId }) {
    const wait = async (): Promise<void> => {
      for (const untilMs = Date.now() + HELD_WITHIN_MS; Date.now() < untilMs; await Bun.sleep(5)) {
        const { rows } = await pool.query<{ external_id: string }>(
          "select external_id from payments where user_id = $1",
          [userId],
        );
        if (!rows[0]) continue;
        const url = `${azampay.url}/control/callbacks?externalId=${rows[0].external_id}&state=delivered&waitMs=${HELD_WITHIN_MS}`;
        const delivered = (await (await fetch(url)).json()) as unknown[];
        if (delivered.length === 1) return;
      }
      throw new Error("no callback was answered");
    };
    return { reached: wait() };
  },
};

export const ejectArrived: Point = {
  title: "after the station received the eject, before it moves",
  set: ({ origin: { model } }) => ({ reached: model.trapEject(), afterKill: () => model.act() }),
};

export const ejectSlow: Point = {
  title: "after the station received the eject; it moves when everybody is back",
  set: ({ origin: { model } }) => ({ reached: model.trapEject(), afterReturn: () => model.act() }),
};

export const ejectLost: Point = {
  title: "with the eject on the wire; the station reboots and never knew of it",
  set: ({ origin: { model } }) => ({ reached: model.trapEject(true), afterKill: () => model.reboot() }),
};

/** Frozen first, so that the frame is surely sent and surely never read. */
const unread = (type: "ejected" | "returned", stationOf: (scene: Scene) => SceneStation): Point => ({
  title: `after the station sent \`${type}\`, before it is read`,
  set: (scene) => ({ reached: stationOf(scene).model.trapSending(type, () => scene.town.workerd.freeze()) }),
});

const unacknowledged = (type: "ejected" | "returned", stationOf: (scene: Scene) => SceneStation): Point => ({
  title: `after \`${type}\` is stored, before its ack arrives`,
  set: (scene) => ({ reached: stationOf(scene).model.trapAck(type) }),
});

const originOf = ({ origin }: Scene): SceneStation => origin;
export const ejectedUnread = unread("ejected", originOf);
export const ejectedUnacknowledged = unacknowledged("ejected", originOf);

export const returnPoints = (stationOf: (scene: Scene) => SceneStation): Point[] => [
  unread("returned", stationOf),
  unacknowledged("returned", stationOf),
  before("custody_return"),
  after("custody_return"),
  before("rental_settle"),
  after("rental_settle"),
  before("receipts_number"),
  after("receipts_number"),
];
