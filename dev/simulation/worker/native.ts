// What the machine really offers, kept before machine.ts puts the seed's in its place.

const nativeSetTimeout = globalThis.setTimeout;
const nativeDateNow = Date.now.bind(Date);
export const nativeGenerateKey = crypto.subtle.generateKey.bind(crypto.subtle);

/** One turn of the event loop at least. */
export const nativeTimer = (ms: number): Promise<void> => new Promise((resolve) => void nativeSetTimeout(resolve, ms));
/** Runs on the real clock; for measurements alone. */
export const realNow = (): number => nativeDateNow();
export const nativeTimeout = nativeSetTimeout;

/** Lets everything go on that waits for nothing outside the isolate. */
export const microtasks = async (rounds: number): Promise<void> => {
  for (let round = 0; round < rounds; round++) await Promise.resolve();
};
