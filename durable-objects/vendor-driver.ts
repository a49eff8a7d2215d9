// The driver of cabinets that somebody else speaks to: each command is one call to their vendor, and the vendor is asked what
// the cabinet holds, at the pace of a heartbeat and whenever somebody says that something happened. What crosses here is
// never repeated: a call that got no answer may have been carried out.
import { MINUTE_MS, SECOND_MS } from "../src/lib/clock.ts";
import type { Log } from "../src/lib/log.ts";
import type { VendorAnswer, VendorNotice, VendorReading, VendorSlot } from "../src/providers/ports.ts";
import type { VendorGate } from "../src/stations/port.ts";
import { undecided, type CommandRow } from "./commands.ts";
import { capabilitiesOf, type Capabilities, type StationDriver } from "./driver.ts";
import type { StationRow } from "./projection.ts";
import type { ServerFrame } from "./protocol.ts";
import type { Sql } from "./sql.ts";
import { weighAnswer } from "./staff-commands.ts";
import type { Link, Turn } from "./turn.ts";
import { keepEvidence, learn, weighWord, wonder, type Binding } from "./vendor-cabinet.ts";

const PROOF_MS = 30 * SECOND_MS;
/** An answer that comes later belongs to no question any more. */
const QUESTION_LIVES_MS = MINUTE_MS;
const PATIENCE_MS = 6 * SECOND_MS;

export interface VendorHost {
  sql: Sql;
  gate: VendorGate | undefined;
  log: Log;
  patienceMs?: number | undefined;
  now(): number;
  station(): StationRow | undefined;
  turn(work: (turn: Turn) => void): void;
  waitUntil(work: Promise<unknown>): void;
}

type EjectFrame = Extract<ServerFrame, { type: "eject" }>;
type OrderFrame = Extract<ServerFrame, { type: "lock" | "unlock" | "open" | "reboot" }>;

const isOrder = (frame: ServerFrame): frame is OrderFrame => ["lock", "unlock", "open", "reboot"].includes(frame.type);
const orderOf = (frame: OrderFrame): Parameters<VendorGate["operate"]>[0]["order"] =>
  frame.type === "reboot" ? { kind: "restart" } : { kind: frame.type, slot: frame.slot };

export class VendorDriver implements StationDriver {
  readonly #host: VendorHost;
  /** An object that was just woken believes for a while what it knew before it slept. */
  readonly #wokenAtMs: number;
  #heardAtMs = 0;
  #askAtMs = 0;
  #current: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  /** Ejects of one cabinet go one after the other. */
  #line: Promise<void> = Promise.resolve();
  /** Questions that a cabinet answers by a notice of its own, oldest first. */
  #questions: { askedAtMs: number; answered(): void }[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(host: VendorHost) {
    this.#host = host;
    this.#wokenAtMs = host.now();
  }

  /** Null: the station speaks to its object itself. */
  static bindingOf(station: StationRow | undefined): Binding | null {
    const { driver, vendorId } = station?.settings ?? {};
    return driver === undefined || driver === "protocol1" || !vendorId ? null : { driver, vendorId };
  }

  get #binding(): Binding {
    return VendorDriver.bindingOf(this.#host.station())!;
  }

  get capabilities(): Capabilities {
    return capabilitiesOf[this.#binding.driver];
  }

  heardAtMs(): number {
    return this.#heardAtMs || (this.#host.station()?.counted.isOnline ? this.#wokenAtMs : 0);
  }

  link(nowMs: number): Link {
    const isLive = this.#heardAtMs > 0 && nowMs - this.#heardAtMs <= PROOF_MS;
    return { isLive, isOpen: isLive };
  }

  /** When the vendor is asked again by itself. */
  nextAtMs(): number {
    return this.#askAtMs;
  }

  /** By the alarm. */
  wake(nowMs: number): void {
    if (nowMs >= this.#askAtMs) this.#start(this.ask());
  }

  /** A bank is promised only by a cabinet that was seen a moment ago. */
  async prove(): Promise<void> {
    if (!this.link(this.#host.now()).isLive) await this.ask();
  }

  /** Ends what is on its way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Looks at the cabinet; resolves when a look that began after this call has ended. Never throws. */
  ask(): Promise<void> {
    if (!this.#current) {
      this.#current = this.#look().finally(() => (this.#current = null));
      return this.#current;
    }
    this.#next ??= this.#current.then(() => {
      this.#next = null;
      return this.ask();
    });
    return this.#next;
  }

  /** Stored before whoever told us is answered. */
  hear(notice: VendorNotice): void {
    if (notice.kind === "snapshot" && this.#answer(notice.slots)) return;
    this.#turn((turn, binding, version) => {
      if (notice.kind === "hint" && notice.evidence) keepEvidence(turn, binding, version, notice.name, notice.evidence);
      if (notice.kind === "eject_failed") {
        const command = meant(turn.sql, notice);
        const result = notice.isSure ? "not_out" : "unknown";
        if (command) weighWord(turn, binding, version, command, { result, code: notice.code });
      }
      wonder(turn, binding, version);
    });
    this.#start(this.ask());
  }

  send(frames: ServerFrame[]): void {
    for (const frame of frames) {
      if (frame.type === "eject") {
        this.#line = this.#line.then(() => this.#eject(frame));
        this.#start(this.#line);
      } else if (frame.type === "refresh") {
        this.#start(this.ask().then(() => this.#answerStaff(frame.commandId, this.#isFresh() ? "ok" : null)));
      } else if (isOrder(frame)) {
        this.#line = this.#line.then(() => this.#operate(frame));
        this.#start(this.#line);
      } else if (frame.type === "settings") {
        // What a station goes by itself is the object's own business here.
        this.#start(Promise.resolve().then(() => this.#answerStaff(frame.commandId, "ok")));
      }
    }
  }

  #isFresh(): boolean {
    return this.link(this.#host.now()).isLive;
  }

  /** `ok`: the vendor took it. Null: nobody can say, and no answer is written. */
  #answerStaff(commandId: string, result: "ok" | "failed" | null): void {
    if (result !== null) this.#turn((turn) => weighAnswer(turn, commandId, result));
  }

  async #operate(frame: OrderFrame): Promise<void> {
    const { gate, now } = this.#host;
    const { driver, vendorId } = this.#binding;
    let answer: VendorAnswer = { status: "refused", code: "expired" };
    if (gate && now() < frame.expiresAt) {
      try {
        answer = await gate.operate({ driver, vendorId, order: orderOf(frame) });
      } catch (error) {
        answer = { status: "unknown", reason: String(error) };
      }
    }
    const results = { handed_over: "ok", refused: "failed", unknown: null } as const;
    this.#answerStaff(frame.commandId, results[answer.status]);
    await this.ask();
  }

  async #look(): Promise<void> {
    const { gate, now, log } = this.#host;
    const { driver, vendorId } = this.#binding;
    const askedAtMs = now();
    this.#askAtMs = askedAtMs + this.#host.station()!.settings.heartbeatSeconds * SECOND_MS;
    // Open before it is asked: the cabinet's answer may come sooner than the broker's word that it was asked.
    const question = this.#open(askedAtMs);
    let reading: VendorReading = { status: "unknown", reason: "no_gate" };
    try {
      if (gate) reading = await gate.read({ driver, vendorId });
    } catch (error) {
      reading = { status: "unknown", reason: String(error) };
    }
    if (reading.status === "asked") {
      if (!(await question.wait())) this.#turn(wonder);
      return;
    }
    question.close();
    if (reading.status === "read") return this.#learn(reading.slots, askedAtMs);
    if (reading.status === "unknown")
      log.write("warn", "vendor_silent", {
        driver,
        stationId: this.#host.station()!.stationId,
        reason: reading.reason,
      });
    this.#turn(wonder);
  }

  #open(askedAtMs: number): { wait(): Promise<boolean>; close(): void } {
    let answered = (): void => {};
    const answer = new Promise<boolean>((resolve) => (answered = () => resolve(true)));
    const question = { askedAtMs, answered };
    this.#questions.push(question);
    const { patienceMs = PATIENCE_MS } = this.#host;
    return {
      async wait() {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const silence = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), patienceMs)));
        return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
      },
      close: () => void (this.#questions = this.#questions.filter((other) => other !== question)),
    };
  }

  /**
   * True when a question was open. The protocol's answers name no question, so one counts for the oldest: what it shows may be
   * as old as that, and no younger is claimed.
   */
  #answer(slots: VendorSlot[]): boolean {
    const nowMs = this.#host.now();
    this.#questions = this.#questions.filter(({ askedAtMs }) => nowMs - askedAtMs <= QUESTION_LIVES_MS);
    const question = this.#questions.shift();
    if (!question) return false;
    this.#learn(slots, question.askedAtMs);
    question.answered();
    return true;
  }

  #learn(slots: VendorSlot[], askedAtMs: number): void {
    this.#heardAtMs = this.#host.now();
    this.#turn((turn, binding, version) => learn(turn, binding, version, slots, askedAtMs));
  }

  async #eject(frame: EjectFrame): Promise<void> {
    const { gate, now } = this.#host;
    const { commandId, slot, powerBankId, expiresAt } = frame;
    const { driver, vendorId } = this.#binding;
    let answer: VendorAnswer;
    // It waited behind another one for too long: nothing has left us.
    if (now() >= expiresAt || !gate) answer = { status: "refused", code: "expired" };
    else {
      try {
        answer = await gate.eject({ driver, vendorId, slot, powerBankId, issuedAtMs: now(), expiresAtMs: expiresAt });
      } catch (error) {
        answer = { status: "unknown", reason: String(error) };
      }
    }
    if (answer.status === "handed_over") return;
    const word =
      answer.status === "refused"
        ? ({ result: "not_out", code: answer.code } as const)
        : ({ result: "unknown", code: answer.reason } as const);
    this.#turn((turn, binding, version) => {
      const command = undecided(turn.sql).find((row) => row.command_id === commandId);
      if (command) weighWord(turn, binding, version, command, word);
    });
  }

  #turn(work: (turn: Turn, binding: Binding, version: number) => void): void {
    const station = this.#host.station();
    const binding = VendorDriver.bindingOf(station);
    if (station && binding) this.#host.turn((turn) => work(turn, binding, station.configVersion));
  }

  #start(work: Promise<void>): void {
    const run: Promise<void> = work
      .catch((error: unknown) =>
        this.#host.log.write("error", "alert", { alert: "vendor_failed", reason: String(error) }),
      )
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
    this.#host.waitUntil(run);
  }
}

/** The undecided eject that a cabinet's word can be about: by the bank, else by the slot. */
const meant = (
  sql: Sql,
  { slot, powerBankId }: { slot: number | null; powerBankId: string | null },
): CommandRow | undefined =>
  undecided(sql).find(
    (command) =>
      command.sent_at_ms !== null &&
      (powerBankId === null ? command.slot === slot : command.power_bank_id === powerBankId),
  );
