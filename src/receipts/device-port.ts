// From the Worker to the object of the configured fiscal device, named by the device's key at the authority.
import type { FiscalDevicePort } from "./port.ts";

interface Namespace {
  getByName(name: string): FiscalDevicePort;
}

export const createFiscalDevicePort = (namespace: Namespace, certKey: string): FiscalDevicePort => ({
  issue: (input) => namespace.getByName(certKey).issue(input),
  wake: () => namespace.getByName(certKey).wake(),
});
