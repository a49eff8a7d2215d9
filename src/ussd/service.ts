// One call of a gateway: follow what was typed, read what there is to know, do what this place does, say how it stands. At most three
// round trips to Postgres one after the other, and none to a provider. Never throws: a gateway has to be told something.
import type { Dependencies } from "../deps.ts";
import { errorDetails } from "../error-details.ts";
import { AppError, type ErrorCode } from "../errors.ts";
import { describeError } from "../lib/describe-error.ts";
import { DEFAULT_LOCALE, type Locale } from "../lib/i18n.ts";
import { normalisePhone, usualProvider } from "../users/service.ts";
import type { Dialled, LastInput } from "./dialled.ts";
import { act, type Call } from "./effects.ts";
import { follow, type MenuState } from "./menu.ts";
import { readCaller } from "./repository.ts";
import { type Outcome, type Screen, viewOf } from "./screen.ts";
import { render } from "./screens.ts";
import { mayTryCode, rememberInput } from "./sessions.ts";
import { words } from "./words.ts";

export type { Screen } from "./screen.ts";
export { type InboundText, takeText } from "./texts.ts";

/** The screen that follows these inputs. */
export const answerCall = async (deps: Dependencies, dialled: Dialled): Promise<Screen> => {
  const state = follow(dialled.inputs);
  const spoken = { locale: state.locale ?? DEFAULT_LOCALE };
  try {
    return await answer(deps, dialled, state, spoken);
  } catch (error) {
    const code = error instanceof AppError ? error.code : "internal";
    deps.log.write("error", "ussd", {
      code,
      place: state.place.at,
      requestId: dialled.requestId,
      ...describeError(error),
    });
    return sorry(code, spoken.locale);
  }
};

const sorry = (code: ErrorCode, locale: Locale): Screen => ({ text: errorDetails[code][locale], isEnd: true });

const answer = async (
  deps: Dependencies,
  { gateway, sessionId, phone, isRestarted = false, requestId }: Dialled,
  state: MenuState,
  spoken: { locale: Locale },
): Promise<Screen> => {
  const msisdn = normalisePhone(phone);
  if (!msisdn) return sorry("phone_invalid", spoken.locale);
  const { place } = state;
  const phoneHash = await deps.phoneHash.hex(msisdn);
  const nowMs = deps.clock.now();
  const stationCode = "stationCode" in place ? place.stationCode : null;
  const returnCode = "returnCode" in place ? place.returnCode : null;
  const [caller, mayTry] = await Promise.all([
    readCaller(deps.db, { phoneHash, stationCode, returnCode, nowMs }),
    returnCode === null ? true : mayTryCode(deps, { phoneHash, session: sessionId, returnCode }),
  ]);
  spoken.locale = state.locale ?? caller.user?.locale ?? DEFAULT_LOCALE;
  const usual = usualProvider(msisdn) ?? "mpesa";
  const { locale } = spoken;
  const call: Call = {
    gateway,
    channel: "ussd",
    session: sessionId,
    msisdn,
    phoneHash,
    usual,
    locale,
    caller,
    isProven: true,
    requestId,
  };
  // An input that meant nothing does nothing again.
  const isNew = !state.isMistaken;
  const outcome: Outcome | null = mayTry
    ? isNew
      ? await act(deps, call, state)
      : null
    : { kind: "refused", code: "rate_limited" };
  const view = viewOf(deps.config, { caller, locale, nowMs, usual });
  return render(place, { ...view, isRestarted, isMistaken: state.isMistaken, outcome });
};

/** The same for a gateway that sends only the last input. */
export const answerLastInput = async (deps: Dependencies, last: LastInput): Promise<Screen> => {
  if (last.isOver) return { text: words[DEFAULT_LOCALE].goodbye, isEnd: true };
  const session = await deps.otpHash.hex(`ussd\n${last.phone}\n${last.sessionId}`);
  const { name, inputs, isRestarted } = await rememberInput(deps, session, last.index, last.input);
  const { phone, requestId } = last;
  return answerCall(deps, { gateway: "beem", sessionId: name, phone, inputs, isRestarted, requestId });
};
