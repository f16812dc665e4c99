/* What a page gains where scripts run. Everything works without this file: it reveals what it serves
   (buttons rendered `hidden`) and writes text by textContent alone. Listeners sit on the document, so
   that markup swapped in later needs no second start. */

const on = (type, selector, act, options) =>
  document.addEventListener(type, (event) => {
    const found = event.target.closest?.(selector);
    if (found) act(found, event);
  }, options);

/* ---- Show a password, and warn of Caps Lock ---- */

on("click", "[data-show-password]", (button) => {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const show = input.type === "password";
  input.type = show ? "text" : "password";
  button.setAttribute("aria-pressed", String(show));
  input.focus();
});

// A password shown must not be sent, or remembered by the browser, as ordinary text.
on("submit", "form", (form) => {
  for (const button of form.querySelectorAll('[data-show-password][aria-pressed="true"]')) button.click();
}, true);

const capsLock = (input, event) => {
  const hint = input.closest("[data-password]").querySelector("[data-caps-lock]");
  if (hint) hint.hidden = event.type === "focusout" || !event.getModifierState?.("CapsLock");
};
on("keyup", "[data-password] input", capsLock);
on("focusout", "[data-password] input", capsLock);

/* ---- Copy ---- */

const copied = async (button, text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return; // not allowed here: the text can still be selected by hand
  }
  const words = button.querySelector("span");
  const before = words.textContent;
  button.classList.add("is-done");
  words.textContent = "Copied";
  announce(`${before.replace(/^Copy ?/, "") || "Text"} copied`);
  setTimeout(() => {
    button.classList.remove("is-done");
    words.textContent = before;
  }, 2000);
};
on("click", "[data-copy]", (button) => copied(button, button.dataset.copy));
on("click", "[data-copy-from]", (button) => copied(button, document.getElementById(button.dataset.copyFrom).textContent));

const announce = (text) => {
  const region = document.getElementById("toasts");
  if (!region) return;
  const note = document.createElement("p");
  note.className = "visually-hidden";
  note.textContent = text;
  region.append(note);
  setTimeout(() => note.remove(), 4000);
};

/* ---- Toasts leave after six seconds, unless someone is at them ---- */

on("click", "[data-dismiss]", (button) => button.closest("[data-toast]").remove());

const fade = (toast) => setTimeout(() => {
  if (toast.matches(":hover, :focus-within")) fade(toast);
  else toast.remove();
}, 6000);

/* ---- Theme: at once here, and kept by the server ---- */

on("submit", "[data-theme-switch]", (form, event) => {
  const { value } = event.submitter;
  event.preventDefault();
  if (value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  for (const button of document.querySelectorAll("[data-theme-switch] button"))
    button.setAttribute("aria-pressed", String(button.value === value));
  fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form, event.submitter)), redirect: "manual" });
});

/* ---- Dialogs: without the script the link leads to a page that asks the same ---- */

on("click", "[data-dialog]", (link, event) => {
  const dialog = document.getElementById(link.dataset.dialog);
  if (!dialog?.showModal) return;
  event.preventDefault();
  dialog.showModal();
});
on("click", "dialog", (dialog, event) => {
  if (event.target === dialog) dialog.close(); // the backdrop
});

/* ---- What is left empty in a search does not stand in the address ---- */

document.addEventListener("formdata", ({ target, formData }) => {
  if (!target.matches('form[role="search"]')) return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});

/* ---- Relative times stay true while a page is open ---- */

const steps = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });

const ago = (at) => {
  const seconds = Math.round((at - Date.now()) / 1000);
  if (Math.abs(seconds) < 45) return seconds > 0 ? "in a moment" : "just now";
  const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? ["minute", 60];
  return words.format(Math.trunc(seconds / size) || Math.sign(seconds), unit);
};

const refresh = () => {
  for (const time of document.querySelectorAll("time[data-relative]")) {
    const text = ago(Date.parse(time.dateTime));
    if (time.textContent.trim() !== text) time.textContent = text;
  }
};

/* ---- Reveal what is served above, now and in whatever is swapped in ---- */

const served = "[data-show-password], [data-dismiss]" + (navigator.clipboard ? ", [data-copy], [data-copy-from]" : "");

const reveal = (root) => {
  for (const button of root.querySelectorAll(served)) button.hidden = false;
  for (const toast of root.querySelectorAll("[data-toast]:not([data-fading])")) {
    toast.dataset.fading = "";
    fade(toast);
  }
  refresh();
};

reveal(document);
new MutationObserver((changes) => {
  if (changes.some((change) => [...change.addedNodes].some((node) => node.nodeType === 1))) reveal(document);
}).observe(document.body, { childList: true, subtree: true });
setInterval(refresh, 30_000);

// The browser's own autofocus skips a summary of errors that is not a control.
document.getElementById("error-summary")?.focus();
