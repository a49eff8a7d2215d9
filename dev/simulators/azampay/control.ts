// The control API of one application: what tests and the developer console see and do. JSON, no authentication: the
// simulator listens on the loopback address only.
import { z } from "zod";
import { type App, Arm } from "./app.ts";
import { handsetActions, type HandsetAction } from "./behaviours.ts";
import { AppSettingsChange } from "./settings.ts";

const MAX_WAIT_MS = 30_000;

const Act = z.strictObject({ action: z.enum(handsetActions) });
const Outcome = z.strictObject({ outcome: z.enum(["pending", "success", "failed"]) });
const Advance = z.strictObject({ advanceMs: z.int() });

type Act = (app: App, transactionId: string, action: HandsetAction) => boolean;

const notFound = () => Response.json({ error: "not_found" }, { status: 404 });
const done = (value: unknown = { ok: true }) => Response.json(value);

/** `path` is what follows `/control`, with its leading slash. */
export const control = async (app: App, request: Request, path: string, act: Act): Promise<Response> => {
  const [, resource = "", id] = path.split("/");
  const query = new URL(request.url).searchParams;
  switch (`${request.method} ${resource}`) {
    case "GET settings":
      return done(app.settings);
    case "PATCH settings":
      app.settings = {
        ...app.settings,
        ...definedOnly(AppSettingsChange.parse(await request.json())),
      };
      return done(app.settings);
    case "GET prompts":
      return done(await waitFor(app, query, () => promptsOf(app, query)));
    case "POST prompts":
      return act(app, id ?? "", Act.parse(await request.json()).action) ? done() : notFound();
    case "GET transactions":
      return done(await waitFor(app, query, () => filter(app.transactions, query)));
    case "POST transactions": {
      const { outcome } = Outcome.parse(await request.json());
      const found = [...app.transactions, ...app.disbursements].find((each) => each.transactionId === id);
      if (found) found.outcome = outcome;
      return found ? done() : notFound();
    }
    case "GET disbursements":
      return done(await waitFor(app, query, () => filter(app.disbursements, query)));
    case "GET checksum-key":
      return done({ pem: app.checksumKey().pem });
    case "GET callbacks":
      return done(await waitFor(app, query, () => callbacksOf(app, query)));
    case "GET holds":
      return done(await waitFor(app, query, () => filter(app.holds, query).filter((hold) => !hold.isReleased)));
    case "POST holds":
      return release(app, id ?? "") ? done() : notFound();
    case "POST arm":
      app.arm(Arm.parse(await request.json()));
      return done();
    case "DELETE arm":
      app.disarm();
      return done();
    case "POST key":
      app.rotateKey();
      return done();
    case "GET key": {
      const { pem, xml } = await app.key();
      return done({ pem, xml });
    }
    case "POST sign": {
      const { text } = z.strictObject({ text: z.string() }).parse(await request.json());
      return done({ signature: await (await app.key()).sign(text) });
    }
    case "DELETE tokens":
      app.revokeTokens();
      return done();
    case "POST clock":
      app.advance(Advance.parse(await request.json()).advanceMs);
      return done();
    case "GET counters":
      return done(Object.fromEntries(app.counters));
    case "DELETE counters":
      app.counters.clear();
      return done();
    default:
      return notFound();
  }
};

type Filtered = { externalId?: string; msisdn?: string; state?: string };

const filter = <T extends Filtered>(items: readonly T[], query: URLSearchParams): T[] =>
  items.filter((item) =>
    (["externalId", "msisdn", "state"] as const).every((name) => !query.has(name) || item[name] === query.get(name)),
  );

const promptsOf = (app: App, query: URLSearchParams) => {
  const prompts = app.transactions.filter((transaction) => transaction.prompt !== "scripted");
  return filter(
    prompts.map((prompt) => ({ ...prompt, state: prompt.prompt })),
    query,
  );
};

/** `settled=true` leaves out the callbacks that are still being sent. */
const callbacksOf = (app: App, query: URLSearchParams) => {
  const found = filter(app.callbacks, query);
  return query.get("settled") === "true" ? found.filter((callback) => callback.state !== "pending") : found;
};

/** With `min` (1 unless said otherwise) and `waitMs`: answers when there are that many, or when the time is over. */
const waitFor = async <T>(app: App, query: URLSearchParams, read: () => T[]): Promise<T[]> => {
  const waitMs = Math.min(Number(query.get("waitMs") ?? 0), MAX_WAIT_MS);
  const min = Number(query.get("min") ?? 1);
  const enough = () => {
    const items = read();
    return items.length >= min ? items : null;
  };
  return (waitMs > 0 ? await app.changes.until(enough, waitMs) : null) ?? read();
};

const release = (app: App, id: string): boolean => {
  const hold = app.holds.find((candidate) => candidate.id === id && !candidate.isReleased);
  if (!hold) return false;
  hold.isReleased = true;
  app.changes.notify();
  return true;
};

export const definedOnly = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
