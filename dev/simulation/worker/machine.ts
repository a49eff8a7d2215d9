// Puts the seed's time, chance and network in the place of the machine's, for the whole isolate: the product's code and the
// libraries below it draw ids, read the clock and send requests as they always do.
import type { Random } from "../random.ts";
import { nativeGenerateKey, nativeTimeout } from "./native.ts";
import type { VirtualTime } from "./time.ts";

export interface Machine {
  time: VirtualTime;
  bytes: Random;
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** False in a station's object: what waits there for a timer is never told. */
  isInside(): boolean;
}

let machine: Machine | null = null;

/** The newest machine is the one that counts; a run of another seed brings its own. */
export const takeOver = (next: Machine): void => {
  const isFirst = machine === null;
  machine = next;
  if (isFirst) replaceAll();
};

const current = (): Machine => machine!;

const replaceAll = (): void => {
  Date.now = () => current().time.now();
  replace(crypto, "getRandomValues", <T extends Uint8Array>(array: T): T => {
    current().bytes.draw(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return array;
  });
  replace(crypto, "randomUUID", drawUuid);
  replace(crypto.subtle, "generateKey", generateKey);
  replace(AbortSignal, "timeout", (ms: number): AbortSignal => {
    const controller = new AbortController();
    current().time.setTimer(ms, () => controller.abort(new DOMException("timed out", "TimeoutError")));
    return controller.signal;
  });
  replace(globalThis, "fetch", (input: string | URL | Request, init?: RequestInit) => current().fetch(input, init));
  replace(globalThis, "setTimeout", setVirtualTimeout);
  replace(globalThis, "clearTimeout", (id: unknown) => {
    if (typeof id === "number") current().time.clearTimer(id);
  });
};

const replace = (owner: object, name: string, value: unknown): void => {
  Object.defineProperty(owner, name, { value, configurable: true, writable: true });
};

const setVirtualTimeout = (callback: () => void, ms = 0): unknown => {
  if (!current().isInside()) return ms > 0 ? 0 : nativeTimeout(callback, 0);
  if (ms <= 0) return queueMicrotask(callback);
  return current().time.setTimer(ms, callback);
};

const drawUuid = (): string => {
  const bytes = new Uint8Array(16);
  current().bytes.draw(bytes);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join("-");
};

/** Making an RSA key takes longer than a hundred steps; a provider that rotates its key takes the next of these. */
const RSA_KEYS = 3;
const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  modulusLength: 2_048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};
let rsaKeys: unknown[] = [];
let rsaDrawn = 0;

/** Once, before anything is taken over: what is made while a step is played would be made in its own time. */
export const prepareKeys = async (): Promise<void> => {
  rsaKeys = await Promise.all(Array.from({ length: RSA_KEYS }, () => nativeGenerateKey(RSA, true, ["sign", "verify"])));
};

const generateKey = (...args: Parameters<typeof nativeGenerateKey>): Promise<unknown> => {
  const [algorithm] = args;
  if (typeof algorithm === "string" || algorithm.name !== RSA.name) return nativeGenerateKey(...args);
  return Promise.resolve(rsaKeys[rsaDrawn++ % RSA_KEYS]);
};
