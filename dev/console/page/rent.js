// A whole rental by clicking: register, code, station, payment, bank, return, receipt. What each click does is in
// rent-flow.js.
import { clock, h, money, phoneText } from "./dom.js";
import { createFlow, msisdnOf, providerOf, rentableIn, STEPS } from "./rent-flow.js";

const WALLETS = { mpesa: "M-Pesa", airtel: "Airtel Money", tigo: "Mixx by Yas", halopesa: "HaloPesa" };
const LIVE_WORDS = new Map([
  ["awaiting_payment", "waiting for the payment"],
  ["payment_received", "payment received"],
  ["ejecting", "the slot opens"],
  ["take_your_bank", "take your power bank"],
  ["active", "the rental runs"],
  ["due", "the time is over"],
  ["returned", "returned, thank you"],
]);

const field = (label, input) => h("label", { class: "field" }, h("span", {}, label), input);

const form = (onSubmit, ...children) => {
  const submit = (event) => {
    event.preventDefault();
    onSubmit();
  };
  return h("form", { onsubmit: submit }, ...children);
};

export const createRent = (root, { showNumber, carry }) => {
  const render = () => {
    const my = flow.my();
    const stateOf = (index) => (index < my.step ? "done" : index === my.step ? "here" : "");
    const trail = h(
      "ol",
      { class: "trail" },
      ...STEPS.map((name, index) =>
        h("li", { class: stateOf(index), "aria-current": index === my.step && "step" }, name),
      ),
    );
    const who = my.step > 0 && h("p", { class: "who" }, `${my.name} · ${phoneText(msisdnOf(my.phone))}`);
    const problem = my.problem && h("p", { class: "problem", role: "alert" }, my.problem);
    const view = views[my.step]?.(my);
    root.replaceChildren(...[trail, who, problem, view, callsOf(my)].filter(Boolean));
  };

  const flow = createFlow({ onChange: () => render(), showNumber, carry });

  const button = (my, text) =>
    h(
      "button",
      { class: "primary", type: "submit", disabled: my.isBusy || flow.stations().length === 0 },
      my.isBusy ? "…" : text,
    );

  const callsOf = ({ calls }) => {
    const last = calls.at(-1);
    if (!last) return null;
    const isOpen = root.querySelector("details.calls")?.open ?? false;
    return h(
      "details",
      { class: "calls", open: isOpen },
      h("summary", {}, `${calls.length} calls, last: ${last.text} → ${last.status}`),
      h("ol", {}, ...calls.map(({ text, status }) => h("li", {}, h("code", {}, text), ` → ${status}`))),
    );
  };

  const viewRegister = (my) => {
    const text = { required: true, autocomplete: "off" };
    const name = h("input", {
      ...text,
      value: my.name,
      maxLength: 80,
      oninput: ({ target }) => (my.name = target.value),
    });
    const phone = h("input", {
      ...text,
      value: my.phone,
      inputMode: "tel",
      oninput: ({ target }) => (my.phone = target.value),
    });
    const languages = [
      ["en", "English"],
      ["sw", "Kiswahili"],
    ].map(([value, label]) => h("option", { value, selected: my.locale === value }, label));
    const language = h("select", { onchange: ({ target }) => (my.locale = target.value) }, ...languages);
    return form(
      flow.register,
      field("Name", name),
      field("Phone", phone),
      field("SMS in", language),
      button(my, "Register"),
    );
  };

  const viewCode = (my) => {
    const hint =
      my.otp === "" ? "An SMS is on its way to the handset…" : "The code came by SMS; it has been typed in for you.";
    const code = { value: my.otp, required: true, pattern: "\\d{6}", inputMode: "numeric", class: "code-input" };
    const input = h("input", {
      ...code,
      autocomplete: "one-time-code",
      oninput: ({ target }) => (my.otp = target.value),
    });
    return form(flow.verify, h("p", {}, hint), field("Code", input), button(my, "Sign in"));
  };

  const viewStation = (my) => {
    const choice = (station) => {
      const isChosen = my.station === station.code;
      const radio = { type: "radio", name: "station", checked: isChosen, onchange: () => flow.choose(station.code) };
      return h(
        "label",
        { class: "choice" },
        h("input", radio),
        h("span", {}, h("b", {}, station.code), ` ${station.name}`),
        h("small", {}, `${rentableIn(station)} to rent`),
      );
    };
    const hasEnough = my.wallet && my.quote && my.wallet.walletTzs >= my.quote.depositTzs;
    return form(
      flow.start,
      h(
        "fieldset",
        {},
        h("legend", {}, `Where do you stand, ${my.name.split(" ")[0]}?`),
        ...flow.stations().map(choice),
      ),
      my.quote && quoteOf(my.quote),
      button(my, hasEnough ? "Rent, deposit from the wallet" : `Rent, pay with ${WALLETS[providerOf(my.phone)]}`),
    );
  };

  const quoteOf = ({ includedMinutes, steps, depositTzs }) => {
    const paid = steps.find((step) => step.totalTzs > 0);
    const price = `${includedMinutes / 60} hours for ${money(paid?.totalTzs ?? 0)}. `;
    return h("p", { class: "quote" }, price, h("b", {}, `${money(depositTzs)} deposit`), ", given back with the bank.");
  };

  const viewPay = (my) => {
    const until = my.rental.payBefore ? ` until ${clock(my.rental.payBefore)}` : "";
    return h(
      "div",
      {},
      h("p", { class: "now" }, `Approve the prompt on the handset: ${money(my.rental.payment?.amountTzs ?? 0)}.`),
      h("p", {}, `Slot ${my.rental.slot ?? "…"} is kept for you${until}.`),
      toldOf(my),
    );
  };

  const viewBank = (my) => {
    const isOut = my.told.some(({ status }) => status === "active" || status === "due");
    const due = my.rental.dueAt ? clock(my.rental.dueAt) : "…";
    const soFar = `So far ${money(my.rental.price?.totalTzs ?? 0)}. To return it, click a free slot of any station.`;
    return h(
      "div",
      {},
      h("p", { class: "now" }, isOut ? `You have a power bank, due at ${due}.` : "One moment…"),
      isOut && h("p", {}, soFar),
      toldOf(my),
    );
  };

  const toldOf = ({ told }) => {
    const line = ({ status, slot, atMs }) => {
      const where = status === "ejecting" && slot ? ` (slot ${slot})` : "";
      return h("li", {}, h("time", {}, clock(atMs, true)), ` ${LIVE_WORDS.get(status) ?? status}${where}`);
    };
    return h("ol", { class: "told" }, ...told.map(line));
  };

  const viewReceipt = (my) => {
    const { receipt, wallet } = my;
    if (!receipt) return h("p", {}, "The receipt is being written…");
    const row = (name, amountTzs, kind = "") =>
      h("tr", { class: kind }, h("th", {}, name), h("td", {}, money(amountTzs)));
    const lines = receipt.lines.map(({ kind, quantity, grossTzs }) =>
      row(quantity > 1 ? `${kind} × ${quantity}` : kind, grossTzs),
    );
    const rows = [
      ...(lines.length > 0 ? lines : [row("back within the free minutes", 0)]),
      row("Total", receipt.totalTzs, "total"),
      row(`of which VAT ${receipt.vatPercent} %`, receipt.vatTzs),
      wallet && row("In the wallet now", wallet.walletTzs, "total"),
    ];
    return h(
      "div",
      { class: "receipt" },
      h("p", { class: "now" }, `Receipt ${receipt.number ?? "(its number follows)"}`),
      h("table", {}, h("tbody", {}, ...rows.filter(Boolean))),
      h(
        "div",
        { class: "answers" },
        h("button", { class: "primary", onclick: flow.again }, "Rent again"),
        h("button", { onclick: flow.another }, "Somebody else"),
      ),
    );
  };

  const views = [viewRegister, viewCode, viewStation, viewPay, viewBank, viewReceipt];

  render();
  let stationsText = "";
  return {
    update(state) {
      flow.update(state);
      const text = JSON.stringify(state.stations.map(rentableIn));
      if (text === stationsText) return;
      const isFirst = stationsText === "";
      stationsText = text;
      // Not while somebody types a name.
      if (isFirst || flow.my().step === 2) render();
    },
  };
};
