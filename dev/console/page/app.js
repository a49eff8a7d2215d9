// Listens to the stack and hands what it says to the parts of the page.
import { createClock } from "./clock.js";
import { byId, clock, h, town } from "./dom.js";
import { createDial } from "./dial.js";
import { createPhone } from "./phone.js";
import { createRent } from "./rent.js";
import { createStations } from "./stations.js";

const SHOWN = 120;

const phone = createPhone(byId("phone"));
const stations = createStations(byId("stations"), byId("held"));
const rent = createRent(byId("rent"), { showNumber: phone.show, carry: stations.carry });

createDial(byId("dial"), { showNumber: phone.show });

createClock(byId("clock"));

const events = byId("events");
const addLine = ({ atMs, part, text, level, fields }) => {
  const hasMore = Object.keys(fields).length > 0;
  const head = [
    h("time", {}, clock(atMs, true)),
    h("b", { class: `part part-${part}` }, part),
    h("span", { class: "text" }, text),
  ];
  const line = hasMore
    ? h("details", {}, h("summary", {}, ...head), h("pre", {}, JSON.stringify(fields, null, 2)))
    : h("div", { class: "plain" }, ...head);
  events.prepend(h("li", { class: `level-${level}` }, line));
  while (events.childElementCount > SHOWN) events.lastElementChild.remove();
};

const link = byId("link");
const say = (text, isUp) => {
  link.textContent = text;
  link.classList.toggle("up", isUp);
};

const source = new EventSource("/api/stream");
source.addEventListener("open", () => say("live", true));
source.addEventListener("error", () => say("the stack is away; trying again", false));
source.addEventListener("happenings", ({ data }) => {
  events.replaceChildren();
  JSON.parse(data).slice(-SHOWN).forEach(addLine);
});
source.addEventListener("happening", ({ data }) => addLine(JSON.parse(data)));
source.addEventListener("state", ({ data }) => {
  const state = JSON.parse(data);
  if (byId("links").childElementCount === 0) {
    byId("links").append(
      h("a", { href: `${state.workerUrl}/health/ready`, target: "_blank", rel: "noreferrer" }, "health"),
      h("a", { href: `${state.workerUrl}/.well-known/jwks.json`, target: "_blank", rel: "noreferrer" }, "keys"),
      h("code", {}, `${state.workerUrl}/api/v1`),
    );
  }
  town.aheadMs = state.aheadMs;
  stations.update(state);
  phone.update(state);
  rent.update(state);
});
