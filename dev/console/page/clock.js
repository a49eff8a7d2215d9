// The time of the town, and how to put it forward: nobody wants to wait 72 hours to see what happens then.
import { clock, h, send, toast, town } from "./dom.js";

const STEPS = [
  [30, "+30 min"],
  [60, "+1 h"],
  [1_440, "+1 day"],
];

const day = (at) =>
  new Date(at).toLocaleDateString("en-GB", {
    timeZone: "Africa/Dar_es_Salaam",
    weekday: "short",
    day: "numeric",
    month: "short",
  });

/** @param {HTMLElement} root */
export const createClock = (root) => {
  const time = h("time", {});
  const buttons = STEPS.map(([minutes, text]) =>
    h(
      "button",
      {
        type: "button",
        title: "puts the time of everything here forward; it never goes back",
        onclick: () => void forward(minutes),
      },
      text,
    ),
  );
  const forward = async (minutes) => {
    for (const button of buttons) button.disabled = true;
    try {
      town.aheadMs = (await send("/api/clock", { minutes })).aheadMs;
    } catch (error) {
      toast(error.message);
    }
    for (const button of buttons) button.disabled = false;
    show();
  };
  const show = () => {
    time.textContent = `${day(town.now())}, ${clock(town.now())} in Dar es Salaam`;
  };
  root.append(time, ...buttons);
  setInterval(show, 1_000);
  show();
};
