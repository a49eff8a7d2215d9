// The Worker of the simulation: the product, its objects and the town around them in one isolate. Driven by requests of
// dev/simulate.ts: POST /open, /steps, /settle, /close.
import { DurableObject } from "cloudflare:workers";
import type { DeliveryResult, StationDelivery } from "../../../src/stations/port.ts";
import type { RunInput } from "./engine.ts";
import { Run } from "./run.ts";
import { SimulatedStation, type SimulationEnv } from "./station-object.ts";

export { SimulatedStation as StationObject };

/** One object, because one object has one life: what a step begins, the next can go on with. */
export class Simulation extends DurableObject<SimulationEnv> {
  #run: Run | null = null;

  async deliver(delivery: StationDelivery): Promise<DeliveryResult> {
    if (!this.#run) throw new Error("no run is going on");
    return this.#run.deliver(delivery);
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const body = await request.json<RunInput & { steps: number }>();
    try {
      if (pathname === "/open") {
        this.#run = new Run(body, this.env);
        await this.#run.open();
        return Response.json({});
      }
      if (!this.#run) return Response.json({ error: "no run is going on" }, { status: 409 });
      if (pathname === "/steps") return Response.json(await this.#run.steps(body.steps));
      if (pathname === "/settle") return Response.json(await this.#run.settle());
      await this.#run.close();
      this.#run = null;
      return Response.json({});
    } catch (error) {
      return Response.json(
        { error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
        { status: 500 },
      );
    }
  }
}

// oxlint-disable-next-line import/no-default-export -- the runtime asks for it
export default {
  fetch: (request: Request, env: SimulationEnv) =>
    (env.SIMULATION.getByName("world") as unknown as Fetcher).fetch(request),
};
