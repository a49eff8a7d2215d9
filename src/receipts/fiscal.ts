// Receipts under a fiscal device: its object counts, the database keeps what it counted. Below, what the object asks of
// the Worker, which has the keys: secrets reach the object sealed and come back sealed.
import { z } from "zod";
import type { Dependencies } from "../deps.ts";
import { isoTime } from "../lib/clock.ts";
import type {
  Fiscal,
  FiscalAnswer,
  FiscalDispatch,
  FiscalDocument,
  FiscalSale,
  SealedRegistration,
  SealedToken,
} from "./port.ts";
import type { ReceiptRecord } from "./record.ts";
import { type FiscalNumbers, listUnnumbered, storeFiscalNumbers } from "./repository.ts";

/** What the authority reads; its documents are in English. */
const DESCRIPTIONS = {
  base: "Power bank rental",
  extension: "Rental extension",
  late: "Late return",
  lost: "Lost power bank",
} as const;

const saleOf = ({ id, lines, vatPercent }: ReceiptRecord): FiscalSale => ({
  receiptId: id,
  // A line over nothing is no sale.
  items: lines
    .filter((line) => line.grossTzs > 0)
    .map((line) => ({ description: DESCRIPTIONS[line.kind], quantity: line.quantity, amountTzs: line.grossTzs })),
  vatPercent,
});

/** Has the device number what waits. Answers how many; what it cannot number stays without a number and is alerted. */
export const numberByDevice = async (
  deps: Dependencies,
  { device, authority, taxCodes }: Fiscal,
  limit: number,
): Promise<number> => {
  const waiting = await listUnnumbered(deps.db, limit);
  if (waiting.length === 0) return 0;
  const issued = await device.issue({ sales: waiting.map(saleOf), taxCodes });
  if (issued.status === "not_registered") {
    deps.log.write("error", "alert", {
      alert: "receipts_unnumbered",
      reason: "fiscal_not_registered",
      count: waiting.length,
    });
    return 0;
  }
  for (const { receiptId, reason } of issued.refused)
    deps.log.write("error", "alert", { alert: "receipts_unnumbered", reason, receiptId });
  if (issued.numbers.length === 0) return 0;
  const { registration, registeredAtMs, numbers } = issued;
  const { serial, tin, vrn, uin, name, taxOffice, receiptCode } = registration;
  const given: FiscalNumbers = {
    device: { serial, tin, vrn, uin, name, taxOffice, receiptCode, registeredAt: isoTime(registeredAtMs) },
    numbers: numbers.map(({ receiptId, globalCounter, dailyCounter, day, time, issuedAtMs }) => {
      const { code, url } = authority.verificationOf({ receiptCode, globalCounter, time });
      return {
        receiptId,
        globalCounter,
        dailyCounter,
        day,
        verificationCode: code,
        verifyUrl: url,
        issuedAt: isoTime(issuedAtMs),
      };
    }),
  };
  return storeFiscalNumbers(deps.db, given, deps.clock.now());
};

/** The minute's look at the device: what waits goes on. Nothing where none is configured. */
export const wakeFiscalDevice = async ({ fiscal }: Pick<Dependencies, "fiscal">): Promise<{ waiting: number } | null> =>
  fiscal ? { waiting: (await fiscal.device.wake()).waitingCount } : null;

type GateDependencies = Pick<Dependencies, "fiscal" | "cipher">;

const CREDENTIALS = "fiscal_device.credentials";
const TOKEN = "fiscal_device.token";
const Credentials = z.object({ username: z.string(), password: z.string() });

/** An object that outlives its settings waits, as it does while the authority is away. */
const NOT_CONFIGURED = { status: "unavailable", reason: "not_configured" } as const;

export const registerFiscalDevice = async ({ fiscal, cipher }: GateDependencies): Promise<SealedRegistration> => {
  if (!fiscal) return NOT_CONFIGURED;
  const result = await fiscal.authority.register();
  if (result.status !== "registered") return result;
  const { registration, credentials } = result;
  return {
    status: "registered",
    registration,
    credentialsSealed: await cipher.seal(JSON.stringify(credentials), CREDENTIALS),
  };
};

export const requestFiscalToken = async (
  { fiscal, cipher }: GateDependencies,
  credentialsSealed: string,
): Promise<SealedToken> => {
  if (!fiscal) return NOT_CONFIGURED;
  const result = await fiscal.authority.requestToken(
    Credentials.parse(JSON.parse(await cipher.open(credentialsSealed, CREDENTIALS))),
  );
  if (result.status !== "granted") return result;
  return {
    status: "granted",
    tokenSealed: await cipher.seal(result.accessToken, TOKEN),
    lifetimeSeconds: result.lifetimeSeconds,
  };
};

/** Throws where no device is configured. */
export const composeFiscalDocument = async (
  { fiscal }: GateDependencies,
  document: FiscalDocument,
): Promise<string> => {
  if (!fiscal) throw new Error("no fiscal device is configured");
  return fiscal.authority.compose(document);
};

export const sendFiscalDocument = async (
  { fiscal, cipher }: GateDependencies,
  { tokenSealed, ...input }: FiscalDispatch,
): Promise<FiscalAnswer> =>
  fiscal ? fiscal.authority.send({ ...input, accessToken: await cipher.open(tokenSealed, TOKEN) }) : NOT_CONFIGURED;
