// One key for each button that shows one. Letters count by their place on the keyboard where another script is typed.
const FORM = "input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select";

export function letterOf(event) {
  if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
  if (event.code.startsWith("Key")) return event.code.slice(3).toLowerCase();
  return event.key;
}

export function digitOf(event) {
  const found = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  return found ? Number(found[1]) : null;
}

export function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
    const dialog = document.querySelector("dialog[open]");
    if (dialog) return inDialog(event, dialog);
    if (event.target.closest(FORM)) return;
    if (event.key === "?") return help();
    if (document.body.dataset.shortcuts === "off") return;
    if (event.key === "Enter" && event.target.closest("a, button, summary, input")) return;
    const digit = digitOf(event);
    if (digit !== null) return numbered(digit, event);
    const button = keyed(letterOf(event));
    if (!button) return;
    event.preventDefault();
    performance.mark("key");
    if (button.dataset.outcome && event.shiftKey) button.dispatchEvent(new CustomEvent("reasons", { bubbles: true }));
    else button.click();
  });
}

function keyed(key) {
  const wanted = key.length === 1 ? key : key === "Enter" ? "Enter" : null;
  if (!wanted) return null;
  return [...document.querySelectorAll("[data-key]")].find((button) => button.dataset.key === wanted && !button.disabled);
}

function inDialog(event, dialog) {
  const digit = digitOf(event);
  if (digit === null || event.target.matches("input:not([type=radio]), textarea")) return;
  const button = dialog.querySelector(`[data-digit="${digit}"]`);
  if (!button) return;
  event.preventDefault();
  performance.mark("key");
  button.click();
}

function numbered(digit, event) {
  const button = document.querySelector(`main [data-number="${digit}"]`);
  if (!button) return candidate(digit);
  event.preventDefault();
  performance.mark("key");
  button.click();
}

function candidate(digit) {
  const dialog = document.getElementById("reasons-other_mark");
  const marks = dialog ? [...dialog.querySelectorAll("[name=mark_id]")] : [];
  if (!marks[digit - 2]) return; // the first candidate is the alert's own mark
  marks[digit - 2].checked = true;
  dialog.showModal();
}

function help() {
  const dialog = document.getElementById("help");
  const list = document.getElementById("help-keys");
  list.replaceChildren();
  const seen = new Set();
  for (const button of document.querySelectorAll("[data-key]")) {
    if (seen.has(button.dataset.key)) continue;
    seen.add(button.dataset.key);
    const term = document.createElement("dt");
    const key = document.createElement("kbd");
    key.textContent = button.dataset.key.toUpperCase();
    term.append(key);
    const text = document.createElement("dd");
    text.textContent = [...button.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent.trim()).join(" ");
    list.append(term, text);
  }
  dialog.showModal();
}
