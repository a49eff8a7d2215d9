import { h } from "./dom.js";

/** A code is good for a minute; a station draws a new one twice as often. */
const SCREEN_MS = 30_000;

/**
 * What a renter's camera sees: the code on the screen, drawn anew while somebody looks, and the page that it opens. Cabinets of other vendors
 * have no screen of ours, and a label.
 */
export const screenOf = (station, workerUrl) => {
  const shown = station.driver === "protocol1" ? "screen" : "label";
  const picture = h("img", {
    class: "qr",
    alt: `QR code on the ${shown} of station ${station.code}`,
    hidden: true,
  });
  const page = h("a", { href: `${workerUrl}/s/${station.code}`, target: "_blank", rel: "noopener" }, "Open its page");
  const view = h(
    "details",
    { class: "faults" },
    h("summary", {}, shown === "screen" ? "Screen" : "Label"),
    h("div", { class: "row" }, picture, page),
  );
  const draw = () => {
    if (!view.open) return;
    picture.src = `/api/stations/${station.id}/screen.svg?at=${Date.now()}`;
    picture.hidden = false;
  };
  view.addEventListener("toggle", draw);
  setInterval(draw, SCREEN_MS);
  return view;
};
