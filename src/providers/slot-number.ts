declare const isSlotNumber: unique symbol;
/** A slot that exists. To some vendors 0, or none, means every slot at once: no such number has this type. */
export type SlotNumber = number & { readonly [isSlotNumber]: true };

export const LAST_SLOT = 64;

/** Throws RangeError for anything but a whole number from 1 to 64, whatever its type says. */
export const slotNumber = (value: unknown): SlotNumber => {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > LAST_SLOT)
    throw new RangeError("no slot has this number");
  return value as SlotNumber;
};
