// Chance that repeats: the same seed draws the same numbers for ever, on every machine.

export interface Random {
  /** From 0 up to 1. */
  next(): number;
  /** A whole number from 0 up to `below`. */
  int(below: number): number;
  /** From `from` to `to`, both included. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  /** Throws on an empty list. */
  pick<T>(list: readonly T[]): T;
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T;
  /** Fills all of it. */
  draw(bytes: Uint8Array): void;
}

/** Streams of one seed do not disturb each other: who draws more from one changes nothing in another. */
export const createRandom = (seed: number, stream: string): Random => {
  let [a, b, c, d] = spread(`${seed}/${stream}`);
  // sfc32
  const word = (): number => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 16; i++) word();
  const random: Random = {
    next: () => word() / 4_294_967_296,
    int: (below) => Math.floor(random.next() * below),
    between: (from, to) => from + random.int(to - from + 1),
    chance: (probability) => random.next() < probability,
    pick(list) {
      if (list.length === 0) throw new Error("nothing to pick from");
      return list[random.int(list.length)]!;
    },
    weighted(choices) {
      let left = random.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of choices) if ((left -= weight) < 0) return value;
      return choices.at(-1)![1];
    },
    draw(bytes) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = word() & 255;
    },
  };
  return random;
};

/** Four words of a text (FNV-1a with four offsets). */
const spread = (text: string): [number, number, number, number] => {
  const words = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map((offset) => {
    let hash = offset;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return hash | 0;
  });
  return words as [number, number, number, number];
};
