import { errorDetails } from "../error-details.ts";
import type { ErrorCode } from "../errors.ts";
import { ask, end, networkName, say, type Screen, type View } from "./screen.ts";
import { NETWORKS } from "./menu.ts";

/** A refusal ends the session with the words of the catalogue. */
export const refused = ({ locale }: View, code: ErrorCode): Screen => end(errorDetails[code][locale]);

/** The refusal of what was done here, if it was refused. */
export const refusedOutcome = (view: View): Screen | null =>
  view.outcome?.kind === "refused" ? refused(view, view.outcome.code) : null;

export const networkScreen = (view: View): Screen =>
  ask(
    view,
    say(view).chooseNetwork,
    ...NETWORKS.map((provider, i) => `${i + 1} ${networkName(provider)}`),
    say(view).back,
  );

export const registerPrompt = (view: View): Screen => {
  const w = say(view);
  return ask(view, w.noAccount, w.registerOption, w.back);
};
