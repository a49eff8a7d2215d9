/** Lets a caller wait for a fact instead of asking for it again and again. */
export interface Changes {
  notify(): void;
  /** Answers the first value that is not null, or null when `timeoutMs` have passed or the simulator stops. */
  until<T>(read: () => T | null, timeoutMs: number): Promise<T | null>;
}

export const createChanges = (stopped: AbortSignal): Changes => {
  const waiting = new Set<() => void>();
  return {
    notify: () => {
      for (const wake of waiting) wake();
    },
    until: <T>(read: () => T | null, timeoutMs: number) =>
      new Promise<T | null>((resolve) => {
        const finish = () => {
          const value = read();
          const isOver = stopped.aborted || value !== null;
          if (isOver) settle(value);
        };
        const timer = setTimeout(() => settle(read()), timeoutMs);
        const settle = (value: T | null) => {
          clearTimeout(timer);
          waiting.delete(finish);
          stopped.removeEventListener("abort", finish);
          resolve(value);
        };
        waiting.add(finish);
        stopped.addEventListener("abort", finish);
        finish();
      }),
  };
};

/** Resolves after `delayMs`, or at once when `stopped` fires. Rejects never. */
export const pause = (delayMs: number, stopped: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (stopped.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      stopped.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    stopped.addEventListener("abort", done);
  });
