// A phone with keys: dials the menu through either gateway, and writes texts to our number. What comes back by SMS is on the handset.
import { h, phoneText, send, toast } from "./dom.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "00", "0", "⌫"];
const MSISDN = /^(?:\+?255|0)(\d{9})$/;

export const createDial = (root, { showNumber }) => {
  let session = null;
  const number = h("input", { value: "0755 100 245", inputMode: "tel", autocomplete: "off", "aria-label": "Number" });
  const gateway = h(
    "select",
    { "aria-label": "Gateway" },
    h("option", { value: "africastalking" }, "Africa's Talking"),
    h("option", { value: "beem" }, "Beem"),
  );
  const screen = h("output", { class: "lcd", "aria-live": "polite" }, "Dial *149*46#");
  const facts = h("p", { class: "from" }, "No session");
  const typed = h("input", { class: "typed", autocomplete: "off", "aria-label": "Answer", inputMode: "numeric" });
  const words = h("input", { placeholder: "KODI 1001, HALI, SALIO, MSAADA", maxLength: 160, "aria-label": "Text" });

  const msisdn = () => {
    const [, digits] = MSISDN.exec(number.value.replaceAll(/[\s-]/g, "")) ?? [];
    if (!digits) throw new Error("a number of Tanzania, please, as 0755 100 245");
    return `255${digits}`;
  };
  const attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      toast(`The phone: ${error.message}`);
    }
  };

  const show = (shown) => {
    session = shown.isEnd ? null : shown.sessionId;
    screen.textContent = shown.wrong ? `Hitilafu ya mtandao.\n(${shown.wrong})` : shown.text;
    screen.classList.toggle("over", shown.isEnd);
    facts.textContent = `${shown.text.length} characters, ${shown.durationMs} ms${shown.isEnd ? ", the session is over" : ""}`;
    typed.value = "";
    if (session) typed.focus();
  };
  const dial = () =>
    attempt(async () => {
      showNumber(msisdn());
      show(await send("/api/ussd/sessions", { msisdn: msisdn(), gateway: gateway.value }));
    });
  const answer = () =>
    session
      ? attempt(async () => show(await send(`/api/ussd/sessions/${session}/inputs`, { input: typed.value })))
      : dial();
  const hangUp = () =>
    attempt(async () => {
      if (session) await send(`/api/ussd/sessions/${session}`, undefined, "DELETE");
      session = null;
      screen.textContent = "Dial *149*46#";
      facts.textContent = "No session";
    });
  const write = () =>
    attempt(async () => {
      showNumber(msisdn());
      const { status } = await send("/api/ussd/texts", { from: msisdn(), text: words.value, gateway: gateway.value });
      toast(status === 200 ? `${phoneText(msisdn())} wrote: ${words.value}` : `The text was answered ${status}`);
      words.value = "";
    });
  const press = (key) => {
    typed.value = key === "⌫" ? typed.value.slice(0, -1) : typed.value + key;
  };
  const form = (onsubmit, properties, ...children) =>
    h(
      "form",
      {
        ...properties,
        onsubmit: (event) => {
          event.preventDefault();
          void onsubmit();
        },
      },
      ...children,
    );

  root.replaceChildren(
    form(dial, { class: "dial-line" }, number, gateway, h("button", { class: "primary" }, "Dial")),
    screen,
    facts,
    form(
      answer,
      { class: "dial-line" },
      typed,
      h("button", { class: "primary" }, "Send"),
      h("button", { type: "button", class: "quiet", onclick: hangUp }, "Hang up"),
    ),
    h("div", { class: "keys" }, ...KEYS.map((key) => h("button", { type: "button", onclick: () => press(key) }, key))),
    form(write, { class: "dial-line" }, words, h("button", {}, "Text us")),
  );
};
