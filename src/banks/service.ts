// What staff decide about power banks. The database asks each time whether they still may.
import type { Dependencies } from "../deps.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../lib/actor.ts";
import { DAY_MS } from "../lib/clock.ts";
import { describeError } from "../lib/describe-error.ts";
import type { Id } from "../lib/ids.ts";
import { pushConfig } from "../stations/service.ts";
import type { BankMovement, BankRecord } from "./record.ts";
import {
  type BankChanged,
  type BankFilter,
  changeBank,
  findBank,
  listBankRecords,
  listMovements,
  registerStoredBanks,
  takeStoredBank,
} from "./repository.ts";

export type StaffActor = Extract<Actor, { kind: "staff" }>;

/** Failures of the last days that a bank is shown with. */
const LOOK_BACK_MS = 30 * DAY_MS;
const MOVEMENTS = 50;

const by = (deps: Dependencies, actor: StaffActor, { requestId }: { requestId: string }) => ({
  staffId: actor.userId,
  nowMs: deps.clock.now(),
  requestId,
});

/** Enters banks into the fleet; those that it has already are told apart. */
export const registerBanks = async (
  deps: Dependencies,
  actor: StaffActor,
  input: { powerBankIds: string[]; requestId: string },
): Promise<{ registered: string[]; known: string[] }> => {
  const answer = await registerStoredBanks(deps.db, { ...input, ...by(deps, actor, input) });
  if (answer.status !== "registered") throw new AppError(answer.status);
  return { registered: answer.registered, known: answer.known };
};

/** The station that it sits in has to hold it back, or may give it, from now on. */
const changed = (deps: Dependencies, result: BankChanged): BankRecord => {
  if (result.status === "bank_state") throw new AppError(result.status, { details: { place: result.place } });
  if (result.status !== "changed" && result.status !== "taken" && result.status !== "replayed")
    throw new AppError(result.status);
  const { stationId } = result.bank;
  if (stationId !== null)
    deps.defer(
      pushConfig(deps, stationId as Id<"stn">).catch((error: unknown) =>
        deps.log.write("warn", "settings_not_pushed", { stationId, ...describeError(error) }),
      ),
    );
  return result.bank;
};

/** Holds a bank back wherever it is, or lets it be given again. Throws `bank_unknown`, `bank_state`. */
export const setBankService = async (
  deps: Dependencies,
  actor: StaffActor,
  input: { powerBankId: string; isInService: boolean; reason: string; requestId: string },
): Promise<BankRecord> => {
  const { isInService, ...facts } = input;
  const state = isInService ? "in_service" : "out_of_service";
  return changed(deps, await changeBank(deps.db, { ...facts, state, ...by(deps, actor, input) }));
};

/** Takes a bank out of the fleet for good. Throws `bank_state` for one that is rented or lost. */
export const retireBank = async (
  deps: Dependencies,
  actor: StaffActor,
  input: { powerBankId: string; reason: string; requestId: string },
): Promise<BankRecord> =>
  changed(deps, await changeBank(deps.db, { ...input, state: "retired", ...by(deps, actor, input) }));

/** A technician has it in hand, or brought it to the depot. Throws `bank_state` for one that is rented or lost. */
export const takeBank = async (
  deps: Dependencies,
  actor: StaffActor,
  input: {
    powerBankId: string;
    to: "hands" | "depot";
    reason: string;
    use: { route: string; key: string; bodyHash: string };
    requestId: string;
  },
): Promise<{ bank: BankRecord; isReplay: boolean }> => {
  const result = await takeStoredBank(deps.db, {
    ...input,
    movementId: deps.ids.next("mov"),
    ...by(deps, actor, input),
  });
  return { bank: changed(deps, result), isReplay: result.status === "replayed" };
};

export interface BankReading {
  bank: BankRecord;
  lastSeenAtMs: number;
  /** Failed ejects of the last 30 days. */
  failures: number;
  movements: BankMovement[];
}

/** One bank with its way through the stations. */
export const readBank = async (deps: Dependencies, powerBankId: string): Promise<BankReading> => {
  const [found, movements] = await Promise.all([
    findBank(deps.db, powerBankId, deps.clock.now() - LOOK_BACK_MS),
    listMovements(deps.db, powerBankId, MOVEMENTS),
  ]);
  if (!found) throw new AppError("bank_unknown");
  const { bank, stationSeenAt, failures } = found;
  const seenAtMs = movements[0]?.atMs ?? bank.updatedAtMs;
  const stationSeenAtMs = bank.place === "slot" && stationSeenAt !== null ? Date.parse(stationSeenAt) : 0;
  return { bank, lastSeenAtMs: Math.max(seenAtMs, stationSeenAtMs), failures, movements };
};

export const listBanks = async (
  deps: Dependencies,
  actor: StaffActor,
  input: Omit<BankFilter, "heldBy"> & { isMine: boolean; cursor: string | null; limit: number },
): Promise<{ items: BankRecord[]; nextCursor: string | null }> => {
  const { cursor, limit, isMine, ...filter } = input;
  const heldBy = isMine ? actor.userId : undefined;
  const rows = await listBankRecords(deps.db, { ...filter, heldBy }, cursor, limit + 1);
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
};
