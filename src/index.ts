import { WorkerEntrypoint } from "cloudflare:workers";
import { createApp } from "./app.ts";
import { deliverReport } from "./control-plane.ts";
import { dependenciesOf } from "./deps.ts";
import { runMinute } from "./jobs.ts";
import type { FiscalDispatch, FiscalDocument, FiscalGate as FiscalGatePort } from "./receipts/port.ts";
import {
  composeFiscalDocument,
  registerFiscalDevice,
  requestFiscalToken,
  sendFiscalDocument,
} from "./receipts/service.ts";
import type {
  ControlPlane as ControlPlanePort,
  DeliveryResult,
  StationDelivery,
  VendorGate as VendorGatePort,
} from "./stations/port.ts";
import { ejectFromCabinet, operateCabinet, readCabinet } from "./stations/service.ts";

export { FiscalDevice } from "../durable-objects/fiscal-device.ts";
export { StationObject } from "../durable-objects/station.ts";

const app = createApp(dependenciesOf);

/** The loopback by which a station's object reaches the verbs. */
export class ControlPlane extends WorkerEntrypoint<Env> implements ControlPlanePort {
  deliver(delivery: StationDelivery): Promise<DeliveryResult> {
    return deliverReport(dependenciesOf(this.env, this.ctx), delivery);
  }
}

/** The loopback by which a station's object reaches a cabinet of another vendor. */
export class VendorGate extends WorkerEntrypoint<Env> implements VendorGatePort {
  read(input: Parameters<VendorGatePort["read"]>[0]) {
    return readCabinet(dependenciesOf(this.env, this.ctx), input);
  }
  eject(input: Parameters<VendorGatePort["eject"]>[0]) {
    return ejectFromCabinet(dependenciesOf(this.env, this.ctx), input);
  }
  operate(input: Parameters<VendorGatePort["operate"]>[0]) {
    return operateCabinet(dependenciesOf(this.env, this.ctx), input);
  }
}

/** The loopback by which a fiscal device's object reaches the tax authority. */
export class FiscalGate extends WorkerEntrypoint<Env> implements FiscalGatePort {
  register() {
    return registerFiscalDevice(dependenciesOf(this.env, this.ctx));
  }
  requestToken(credentialsSealed: string) {
    return requestFiscalToken(dependenciesOf(this.env, this.ctx), credentialsSealed);
  }
  compose(document: FiscalDocument) {
    return composeFiscalDocument(dependenciesOf(this.env, this.ctx), document);
  }
  send(input: FiscalDispatch) {
    return sendFiscalDocument(dependenciesOf(this.env, this.ctx), input);
  }
}

export default {
  fetch: app.fetch,
  scheduled: (_controller, env, context) => runMinute(dependenciesOf(env, context)),
} satisfies ExportedHandler<Env>;
