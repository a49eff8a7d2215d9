// A station whose wire can be watched and cut at one frame. What it does wrong it does on the outside: the Worker sees a
// station like any other.
import type { EventFrame, ServerFrame, StationFrame } from "../../durable-objects/protocol.ts";
import { StationModel } from "../simulators/station-model.ts";

type EventType = EventFrame["type"];

interface Trap<T> {
  reached: Promise<T>;
  spring(value: T): void;
}

const createTrap = <T>(): Trap<T> => {
  let spring = (_value: T): void => {};
  const reached = new Promise<T>((resolve) => (spring = resolve));
  return { reached, spring };
};

export class GatedStation extends StationModel {
  /** Command ids in the order in which eject frames came, kept and lost ones too. */
  readonly ejects: string[] = [];
  /** Over this connection. */
  isWelcome = false;
  #eject: { trap: Trap<void>; isLost: boolean } | null = null;
  #kept: ServerFrame | null = null;
  #sending: { type: EventType; atSend(): void; trap: Trap<void> } | null = null;
  #ack: { type: EventType; name: string | null; trap: Trap<void> } | null = null;

  /** The next eject frame is here and nothing has moved yet; `act` goes on from there. With `isLost` it never arrived. */
  trapEject(isLost = false): Promise<void> {
    const trap = createTrap<void>();
    this.#eject = { trap, isLost };
    return trap.reached;
  }

  /** Obeys the eject frame that was kept. */
  act(): void {
    const frame = this.#kept;
    this.#kept = null;
    if (frame) super.receive(frame);
  }

  /** `atSend` runs right before the next event of this type is put on the wire. */
  trapSending(type: EventType, atSend: () => void): Promise<void> {
    const trap = createTrap<void>();
    this.#sending = { type, atSend, trap };
    return trap.reached;
  }

  /** The acknowledgement of the next event of this type was sent, and is lost. */
  trapAck(type: EventType): Promise<void> {
    const trap = createTrap<void>();
    this.#ack = { type, name: null, trap };
    return trap.reached;
  }

  override open(): void {
    this.isWelcome = false;
    super.open();
  }

  override close(): void {
    this.isWelcome = false;
    super.close();
  }

  override receive(frame: ServerFrame): void {
    if (frame.type === "welcome") this.isWelcome = true;
    if (frame.type === "eject") {
      this.ejects.push(frame.commandId);
      const gate = this.#eject;
      if (gate) {
        this.#eject = null;
        if (!gate.isLost) this.#kept = frame;
        return gate.trap.spring();
      }
    }
    if (frame.type === "ack" && this.#ack?.name === `${frame.bootId}:${frame.seq}`) {
      const { trap } = this.#ack;
      this.#ack = null;
      return trap.spring();
    }
    super.receive(frame);
  }

  override take(): StationFrame[] {
    const frames = super.take();
    for (const frame of frames) {
      if (frame.type === this.#ack?.type && this.#ack.name === null) this.#ack.name = `${frame.bootId}:${frame.seq}`;
      if (frame.type === this.#sending?.type) {
        const { atSend, trap } = this.#sending;
        this.#sending = null;
        atSend();
        trap.spring();
      }
    }
    return frames;
  }
}
