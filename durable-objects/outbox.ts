// Delivers the outbox: at once after the turn that filled it, and by the alarm as the second way. Each row until it is
// accepted. Nothing here may run inside blockConcurrencyWhile: a delivery calls back into this object.
import { SECOND_MS } from "../src/lib/clock.ts";
import type { Log } from "../src/lib/log.ts";
import type { ControlPlane, DeliveryResult, StationDelivery, StationReport } from "../src/stations/port.ts";
import { backoffMs, spreadMs } from "./due.ts";
import { deliverable, hurry, type OutboxRow } from "./outbox-rows.ts";
import { projected, projectionOf, readStation } from "./projection.ts";
import { applyAnswer } from "./rentals.ts";
import type { Sql } from "./sql.ts";
import type { Turn } from "./turn.ts";

const AT_ONCE = 8;
const REFUSALS_UNTIL_PARKED = 20;
const ANSWER_WITHIN_MS = 30 * SECOND_MS;
/** A row whose answer could not be stored is not looked at again before. */
const LEFT_ALONE_MS = 60 * SECOND_MS;

export interface OutboxHost {
  sql: Sql;
  controlPlane: ControlPlane;
  log: Log;
  now(): number;
  heardAtMs(): number;
  turn(work: (turn: Turn) => void): void;
}

export class Outbox {
  /** Rows on their way, and until when they are left alone at the longest. */
  readonly inFlight = new Map<number, number>();
  readonly #running = new Set<Promise<void>>();
  readonly #host: OutboxHost;

  constructor(host: OutboxHost) {
    this.#host = host;
  }

  /** Starts what may go now. Never throws; what fails stays a row. */
  pump(): void {
    const { sql, now, log } = this.#host;
    for (const row of deliverable(sql, now())) {
      if (this.#running.size >= AT_ONCE) return;
      if ((this.inFlight.get(row.id) ?? 0) > now()) continue;
      this.inFlight.set(row.id, now() + LEFT_ALONE_MS);
      const run: Promise<void> = this.#deliver(row)
        .catch((error: unknown) => log.write("error", "alert", { alert: "outbox_failed", reason: String(error) }))
        .finally(() => this.#running.delete(run));
      this.#running.add(run);
    }
  }

  /** When nothing is on its way any more, or `atMostMs` are over. */
  async idle(atMostMs = Number.POSITIVE_INFINITY): Promise<void> {
    const all = async (): Promise<void> => {
      while (this.#running.size > 0) await Promise.all(this.#running);
    };
    await (atMostMs === Number.POSITIVE_INFINITY ? all() : within(all(), atMostMs, () => {}));
  }

  async #deliver(row: OutboxRow): Promise<void> {
    const { sql, controlPlane, turn } = this.#host;
    const report = JSON.parse(row.report) as StationReport;
    const station = readStation(sql)!;
    const delivery: StationDelivery = {
      stationId: station.stationId,
      report,
      projection: projectionOf(station, this.#host.heardAtMs()),
    };
    let result: DeliveryResult | null = null;
    let problem: unknown = null;
    try {
      result = await within(controlPlane.deliver(delivery), ANSWER_WITHIN_MS, () => {
        throw new Error("no answer in time");
      });
    } catch (error) {
      problem = error;
    }
    turn((t) => {
      if (result?.status === "accepted") {
        t.sql.run("delete from outbox where id = ?", row.id);
        hurry(t);
        applyAnswer(t, report, result);
        projected(t, delivery.projection.version);
      } else {
        failed(t, row, report, result, problem);
      }
      // Before the next pump, which starts when this turn is over.
      this.inFlight.delete(row.id);
    });
  }
}

/** Refusals are counted until the row is parked; an unreachable party is asked for ever. */
const failed = (
  turn: Turn,
  row: OutboxRow,
  report: StationReport,
  refusal: DeliveryResult | null,
  problem: unknown,
): void => {
  const attempts = row.attempts + 1;
  const refusals = row.refusals + (refusal ? 1 : 0);
  const isParked = refusals >= REFUSALS_UNTIL_PARKED;
  turn.sql.run(
    "update outbox set attempts = ?, refusals = ?, next_at_ms = ?, is_parked = ? where id = ?",
    attempts,
    refusals,
    turn.nowMs + spreadMs(backoffMs(Math.min(attempts, 20)), `${turn.stationId} ${row.id} ${attempts}`),
    isParked ? 1 : 0,
    row.id,
  );
  const fields = {
    stationId: turn.stationId,
    verb: report.verb,
    rentalId: row.rental_id,
    powerBankId: row.power_bank_id,
    attempts,
    reason:
      refusal?.status === "refused" ? refusal.reason : problem instanceof Error ? problem.message : String(problem),
  };
  if (isParked) turn.log.write("error", "alert", { alert: "outbox_parked", ...fields });
  else turn.log.write("warn", "delivery_failed", fields);
};

/** What `late` says when the work takes longer. A call that never comes back must not hold up its bank's other rows. */
const within = async <T>(work: Promise<T>, ms: number, late: () => T): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    return await Promise.race([work, end.then(late)]);
  } finally {
    clearTimeout(timer);
  }
};
