import { toHex } from "../lib/bytes.ts";

/** W3C trace context: whose trace this request belongs to, and our own span in it. */
export interface Trace {
  traceId: string;
  /** For calls that go on from here. */
  traceparent: string;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const random = (length: number) => toHex(crypto.getRandomValues(new Uint8Array(length)));

/** Joins the caller's trace; begins one where the header is absent or malformed, as the standard asks. */
export const joinTrace = (header: string | undefined): Trace => {
  const [, given, parent, flags] = TRACEPARENT.exec(header ?? "") ?? [];
  const isUsable = given !== undefined && !/^0+$/.test(given) && parent !== undefined && !/^0+$/.test(parent);
  const traceId = isUsable ? given : random(16);
  return { traceId, traceparent: `00-${traceId}-${random(8)}-${isUsable ? flags : "00"}` };
};
