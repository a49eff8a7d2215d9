// The little that the page needs of the DOM.

/**
 * An element. Properties that are functions named on… are listeners; `class` and `data-…`/`aria-…` are attributes; children
 * that are null or false are left out. Text is never read as HTML.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | number | null | false | undefined)} children
 */
export const h = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on") && typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "class" || name.includes("-") || name === "for" || name === "role")
      element.setAttribute(name, String(value));
    else element[name] = value;
  }
  element.append(
    ...children
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (typeof child === "number" ? String(child) : child)),
  );
  return element;
};

export const byId = (id) => document.getElementById(id);

/** Wall time in Dar es Salaam, where the stations stand. */
export const clock = (at, hasSeconds = false) =>
  new Date(at).toLocaleTimeString("en-GB", {
    timeZone: "Africa/Dar_es_Salaam",
    hour: "2-digit",
    minute: "2-digit",
    ...(hasSeconds ? { second: "2-digit" } : {}),
  });

/** The time of the town, which may have been put forward. */
export const town = { aheadMs: 0, now: () => Date.now() + town.aheadMs };

export const money = (amountTzs) => `TZS ${Number(amountTzs).toLocaleString("en-US")}`;

/** 255712345678 → 0712 345 678 */
export const phoneText = (msisdn) => `0${msisdn.slice(3)}`.replace(/^(\d{4})(\d{3})(\d{3})$/, "$1 $2 $3");

/** Sends a click to the stack; answers the body, throws with what went wrong. */
export const send = async (path, body, method = "POST") => {
  const init = {
    method,
    headers: { "content-type": "application/json" },
    ...(method === "POST" ? { body: JSON.stringify(body ?? {}) } : {}),
  };
  const answer = await fetch(path, init);
  const text = await answer.text();
  const value = text.startsWith("{") ? JSON.parse(text) : { message: text };
  if (!answer.ok) throw new Error(value.message ?? value.error ?? `answered ${answer.status}`);
  return value;
};

/** A short word at the bottom of the page that goes by itself. */
export const toast = (text) => {
  const note = h("p", { class: "toast", role: "alert" }, text);
  document.body.append(note);
  setTimeout(() => note.remove(), 5_000);
};
