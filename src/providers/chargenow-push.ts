// The body of a push from ChargeNow's cloud. It is not signed, comes with or without HTML escapes, and its `eventData` may be
// an object or the text of one. Only which cabinet it is about is taken from it, and what staff may want to see.
import { z } from "zod";
import { readJson } from "./exchange.ts";
import type { VendorEvidence } from "./vendor-port.ts";

const ENTITIES: Record<string, string> = { amp: "&", quot: '"', apos: "'", lt: "<", gt: ">", "#34": '"', "#39": "'" };

/** Once: what a proxy escaped, and nothing that was meant to look like an escape. */
export const unescapeHtml = (text: string): string =>
  text.replaceAll(/&(amp|quot|apos|lt|gt|#34|#39);/g, (_, name: string) => ENTITIES[name]!);

/** JSON, or JSON that was escaped on its way; undefined for anything else. */
const readEscaped = (text: string): unknown => readJson(text) ?? readJson(unescapeHtml(text));

const cabinetId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/);
const Push = z.object({ event: z.string().min(1).max(64), eventData: z.unknown() });
const slot = z.coerce.number().int().min(1).max(64).nullish().catch(null);
const EventData = z
  .object({
    cabinetId: cabinetId.optional().catch(undefined),
    cabinetid: cabinetId.optional().catch(undefined),
    deviceId: cabinetId.optional().catch(undefined),
    outSlot: slot,
    abnormalSlot: slot,
    faultType: z.coerce.number().int().nullish().catch(null),
  })
  .transform(({ cabinetId: id, cabinetid, deviceId, ...rest }) => ({ id: id ?? cabinetid ?? deviceId, ...rest }));

export const readPush = (body: string): { vendorId: string; hint: { evidence: VendorEvidence | null } } | null => {
  const push = Push.safeParse(readEscaped(body));
  if (!push.success) return null;
  const { event, eventData } = push.data;
  const data = EventData.safeParse(typeof eventData === "string" ? readEscaped(eventData) : eventData).data;
  if (data?.id === undefined) return null;
  const { faultType, outSlot, abnormalSlot } = data;
  const isFault = event === "BATTERY_ABNORMAL_WARNING" || (event === "BATTERY_BORROW_OUT" && (faultType ?? 0) !== 0);
  const word = `${event}${faultType ? `:${faultType}` : ""}`.slice(0, 64);
  return {
    vendorId: data.id,
    hint: { evidence: isFault ? { type: "alert", word, slot: outSlot ?? abnormalSlot ?? null } : null },
  };
};
