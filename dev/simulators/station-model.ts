// A station without a transport: slots, buffer and memory on one side, frames on the other. Pure: time and boot ids are
// handed in, nothing waits. A driver connects it, hands it the server's frames, lets its time pass and sends what it takes.
import type { RememberedCommand, ServerFrame, StationFrame } from "../../durable-objects/protocol.ts";
import type { z } from "zod";
import { Cabinet, type SlotSeed } from "./station-cabinet.ts";
import { Faults, type Fault } from "./station-faults.ts";
import { EventBuffer, type Unstamped } from "./station-buffer.ts";

const REMEMBERED = 32;

export interface ModelOptions {
  slots: SlotSeed[];
  /** True time, ms; the station's own clock may be off. */
  now(): number;
  /** A name for each boot, never used before. */
  nextBootId(): string;
  /** From the command to the bank's leaving. */
  ejectMs?: number;
  /** An event without an acknowledgement for so long is sent again. */
  resendMs?: number;
  /** A bank came out, by command, or by force without one. */
  onBankOut?(powerBankId: string, slot: number, commandId: string | null): void;
}

type Memory = z.infer<typeof RememberedCommand>;
type Eject = Extract<ServerFrame, { type: "eject" }>;

export class StationModel {
  readonly cabinet: Cabinet;
  readonly faults = new Faults();
  heartbeatSeconds = 30;
  /** As the server set them last. */
  settings: Extract<ServerFrame, { type: "settings" }> | null = null;
  /** Commands that arrived, for tests. */
  readonly received: ServerFrame[] = [];
  readonly #options: ModelOptions;
  readonly #buffer: EventBuffer;
  readonly #later: { atMs: number; act(): void }[] = [];
  readonly #answers: StationFrame[] = [];
  #memory: Memory[] = [];
  /** Ejects of this boot, from the moment they come: one that is repeated while its motor turns is not a second one. */
  readonly #begun = new Set<string>();
  #bootId: string;
  #isGreeted = false;
  /** Server clock minus station clock, from the last welcome. */
  #serverOffsetMs = 0;
  #offlineUntilMs = 0;
  /** `untilMs`: of the server's clock. */
  #screen: { qr: string; untilMs: number } | null = null;
  /** Told to; it goes down once its answer has left. */
  #mustReboot = false;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.cabinet = new Cabinet(options.slots);
    this.#bootId = options.nextBootId();
    this.#buffer = new EventBuffer(options.resendMs ?? 15_000);
  }

  get bootId(): string {
    return this.#bootId;
  }

  get unacknowledged(): number {
    return this.#buffer.size;
  }

  get seq(): number {
    return this.#buffer.lastSeq(this.#bootId);
  }

  /** The station's own idea of the time. */
  clock(): number {
    return this.#options.now() + (this.faults.peek("clock_off")?.ms ?? 0);
  }

  /** The server's clock as the last welcome told it; goes on without a network. */
  serverClock(): number {
    return this.clock() + this.#serverOffsetMs;
  }

  /** What the screen shows in place of its own code, as long as it does. */
  get screen(): string | null {
    return this.#screen && this.serverClock() < this.#screen.untilMs ? this.#screen.qr : null;
  }

  arm(fault: Fault): void {
    if (fault.kind === "offline")
      this.#offlineUntilMs = fault.ms === undefined ? Number.POSITIVE_INFINITY : this.#options.now() + fault.ms;
    else if (fault.kind === "hot_bank") this.cabinet.heat(fault.slot ?? 1);
    else this.faults.arm(fault);
    if (fault.kind === "hot_bank") this.#emitSlot(fault.slot ?? 1);
  }

  isOffline(): boolean {
    return this.#options.now() < this.#offlineUntilMs;
  }

  comeBack(): void {
    this.#offlineUntilMs = 0;
  }

  /** A connection is up: its first frame is a hello made for it; all else waits for the welcome. */
  open(): void {
    this.#isGreeted = false;
    this.#buffer.hold();
    this.#emit({
      type: "hello",
      protocol: 1,
      firmware: "sim-1.0",
      model: "CP-8",
      slotCount: this.cabinet.size,
      iccid: null,
      signal: 20,
      commands: this.#memory,
    });
    this.#buffer.releaseLast();
  }

  /** The same events under the same names will be sent again over the next connection. */
  close(): void {
    this.#isGreeted = false;
    this.#answers.length = 0;
    this.#buffer.hold();
  }

  reboot(): void {
    this.#mustReboot = false;
    this.#bootId = this.#options.nextBootId();
    this.#later.length = 0;
    this.#screen = null;
    this.#begun.clear();
    this.close();
  }

  receive(frame: ServerFrame): void {
    this.received.push(frame);
    switch (frame.type) {
      case "welcome":
        this.#serverOffsetMs = frame.serverTime - this.clock();
        this.heartbeatSeconds = frame.heartbeatSeconds;
        this.#isGreeted = true;
        for (const { bootId, upTo } of frame.have) this.#buffer.acknowledgeUpTo(bootId, upTo);
        this.#buffer.release();
        return this.reportAll();
      case "ack":
        return this.#buffer.acknowledge(frame.bootId, frame.seq);
      case "refresh":
        this.reportAll(frame.commandId);
        this.#answers.push({ type: "done", commandId: frame.commandId, result: "ok" });
        return;
      case "eject":
        return this.#eject(frame);
      case "lock":
      case "unlock":
        if (this.#isLate(frame.expiresAt)) return this.#done(frame.commandId, "failed");
        this.cabinet.setLocked(frame.slot, frame.type === "lock");
        this.#done(frame.commandId, "ok");
        return this.#emitSlot(frame.slot);
      case "open":
        return this.#open(frame);
      case "reboot":
        if (this.#isLate(frame.expiresAt)) return this.#done(frame.commandId, "failed");
        this.#done(frame.commandId, "ok");
        this.#mustReboot = true;
        return;
      case "settings":
        this.heartbeatSeconds = frame.heartbeatSeconds;
        this.settings = frame;
        this.#answers.push({ type: "done", commandId: frame.commandId, result: "ok" });
        return;
      case "screen":
        this.#screen = { qr: frame.qr, untilMs: frame.showUntil ?? Number.POSITIVE_INFINITY };
        return this.#done(frame.commandId, "ok");
      case "error":
        return;
    }
  }

  /** Sends an inventory. */
  reportAll(refreshId: string | null = null): void {
    this.#emit({
      type: "inventory",
      slots: this.cabinet.report(this.#options.now()),
      refreshId,
      commands: this.#memory,
    });
  }

  /** Sends one slot as it is. */
  reportSlot(slot: number): void {
    this.#emitSlot(slot);
  }

  heartbeat(): StationFrame {
    return {
      type: "heartbeat",
      bootId: this.#bootId,
      seq: Math.max(1, this.seq),
      at: this.clock(),
      signal: 20,
      temperatureC: 31,
    };
  }

  /** Does what time has come for. */
  advance(): void {
    const now = this.#options.now();
    for (;;) {
      const next = this.#later.filter((task) => task.atMs <= now).toSorted((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#later.splice(this.#later.indexOf(next), 1);
      next.act();
    }
    if (this.#isGreeted) this.#buffer.resend(now);
  }

  /** When `advance` has something to do; null = nothing planned. */
  nextAtMs(): number | null {
    return this.#later.length > 0 ? Math.min(...this.#later.map((task) => task.atMs)) : null;
  }

  /** What goes onto the wire now. */
  take(): StationFrame[] {
    const ready: StationFrame[] = this.#buffer.take(this.#options.now());
    if (ready.length > 1 && this.faults.strike("reorder_events")) ready.reverse();
    const events = ready.flatMap((frame) => {
      if (frame.type !== "hello" && this.faults.strike("lose_events")) return [];
      return this.faults.strike("duplicate_events") ? [frame, frame] : [frame];
    });
    const frames = [...events, ...this.#answers.splice(0)];
    if (this.#mustReboot) this.reboot();
    return frames;
  }

  /** A person puts a bank in; null = there is no free slot. */
  insert(input: {
    powerBankId: string;
    slot?: number;
    chargePercent?: number;
  }): { slot: number; result: "ok" | "rejected" } | null {
    const slot = this.cabinet.freeSlot(input.slot);
    if (slot === null) return null;
    const { powerBankId, chargePercent = 20 } = input;
    const isRejected = this.faults.strike("half_inserted") !== undefined;
    if (!isRejected) this.cabinet.put(slot, powerBankId, chargePercent);
    const isNoticed = this.faults.strike("unnoticed_return") === undefined;
    if (isNoticed) {
      this.#emit({
        type: "returned",
        slot,
        powerBankId,
        chargePercent,
        result: isRejected ? "rejected" : "ok",
        rawCode: isRejected ? "24" : "01",
      });
      if (!isRejected) this.#emitSlot(slot);
    }
    return { slot, result: isRejected ? "rejected" : "ok" };
  }

  /** Somebody pulls a bank out without a command; null = the slot is empty. */
  removeByForce(slot: number): string | null {
    const bank = this.cabinet.remove(slot);
    if (bank === null) return null;
    this.#emit({ type: "alert", alert: "opened_without_command", slot, detail: null });
    this.#emitSlot(slot);
    this.#options.onBankOut?.(bank, slot, null);
    return bank;
  }

  #eject(command: Eject): void {
    const { commandId, slot, powerBankId } = command;
    if (this.#begun.has(commandId) || this.#memory.some((entry) => entry.commandId === commandId)) return;
    this.#begun.add(commandId);
    if (this.#isLate(command.expiresAt) && !this.faults.peek("ignores_expiry"))
      return this.#answer(commandId, slot, powerBankId, "not_out", "88");
    if (this.cabinet.bankIn(slot) !== powerBankId) return this.#answer(commandId, slot, powerBankId, "not_out", "FC");
    if (this.faults.strike("refuses")) return this.#answer(commandId, slot, powerBankId, "not_out", "12");
    const reboot = this.faults.strike("reboot_mid_eject");
    if (reboot) {
      if (reboot.bankLeaves) this.#drop(slot, commandId);
      return this.reboot();
    }
    const silence = this.faults.strike("no_answer");
    if (silence)
      return silence.bankLeaves
        ? this.#after(this.#options.ejectMs ?? 1_500, () => this.#drop(slot, commandId))
        : undefined;
    const wrong = this.faults.strike("wrong_slot");
    const lies = this.faults.strike("lies") !== undefined;
    const from = wrong ? (wrong.slot ?? this.cabinet.nextFull(slot) ?? slot) : slot;
    const wait = this.faults.strike("late_drop")?.ms ?? this.#options.ejectMs ?? 1_500;
    this.#after(wait, () => {
      const bank = this.#drop(from, commandId);
      if (lies) this.#answer(commandId, slot, powerBankId, "not_out", "12");
      else
        this.#answer(
          commandId,
          from,
          bank ?? powerBankId,
          bank === null ? "not_out" : "out",
          bank === null ? "FC" : "01",
        );
      if (!this.cabinet.shows(from, this.#options.now())) this.#emitSlot(from);
    });
  }

  /** Staff's hand is at the slot: the bank is out when it opens. */
  #open({ commandId, slot, powerBankId, expiresAt }: Extract<ServerFrame, { type: "open" }>): void {
    if (this.#memory.some((entry) => entry.commandId === commandId)) return;
    if (this.#isLate(expiresAt) || this.cabinet.bankIn(slot) !== powerBankId || this.faults.strike("refuses"))
      return this.#done(commandId, "failed");
    this.#drop(slot, null);
    this.#done(commandId, "ok");
    if (!this.cabinet.shows(slot, this.#options.now())) this.#emitSlot(slot);
  }

  #isLate(expiresAt: number): boolean {
    return this.serverClock() > expiresAt;
  }

  #remember(commandId: string, result: Memory["result"]): void {
    this.#memory = [...this.#memory, { commandId, result }].slice(-REMEMBERED);
  }

  #done(commandId: string, result: "ok" | "failed"): void {
    if (this.faults.strike("no_answer")) return;
    this.#remember(commandId, result);
    this.#answers.push({ type: "done", commandId, result });
  }

  /** `eject`: the command that it answers; null when staff take it. */
  #drop(slot: number, eject: string | null): string | null {
    const now = this.#options.now();
    const ghostMs = this.faults.strike("ghost_bank")?.ms ?? 0;
    const bank = this.cabinet.remove(slot, ghostMs > 0 ? now + ghostMs : 0);
    if (bank === null) return null;
    if (ghostMs > 0) this.#after(ghostMs, () => this.#emitSlot(slot));
    this.#options.onBankOut?.(bank, slot, eject);
    return bank;
  }

  #answer(commandId: string, slot: number, powerBankId: string, result: "out" | "not_out", rawCode: string): void {
    this.#remember(commandId, result);
    this.#emit({ type: "ejected", commandId, slot, powerBankId, result, rawCode });
  }

  #emitSlot(slot: number): void {
    this.#emit({ type: "slot", ...this.cabinet.reportOne(slot, this.#options.now()) });
  }

  #emit(event: Unstamped): void {
    this.#buffer.add(this.#bootId, this.clock(), event);
  }

  #after(ms: number, act: () => void): void {
    if (ms <= 0) act();
    else this.#later.push({ atMs: this.#options.now() + ms, act });
  }
}
