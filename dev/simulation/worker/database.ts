// The way of the product's statements to Postgres: the Neon driver's own requests, answered here as the local front answers
// them, over one connection, with the fate that the weather gives each. Checks and the making of the world pass by.
import pg from "pg";
import { failureOf, resultsOf, SERIALIZATION_FAILURE } from "../../neon-answer.ts";
import { createPool, execute } from "../../neon-execute.ts";
import { parseBody, parseOptions, parseTarget } from "../../neon-request.ts";
import type { Journal } from "./journal.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Weather } from "./weather.ts";

export interface DatabaseAddress {
  host: string;
  port: number;
  /** Of the owner of the tables. */
  ownerUrl: string;
}

export class SimulatedDatabase {
  readonly #pools = new Map<string, pg.Pool>();
  readonly #address: DatabaseAddress;
  readonly #owner: pg.Client;

  constructor(address: DatabaseAddress) {
    this.#address = address;
    this.#owner = new pg.Client({ connectionString: address.ownerUrl });
  }

  async open(): Promise<void> {
    await this.#owner.connect();
  }

  async close(): Promise<void> {
    await this.#owner.end();
    for (const pool of this.#pools.values()) await pool.end();
  }

  /** As the owner, past the product. */
  async query<Row extends object>(text: string, params: unknown[] = []): Promise<Row[]> {
    return (await this.#owner.query<Row>(text, params)).rows;
  }

  /** The driver's fetch. */
  route({ scheduler, weather, journal }: { scheduler: Scheduler; weather: Weather; journal: Journal }) {
    return (init: RequestInit): Promise<Response> => {
      const body = init.body as string;
      const name = nameOf(body);
      return scheduler.submit(`sql ${name}`, async (kill) => {
        const fate = weather.ofStatement(name);
        journal.write(`  sql ${name}${fate === "fine" ? "" : ` ${fate}`}`);
        switch (fate) {
          case "fine":
            return this.#answer(init, body);
          case "refused":
            return answered(500, { message: "the compute is not there", code: "" });
          case "serialization":
            return answered(400, SERIALIZATION_FAILURE);
          case "money_fails":
            return this.#whileMoneyFails(() => this.#answer(init, body));
          case "dies_before":
            kill();
            break;
          case "dies_after":
            await this.#answer(init, body);
            kill();
            break;
          case "cut_before":
            break;
          case "cut_after":
            await this.#answer(init, body);
            break;
        }
        throw new TypeError("Network connection lost.");
      });
    };
  }

  /** The ledger refuses everything for the length of one statement; see simulation_money_fails in checks.sql. */
  async #whileMoneyFails<T>(work: () => Promise<T>): Promise<T> {
    await this.#owner.query("update simulation.switches set money_fails = true");
    try {
      return await work();
    } finally {
      await this.#owner.query("update simulation.switches set money_fails = false");
    }
  }

  async #answer(init: RequestInit, text: string): Promise<Response> {
    const headers = Object.fromEntries(
      Object.entries(init.headers as Record<string, string>).map(([name, value]) => [name.toLowerCase(), value]),
    );
    try {
      const batch = parseBody(text, parseOptions(headers));
      const pool = this.#poolOf(headers["neon-connection-string"]);
      return answered(200, resultsOf(batch, await execute(pool, batch)));
    } catch (error) {
      const { status, body } = failureOf(error);
      return answered(status, body);
    }
  }

  #poolOf(connection: string | undefined): pg.Pool {
    const target = parseTarget(connection);
    const key = `${target.user} ${target.database}`;
    let pool = this.#pools.get(key);
    const { host, port } = this.#address;
    if (!pool) this.#pools.set(key, (pool = createPool({ host, port }, target, () => {})));
    return pool;
  }
}

/** What the driver reads of an answer, without the turns that a stream takes. */
const answered = (status: number, body: unknown): Response =>
  ({
    ok: status < 300,
    status,
    headers: new Headers(),
    json: async () => body,
    text: async () => JSON.stringify(body),
  }) as unknown as Response;

const nameOf = (body: string): string => {
  const { query } = JSON.parse(body) as { query: string };
  return /^select "([a-z_]+)"\(/.exec(query)?.[1] ?? /\bfrom "?(\w+)/.exec(query)?.[1] ?? "read";
};
