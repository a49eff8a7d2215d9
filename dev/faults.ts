// What a front can be told to do wrong, and what it has seen. Everything is kept per scope (a database's name, a Redis
// token), so that test files running side by side do not disturb each other.

/** `count` is the number of requests it applies to (for ever when missing); `match` is a part of the statement's text. */
export interface Fault {
  count?: number;
  match?: string;
}

export interface Faults {
  /** Added before each request is looked at; 0 ends it. */
  latencyMs?: number;
  /** Answers HTTP 500, or closes the connection; nothing is executed. */
  refuse?: Fault & { mode?: "error" | "close" };
  /** Executes and commits, then destroys the connection instead of answering. */
  dropAfterCommit?: Fault;
  /** Answers SQLSTATE 40001 without executing (Neon front only). */
  serializationFailure?: Fault;
}

export type FaultName = "refuse" | "dropAfterCommit" | "serializationFailure";
export type HoldPhase = "before" | "after";
export type Release = "continue" | "abandon";

/** A hold waits for `count` requests (1 when missing) before they execute or after they are committed. */
export interface Hold {
  phase: HoldPhase;
  match?: string;
  count?: number;
}

export interface HeldRequest {
  id: number;
  phase: HoldPhase;
  text: string;
}

export interface Seen {
  requests: number;
  /** The newest texts, oldest first; at most 500. */
  texts: string[];
}

const TEXTS_KEPT = 500;

interface ScopeState {
  faults: Faults;
  holds: Hold[];
  held: Map<number, HeldRequest & { release(action: Release): void }>;
  seen: Seen;
  watchers: Set<() => void>;
}

export interface FaultBoard {
  /** Replaces the named faults and leaves the others. */
  arm(scope: string, faults: Faults): void;
  /** Ends faults and holds of the scope and lets what is held go on. */
  clear(scope: string): void;
  hold(scope: string, hold: Hold): void;
  /** Requests that are held now; waits up to `waitMs` for the first. */
  waiting(scope: string, waitMs?: number): Promise<HeldRequest[]>;
  /** Lets one held request, or all of them, go on or be cut off; answers how many. */
  release(scope: string, action?: Release, id?: number): number;
  seen(scope: string): Seen;
  /** Answers what was seen and starts again at zero. */
  resetSeen(scope: string): Seen;

  // What a front calls, in this order.
  record(scope: string, text: string): void;
  latencyMs(scope: string): number;
  take<N extends FaultName>(scope: string, name: N, text: string): NonNullable<Faults[N]> | null;
  pause(scope: string, phase: HoldPhase, text: string): Promise<Release>;
}

export const createFaultBoard = (): FaultBoard => {
  const scopes = new Map<string, ScopeState>();
  let lastId = 0;
  const of = (scope: string): ScopeState => {
    let state = scopes.get(scope);
    if (!state) {
      state = { faults: {}, holds: [], held: new Map(), seen: { requests: 0, texts: [] }, watchers: new Set() };
      scopes.set(scope, state);
    }
    return state;
  };
  const release = (scope: string, action: Release = "continue", id?: number): number => {
    const { held } = of(scope);
    const chosen = [...held.values()].filter((request) => id === undefined || request.id === id);
    for (const request of chosen) {
      held.delete(request.id);
      request.release(action);
    }
    return chosen.length;
  };
  return {
    arm: (scope, faults) => void Object.assign(of(scope).faults, faults),
    clear(scope) {
      const state = of(scope);
      state.faults = {};
      state.holds = [];
      release(scope);
    },
    hold: (scope, hold) => void of(scope).holds.push({ count: 1, ...hold }),
    async waiting(scope, waitMs = 0) {
      const state = of(scope);
      if (state.held.size === 0 && waitMs > 0) await firstOf(state.watchers, waitMs);
      return [...state.held.values()].map(({ id, phase, text }) => ({ id, phase, text }));
    },
    release,
    seen: (scope) => structuredClone(of(scope).seen),
    resetSeen(scope) {
      const state = of(scope);
      const before = state.seen;
      state.seen = { requests: 0, texts: [] };
      return before;
    },
    record(scope, text) {
      const { seen } = of(scope);
      seen.requests++;
      seen.texts.push(text);
      if (seen.texts.length > TEXTS_KEPT) seen.texts.shift();
    },
    latencyMs: (scope) => of(scope).faults.latencyMs ?? 0,
    take(scope, name, text) {
      const { faults } = of(scope);
      const fault = faults[name];
      if (!fault || !matches(fault, text)) return null;
      if (fault.count !== undefined && --fault.count <= 0) delete faults[name];
      return fault;
    },
    pause(scope, phase, text) {
      const state = of(scope);
      const hold = state.holds.find((candidate) => candidate.phase === phase && matches(candidate, text));
      if (!hold) return Promise.resolve("continue");
      if (hold.count !== undefined && --hold.count <= 0) state.holds = state.holds.filter((other) => other !== hold);
      return new Promise((resolve) => {
        const id = ++lastId;
        state.held.set(id, { id, phase, text, release: resolve });
        for (const watcher of state.watchers) watcher();
      });
    },
  };
};

const matches = ({ match, count }: Fault, text: string): boolean =>
  count !== 0 && (match === undefined || text.includes(match));

const firstOf = (watchers: Set<() => void>, waitMs: number): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      watchers.delete(done);
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    watchers.add(done);
  });
