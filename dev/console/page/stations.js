// The cabinets with their slots, the banks that people carry, and the faults that a station can be told to have.
import { clock, h, send, toast } from "./dom.js";
import { screenOf } from "./screen.js";

const LOW_PERCENT = 60;
const HOT_C = 45;
/** A bank comes back used, but good enough for the next renter. */
const RETURNED_PERCENT = 72;

/** What to tell a station, in words; `slot` asks for one. */
const FAULTS = [
  { label: "refuses the next eject", kind: "refuses", times: 1 },
  { label: "does not answer the next eject, bank stays", kind: "no_answer", times: 1 },
  { label: "does not answer the next eject, bank leaves", kind: "no_answer", times: 1, bankLeaves: true },
  { label: "drops the next bank 15 s late", kind: "late_drop", times: 1, ms: 15_000 },
  { label: "says it stays while it leaves", kind: "lies", times: 1 },
  { label: "opens the wrong slot", kind: "wrong_slot", times: 1 },
  { label: "reboots in the middle of the next eject", kind: "reboot_mid_eject", times: 1 },
  { label: "shows the next bank 5 s after it left", kind: "ghost_bank", times: 1, ms: 5_000 },
  { label: "rejects the next bank put in", kind: "half_inserted", times: 1 },
  { label: "does not notice the next return", kind: "unnoticed_return", times: 1 },
  { label: "sends every event twice", kind: "duplicate_events" },
  { label: "sends events in reverse", kind: "reorder_events" },
  { label: "loses the next three events", kind: "lose_events", times: 3 },
  { label: "has a clock one day ahead", kind: "clock_off", ms: 86_400_000 },
  { label: "has a hot bank in slot…", kind: "hot_bank", slot: true },
];

/** The same for cabinets that a vendor is between us and. */
const VENDOR_FAULTS = [
  { label: "takes the next eject, and the bank stays", on: "eject", effect: "stays" },
  { label: "opens the wrong slot", on: "eject", effect: "other_slot" },
  { label: "shows the next bank 5 s after it left", on: "eject", ghostMs: 5_000 },
  {
    label: "answers the next eject with an error, and the bank leaves",
    on: "eject",
    answer: "bad_gateway",
    accept: true,
  },
  { label: "answers the next eject with an error, and the bank stays", on: "eject", answer: "bad_gateway" },
  { label: "answers the next look with an error", on: "read", answer: "bad_gateway" },
];

const DRIVERS = { protocol1: "", chargenow: "ChargeNow", volinks: "Volinks" };

export const createStations = (root, heldRoot) => {
  const cards = new Map();
  /** Power bank that the next click on a free slot puts in. */
  let inHand = null;
  let mine = null;
  let last = null;

  const act = async (path, body, method) => {
    try {
      return await send(path, body, method);
    } catch (error) {
      toast(error.message);
      return null;
    }
  };

  const putIn = (station, slot) =>
    act(`/api/stations/${station.id}/insert`, { slot, powerBankId: inHand, chargePercent: RETURNED_PERCENT });

  const placeOf = ({ driver, address }) => [DRIVERS[driver], address].filter(Boolean).join(" · ");

  const conditionOf = (slot) => {
    if (slot.powerBankId === null) return slot.fault || slot.locked ? "broken" : "free";
    if (slot.state !== "ok" || slot.fault || slot.locked) return "broken";
    if ((slot.temperatureC ?? 0) > HOT_C) return "hot";
    return (slot.chargePercent ?? 0) < LOW_PERCENT ? "low" : "good";
  };

  const wordsOf = (slot, condition) => {
    if (condition === "broken") return (slot.fault ?? (slot.locked ? "locked" : slot.state)).replaceAll("_", " ");
    if (condition === "hot") return `${slot.temperatureC} °C`;
    return condition === "low" ? "low" : "";
  };

  const slotTile = (station, slot) => {
    const condition = conditionOf(slot);
    const canTake = condition === "free" && inHand !== null;
    const words = wordsOf(slot, condition);
    const body =
      slot.powerBankId === null
        ? [
            h("span", { class: "bank" }, condition === "free" ? (canTake ? "put in" : "free") : "empty"),
            words && h("span", { class: "words" }, words),
          ]
        : [
            h("span", { class: "bank" }, slot.powerBankId),
            h(
              "span",
              { class: "battery", role: "img", "aria-label": `${slot.chargePercent} percent` },
              h("i", { style: `width:${slot.chargePercent}%` }),
            ),
            h(
              "span",
              { class: "words" },
              condition === "broken" ? words : words ? `${slot.chargePercent} % · ${words}` : `${slot.chargePercent} %`,
            ),
          ];
    const number = h("span", { class: "no", "aria-label": `Slot ${slot.slot}` }, slot.slot);
    if (canTake)
      return h(
        "button",
        {
          class: "slot free ready",
          title: `Put ${inHand} into slot ${slot.slot}`,
          onclick: () => putIn(station, slot.slot),
        },
        number,
        ...body,
      );
    return h("div", { class: `slot ${condition}` }, number, ...body);
  };

  const faultMenu = (station) => {
    const faults = station.driver === "protocol1" ? FAULTS : VENDOR_FAULTS;
    const kind = h(
      "select",
      { "aria-label": "Fault" },
      ...faults.map((fault, index) => h("option", { value: index }, fault.label)),
    );
    const slot = h(
      "select",
      { "aria-label": "Slot" },
      ...station.slots.map((each) => h("option", { value: each.slot }, each.slot)),
    );
    slot.hidden = true;
    kind.addEventListener("change", () => (slot.hidden = !faults[kind.value].slot));
    const arm = () => {
      const { label: _label, slot: needsSlot, ...fault } = faults[kind.value];
      return act(`/api/stations/${station.id}/faults`, {
        ...fault,
        ...(needsSlot ? { slot: Number(slot.value) } : {}),
      });
    };
    const armed = h("ul", { class: "armed" });
    const menu = h(
      "details",
      { class: "faults" },
      h("summary", {}, "Faults"),
      h("div", { class: "row" }, kind, slot, h("button", { onclick: arm }, "Arm")),
      h(
        "div",
        { class: "row" },
        h(
          "button",
          { class: "quiet", onclick: () => act(`/api/stations/${station.id}/offline`, { ms: 60_000 }) },
          "Offline for 1 min",
        ),
        h("button", { class: "quiet", onclick: () => act(`/api/stations/${station.id}/online`) }, "Back online"),
        h("button", { class: "quiet", onclick: () => act(`/api/stations/${station.id}/reboot`) }, "Reboot"),
      ),
      armed,
    );
    return { menu, armed };
  };

  const makeCard = (station) => {
    const head = h("header", {});
    const slots = h("div", { class: "slots" });
    const { menu, armed } = faultMenu(station);
    const card = h(
      "article",
      { class: "cabinet", "aria-label": `Station ${station.code} ${station.name}` },
      head,
      slots,
      screenOf(station, last.workerUrl),
      menu,
    );
    root.append(card);
    return { card, head, slots, menu, armed, text: "" };
  };

  const updateCard = (station) => {
    let parts = cards.get(station.id);
    if (!parts) cards.set(station.id, (parts = makeCard(station)));
    const text = JSON.stringify([station, inHand]);
    if (text === parts.text) return;
    parts.text = text;
    const conditions = station.slots.map(conditionOf);
    const count = (condition) => conditions.filter((each) => each === condition).length;
    const link = station.isConnected ? "online" : station.isOffline ? "offline" : "connecting";
    parts.head.replaceChildren(
      h("b", { class: "code" }, station.code),
      h("span", { class: "place" }, h("strong", {}, station.name), h("small", {}, placeOf(station))),
      h("span", { class: `wire ${link}` }, link),
      h("span", { class: "counts" }, `${count("good")} to rent · ${count("free")} free`),
    );
    parts.slots.replaceChildren(...station.slots.map((slot) => slotTile(station, slot)));
    parts.armed.replaceChildren(
      ...station.faults.map(({ kind, times }) =>
        h(
          "li",
          {},
          `${kind.replaceAll("_", " ")}${times ? ` × ${times}` : ""}`,
          h(
            "button",
            {
              class: "quiet",
              title: "Disarm",
              onclick: () => act(`/api/stations/${station.id}/faults?kind=${kind}`, undefined, "DELETE"),
            },
            "×",
          ),
        ),
      ),
    );
    parts.menu.firstElementChild.textContent =
      station.faults.length > 0 ? `Faults · ${station.faults.length} armed` : "Faults";
  };

  const heldChip = ({ powerBankId, renter, rentalId, dueAtMs }) => {
    const whose = rentalId !== null && rentalId === mine ? "you" : (renter ?? "nobody's rental");
    const words = `${powerBankId} · ${whose}${dueAtMs ? ` · due ${clock(dueAtMs)}` : ""}`;
    const isChosen = powerBankId === inHand;
    return h(
      "button",
      {
        class: `chip${isChosen ? " chosen" : ""}`,
        "aria-pressed": String(isChosen),
        onclick: () => choose(powerBankId),
      },
      words,
    );
  };

  const choose = (powerBankId) => {
    inHand = powerBankId;
    render();
  };

  let heldText = "";
  const render = () => {
    if (!last) return;
    const { held, stations } = last;
    if (!held.some((bank) => bank.powerBankId === inHand))
      inHand = (held.find((bank) => bank.rentalId === mine && mine !== null) ?? held[0])?.powerBankId ?? null;
    for (const station of stations) updateCard(station);
    const text = JSON.stringify([held, inHand, mine]);
    if (text === heldText) return;
    heldText = text;
    heldRoot.replaceChildren(
      ...(held.length === 0
        ? [h("span", { class: "none" }, "Nobody carries a power bank.")]
        : [
            h("span", {}, "In people's hands:"),
            ...held.map(heldChip),
            h("span", { class: "none" }, "put it into a free slot"),
          ]),
    );
  };

  return {
    update(state) {
      last = state;
      render();
    },
    /** The bank of this rental is the one in hand. */
    carry(rentalId) {
      mine = rentalId;
      const bank = last?.held.find((each) => each.rentalId === rentalId);
      if (bank) inHand = bank.powerBankId;
      render();
    },
  };
};
