// The Worker of the local stack: the product, in a town whose time may be put forward. What crosses: the address of the stack's clock. No
// deployment has any of this, because wrangler.toml names src/index.ts.
import product, {
  ControlPlane,
  FiscalDevice as Device,
  FiscalGate,
  StationObject as Station,
  VendorGate,
} from "../../src/index.ts";
import { learnTime, putForward } from "./time.ts";

export { ControlPlane, FiscalGate, VendorGate };

export class StationObject extends Station {
  constructor(context: DurableObjectState, env: Env) {
    putForward(context);
    super(context, env);
    void context.blockConcurrencyWhile(() => learnTime(env));
  }
}

export class FiscalDevice extends Device {
  constructor(context: DurableObjectState, env: Env) {
    putForward(context);
    super(context, env);
    void context.blockConcurrencyWhile(() => learnTime(env));
  }
}

/** The stack says so when it has put the clock forward; it carries no time, so that nobody else can set one here. */
const MOVED = "/dev/clock-moved";

// oxlint-disable-next-line import/no-default-export -- the runtime asks for it
export default {
  async fetch(request, env, context) {
    const isMoved = request.method === "POST" && new URL(request.url).pathname === MOVED;
    await learnTime(env, isMoved);
    return isMoved ? new Response(null, { status: 204 }) : product.fetch(request, env, context);
  },
  async scheduled(controller, env, context) {
    await learnTime(env);
    await product.scheduled(controller, env, context);
  },
} satisfies ExportedHandler<Env>;
