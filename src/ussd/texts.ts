// Commands by text message: the menu's verbs and screens without its options. The number of a sender can be forged, so nothing that spends
// or opens anything follows from a text alone: either the phone is asked for its PIN, or for a reply with digits that only it got.
import type { Dependencies } from "../deps.ts";
import { errorDetails } from "../error-details.ts";
import { sha256Hex } from "../lib/crypto.ts";
import type { Id } from "../lib/ids.ts";
import { drainMessages, queueMessage, sendNow } from "../messages/service.ts";
import type { SmsGateway } from "../providers/ports.ts";
import { extensionOffer } from "../rentals/service.ts";
import { type Msisdn, normalisePhone, usualProvider } from "../users/service.ts";
import { type Command, readCommand } from "./commands.ts";
import { act, type Call } from "./effects.ts";
import { type Place, START } from "./menu.ts";
import { readCaller } from "./repository.ts";
import { say, type Screen, type View, viewOf } from "./screen.ts";
import { hasAccount } from "./screens-money.ts";
import { stationFor, stationName } from "./screens-rent.ts";
import { render } from "./screens.ts";
import { findWish, keepWish, mayAsk, replyCodeOf, type Wish } from "./wishes.ts";

export interface InboundText {
  gateway: SmsGateway;
  /** The gateway's own name for the text. */
  id: string;
  /** As the gateway writes the number. */
  phone: string;
  text: string;
  requestId: string;
}

interface Asked {
  deps: Dependencies;
  call: Call;
  view: View;
}

/** What is sent back: into the outbox, or handed over at once where it has digits that may not be stored. */
interface Answer {
  text: string;
  isSecret?: boolean;
  /** Whose account was made on the way. */
  userId?: Id<"usr">;
}

/** Does what the text asks for and answers its sender, once for each text however often it is posted. */
export const takeText = async (deps: Dependencies, inbound: InboundText): Promise<void> => {
  const msisdn = normalisePhone(inbound.phone);
  // A bank, a shop, a service: nobody who could be answered.
  if (!msisdn) return;
  const command = readCommand(inbound.text);
  const phoneHash = await deps.phoneHash.hex(msisdn);
  const session = await sha256Hex(`sms\n${inbound.gateway}\n${inbound.id}`);
  const wish = command.kind === "reply" ? await findWish(deps, phoneHash, command.code) : null;
  const stationCode = command.kind === "rent" ? command.stationCode : (wish?.stationCode ?? null);
  const nowMs = deps.clock.now();
  const caller = await readCaller(deps.db, { phoneHash, stationCode, returnCode: null, nowMs });
  const usual = usualProvider(msisdn) ?? "mpesa";
  const view = viewOf(deps.config, { caller, locale: caller.user?.locale ?? command.locale, nowMs, usual });
  const { gateway, requestId } = inbound;
  const call: Call = {
    gateway,
    channel: "sms",
    session,
    msisdn,
    phoneHash,
    usual,
    locale: view.locale,
    caller,
    isProven: false,
    requestId,
  };
  const isKnown = hasAccount(view);
  const costs = !isKnown || ["rent", "extend", "reply"].includes(command.kind);
  const may = costs ? await mayAsk(deps, phoneHash, session) : "first";
  const refusal = may === "too_many" ? "rate_limited" : may === "nobody_counts" ? "unavailable" : null;
  const isAgain = may === "again";
  // Whoever has no account is not told of limits: that would be one more text to a number that perhaps never wrote.
  if (!isKnown && (refusal !== null || (isAgain && command.kind !== "reply"))) return;
  const answer = refusal
    ? { text: errorDetails[refusal][view.locale] }
    : await answerTo({ deps, call, view }, command, wish);
  if (!(isAgain && answer.isSecret)) await send(deps, { msisdn, view, session }, answer);
};

const send = async (
  deps: Dependencies,
  { msisdn, view, session }: { msisdn: Msisdn; view: View; session: string },
  { text, isSecret = false, userId = hasAccount(view) ? view.caller.user?.id : undefined }: Answer,
): Promise<void> => {
  if (userId && !isSecret) {
    await queueMessage(deps, { userId, template: "answer", params: { text }, dedupeKey: `sms:${session}` });
    deps.defer(drainMessages(deps));
  } else deps.defer(sendNow(deps, { msisdn, locale: view.locale }, "answer", { text }));
};

const answerTo = async (asked: Asked, command: Command, wish: Wish | null): Promise<Answer> => {
  const { view } = asked;
  const w = say(view);
  switch (command.kind) {
    case "rent":
      return rent(asked, command.stationCode);
    case "extend":
      return extend(asked);
    case "reply":
      return wish ? fulfil(asked, wish) : { text: w.noReply };
    case "status":
      return { text: spoken(render({ at: "status" }, view)) };
    case "balance":
      return { text: spoken(render({ at: "account" }, view)) };
    case "rent_nowhere":
      return { text: w.rentWhere };
    default:
      return { text: w.commands(view.host) };
  }
};

/** A screen without what can be pressed. */
const spoken = ({ text }: Screen): string =>
  text
    .split("\n")
    .filter((line) => !/^\d /.test(line))
    .join("\n");

/** The same verb and the same words as at this place of the menu. */
const goTo = async ({ deps, call, view }: Asked, place: Place): Promise<Answer> => {
  const outcome = await act(deps, call, { ...START, place });
  const text = spoken(render(place, { ...view, outcome }));
  return outcome?.kind === "rental" ? { text, userId: outcome.rental.userId } : { text };
};

const rent = async (asked: Asked, stationCode: string): Promise<Answer> => {
  const { view } = asked;
  const found = stationFor(stationCode, view);
  if (!("station" in found)) return { text: spoken(found) };
  const { depositTzs } = found.station.terms;
  const w = say(view);
  const deposit = w.tzs(depositTzs);
  if (!hasAccount(view))
    return askForReply(asked, stationCode, (code) => w.confirmJoin({ deposit, code, host: view.host }));
  // The PIN of the phone that pays is proof enough.
  if (view.caller.walletTzs < depositTzs) return goTo(asked, { at: "rent_go", stationCode, provider: null });
  return askForReply(
    asked,
    stationCode,
    (code) =>
      stationName(found.station, (place) => ({ text: w.confirmWallet({ place, deposit, code }), isEnd: true })).text,
  );
};

const extend = async (asked: Asked): Promise<Answer> => {
  const { view } = asked;
  const { rental, walletTzs } = view.caller;
  const offer = rental?.status === "active" ? extensionOffer(rental, view.nowMs) : null;
  if (!offer) return { text: spoken(render({ at: "extend" }, view)) };
  if (walletTzs < offer.amountTzs) return goTo(asked, { at: "extend_go", provider: null });
  const w = say(view);
  const price = w.tzs(offer.amountTzs);
  return askForReply(asked, null, (code) => w.confirmExtend({ price, due: w.at(offer.dueAtMs, view.nowMs), code }));
};

const askForReply = async (
  { deps, call }: Asked,
  stationCode: string | null,
  textWith: (code: string) => string,
): Promise<Answer> => {
  const { phoneHash, session, locale } = call;
  const code = await replyCodeOf(deps, phoneHash, session);
  const isKept = await keepWish(deps, phoneHash, { session, stationCode });
  return isKept ? { text: textWith(code), isSecret: true } : { text: errorDetails.unavailable[locale] };
};

/** Keyed by the text that the wish came with: a reply that comes twice meets what the first one did. */
const fulfil = async ({ deps, call, view }: Asked, { session, stationCode }: Wish): Promise<Answer> =>
  goTo(
    { deps, view, call: { ...call, session, isProven: true } },
    stationCode === null ? { at: "extend_go", provider: null } : { at: "rent_go", stationCode, provider: null },
  );
