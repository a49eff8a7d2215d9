/**
 * Lets callers that arrive while `work` runs share its result. In Workers the leader's request can be cancelled, and its
 * I/O with it: its promise then never settles. A follower waits `patienceMs` at most and then leads itself.
 */
export const singleFlight = <T>(work: () => Promise<T>, patienceMs: number): (() => Promise<T>) => {
  let flight: Promise<T> | null = null;
  const lead = (): Promise<T> => {
    const own = work().finally(() => {
      if (flight === own) flight = null;
    });
    flight = own;
    return own;
  };
  return async () => {
    while (flight) {
      const joined = flight;
      const settled = await within(
        joined.then((value) => ({ value })),
        patienceMs,
      );
      if (settled) return settled.value;
      // Another follower may lead by now: that one can be cancelled as well, and is waited for no longer than the first.
      if (flight === joined) flight = null;
    }
    return lead();
  };
};

/** `null` when the promise has not settled after `timeoutMs`; it goes on unobserved. */
export const within = async <T>(promise: Promise<T>, timeoutMs: number): Promise<T | null> => {
  const timeout = Promise.withResolvers<null>();
  const timer = setTimeout(() => timeout.resolve(null), timeoutMs);
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
};
