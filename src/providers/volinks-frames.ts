// Frames of the Volinks power bank protocol, version 1: A8, length, command, data, and the complement that brings the sum of
// all bytes to 0. A frame that is cut, too long or does not add up is no frame.
import type { VendorSlot } from "./vendor-port.ts";

export type VolinksFrame =
  /** 0x10: the whole cabinet. */
  | { kind: "cabinet"; slots: VendorSlot[] }
  /** 0x21 by slot, 0x31 by power bank. */
  | { kind: "popup"; slot: number; powerBankId: string | null; code: number }
  /** 0x40, and 0x28 after a self-test. */
  | { kind: "return"; slot: number; powerBankId: string | null; code: number }
  /** 0x7A: `CSQ:26;BP:0`. */
  | { kind: "heart"; text: string };

const HEAD = 0xa8;
const BOARD_BYTES = 6;
const HOLE_BYTES = 15;
/** Slots of one board, in the cabinets that are documented and next to them. */
const HOLES_PER_BOARD = [6, 4, 8, 5, 3, 2, 1, 7, 9, 10, 12];
const NO_SERIAL = new Set([0, 0xffffffff]);

const STATES: Record<number, VendorSlot["state"]> = {
  0x00: "empty",
  0x01: "ok",
  0x02: "charging_fault",
  0x03: "comm_fault",
  0x04: "stuck",
  0x05: "forced",
  0x06: "solenoid",
  0x08: "theft",
  0x09: "short",
  0x0a: "return_failed",
};

/** The byte that brings the sum of `bytes` to 0. */
export const complementOf = (bytes: Uint8Array): number => -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;

export const readVolinksFrame = (bytes: Uint8Array): VolinksFrame | null => {
  if (bytes.length < 5 || bytes[0] !== HEAD || bytes.length !== (bytes[1]! << 8) + bytes[2]!) return null;
  if (complementOf(bytes.subarray(0, -1)) !== bytes.at(-1)) return null;
  const data = bytes.subarray(4, -1);
  switch (bytes[3]) {
    case 0x10:
      return readCabinet(data);
    case 0x21:
      return data.length === 4 && isSlot(data[1]!)
        ? { kind: "popup", slot: data[1]!, powerBankId: null, code: data[2]! }
        : null;
    case 0x31:
      return data.length === 7
        ? { kind: "popup", slot: data[0]!, powerBankId: serialAt(data, 1), code: data[5]! }
        : null;
    case 0x40:
      return data.length === 10 && isSlot(data[1]!)
        ? { kind: "return", slot: data[1]!, powerBankId: serialAt(data, 3), code: data[7]! }
        : null;
    case 0x28:
      return data.length === 16 && isSlot(data[1]!)
        ? { kind: "return", slot: data[1]!, powerBankId: serialAt(data, 6), code: data[2]! }
        : null;
    case 0x7a:
      return { kind: "heart", text: String.fromCharCode(...data.subarray(1)) };
    default:
      return null;
  }
};

const isSlot = (value: number): boolean => value >= 1 && value <= 64;

const serialAt = (data: Uint8Array, at: number): string | null => {
  const serial = new DataView(data.buffer, data.byteOffset).getUint32(at);
  return NO_SERIAL.has(serial) ? null : String(serial);
};

/** Boards of equally many holes, whose numbers run on: that tells how many each has. */
const readCabinet = (data: Uint8Array): VolinksFrame | null => {
  for (const holes of HOLES_PER_BOARD) {
    const board = BOARD_BYTES + holes * HOLE_BYTES;
    if (data.length === 0 || data.length % board !== 0) continue;
    const slots: VendorSlot[] = [];
    for (let at = 0; at < data.length; at += board) {
      for (let hole = 0; hole < holes; hole++) slots.push(readHole(data, at + BOARD_BYTES + hole * HOLE_BYTES));
    }
    if (slots.length <= 64 && slots.every(({ slot }, index) => slot === index + 1)) return { kind: "cabinet", slots };
  }
  return null;
};

/** number, state, current, voltage, area, serial (4), charge, temperature, charging volts, charging amperes, version, sensor */
const readHole = (data: Uint8Array, at: number): VendorSlot => {
  const state = STATES[data[at + 1]!] ?? "comm_fault";
  const powerBankId = serialAt(data, at + 5);
  const isThere = powerBankId !== null;
  const percent = data[at + 9]!;
  const temperatureC = data[at + 10]!;
  return {
    slot: data[at]!,
    // Something is said to be there and has no name, or nothing is and has one: neither can be relied on.
    state: isThere === (state !== "empty") ? state : "comm_fault",
    powerBankId: isThere && state !== "empty" ? powerBankId : null,
    chargePercent: isThere && percent <= 100 ? percent : null,
    millivolts: null,
    // 0: no sensor.
    temperatureC: isThere && temperatureC > 0 ? temperatureC : null,
    rawCode: data[at + 1]!.toString(16).toUpperCase().padStart(2, "0"),
  };
};
