// The handsets: whoever has a number here gets its payment prompts and its SMS.
import { clock, h, money, phoneText, send, toast } from "./dom.js";

const WALLETS = {
  Mpesa: "M-Pesa",
  Airtel: "Airtel Money",
  Tigo: "Mixx by Yas",
  Halopesa: "HaloPesa",
  Azampesa: "AzamPesa",
};
const GATEWAYS = { beem: "Beem", africastalking: "Africa's Talking" };
const REFUSALS = { beem: { code: 102 }, africastalking: { code: 405 } };
const FAILED = { beem: "undelivered", africastalking: "Failed" };
const OUTCOMES = { approved: "approved", refused: "refused", ignored: "not answered" };

export const createPhone = (root) => {
  let chosen = null;
  let last = { prompts: [], sms: [] };
  let newest = "";

  /** Numbers, the one with the latest word first. */
  const numbersOf = ({ prompts, sms }) => {
    const latest = new Map();
    for (const { to, atMs } of sms) latest.set(to, Math.max(latest.get(to) ?? 0, atMs));
    for (const { msisdn, atMs } of prompts) latest.set(msisdn, Math.max(latest.get(msisdn) ?? 0, atMs));
    return [...latest].toSorted((a, b) => b[1] - a[1]).map(([number]) => number);
  };

  const act = async (prompt, action) => {
    try {
      await send(`/api/prompts/${prompt.transactionId}`, { action });
    } catch (error) {
      toast(`The handset: ${error.message}`);
    }
  };

  const promptCard = (prompt) => {
    const isOpen = prompt.state === "waiting" || prompt.state === "ignored";
    return h(
      "article",
      { class: `prompt ${prompt.state}` },
      h("p", { class: "from" }, `${WALLETS[prompt.provider] ?? prompt.provider} · ${clock(prompt.atMs)}`),
      h("p", { class: "ask" }, `Pay ${money(prompt.amount)} to ChajiPoa?`),
      isOpen && prompt.state === "ignored" && h("p", { class: "note" }, "Not answered. A late PIN is still possible."),
      isOpen
        ? h(
            "div",
            { class: "answers" },
            h("button", { class: "primary", onclick: () => act(prompt, "approve") }, "Approve"),
            h("button", { onclick: () => act(prompt, "refuse") }, "Refuse"),
            prompt.state === "waiting" &&
              h("button", { class: "quiet", onclick: () => act(prompt, "ignore") }, "Ignore"),
          )
        : h("p", { class: "note" }, OUTCOMES[prompt.state] ?? prompt.state),
    );
  };

  /** What became of it, as the gateway told and the Worker heard. */
  const fate = ({ reports }) => {
    const report = reports.at(-1);
    if (!report) return "no report yet";
    return `${report.word.toLowerCase()}${report.attempts.at(-1) === 200 ? "" : ", not heard"}`;
  };

  const bubble = (sms) =>
    h(
      "article",
      { class: "sms" },
      h("p", {}, sms.text),
      h(
        "p",
        { class: "from" },
        `${sms.from} · ${clock(sms.atMs)} · ${GATEWAYS[sms.gateway] ?? sms.gateway}, ${fate(sms)}`,
      ),
    );

  const misbehave = async (gateway, script, word) => {
    try {
      await send(`/api/sms/${gateway}/arm`, { times: 1, ...script });
      toast(`${GATEWAYS[gateway]}: the next message ${word}`);
    } catch (error) {
      toast(`${GATEWAYS[gateway]}: ${error.message}`);
    }
  };

  /** Scripts for the next message; a gateway that refuses or is silent is followed by the other. */
  const faults = h(
    "details",
    { class: "gateways" },
    h("summary", {}, "SMS gateways: let the next message fail"),
    ...Object.entries(GATEWAYS).map(([gateway, name]) =>
      h(
        "p",
        {},
        `${name} `,
        h(
          "button",
          { onclick: () => misbehave(gateway, REFUSALS[gateway], "is refused for want of credit") },
          "no credit",
        ),
        " ",
        h(
          "button",
          { onclick: () => misbehave(gateway, { answer: "error", accept: true }, "is taken, and the answer is 500") },
          "500 after taking",
        ),
        " ",
        h(
          "button",
          { onclick: () => misbehave(gateway, { report: FAILED[gateway] }, "is taken and not delivered") },
          "not delivered",
        ),
      ),
    ),
  );

  const render = () => {
    const numbers = numbersOf(last);
    const number = chosen ?? numbers[0] ?? null;
    const items = [
      ...last.prompts
        .filter((prompt) => prompt.msisdn === number)
        .map((prompt) => ({ atMs: prompt.atMs, isWaiting: prompt.state === "waiting", node: promptCard(prompt) })),
      ...last.sms
        .filter((sms) => sms.to === number)
        .map((sms) => ({ atMs: sms.atMs, isWaiting: false, node: bubble(sms) })),
    ].toSorted((a, b) => Number(a.isWaiting) - Number(b.isWaiting) || a.atMs - b.atMs);
    const screen = h("div", { class: "screen", "aria-live": "polite", tabIndex: 0 }, ...items.map((item) => item.node));
    if (items.length === 0)
      screen.append(
        h("p", { class: "empty" }, number ? `Nothing for ${phoneText(number)} yet.` : "The first SMS appears here."),
      );
    const choice = h(
      "label",
      { class: "number" },
      "Number",
      h(
        "select",
        {
          onchange: ({ target }) => {
            chosen = target.value;
            render();
          },
        },
        ...(number && !numbers.includes(number) ? [number, ...numbers] : numbers).map((each) =>
          h("option", { value: each, selected: each === number }, phoneText(each)),
        ),
        !number && h("option", {}, "none yet"),
      ),
    );
    root.replaceChildren(choice, screen, faults);
    screen.scrollTop = screen.scrollHeight;
  };

  render();
  return {
    /** Shows this number from now on, until somebody chooses another. */
    show(msisdn) {
      chosen = msisdn;
      render();
    },
    update({ prompts, sms }) {
      const text = JSON.stringify([prompts, sms]);
      if (text === newest) return;
      newest = text;
      last = { prompts, sms };
      render();
    },
  };
};
