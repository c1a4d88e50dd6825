// What every page of the console does: sign its requests, say what went wrong, keep what was begun over a new sign-in.
import { listen } from "./keys.js";
import { titled } from "./asking.js";
import { openDecisions, pending, resend } from "./deciding.js";
import { showAlert } from "./alert.js";
import { follow } from "./feed.js";
import { picking } from "./bulk.js";
import { countDown } from "./toast.js";

const body = document.body;

function token() {
  return body.dataset.csrf;
}

body.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = token();
});

body.addEventListener("htmx:responseError", (event) => {
  const { status, responseText } = event.detail.xhr;
  if (status === 401) askAgain();
  else if (event.detail.xhr.getResponseHeader("X-Problem") === "password-needed") confirm(event.detail.elt);
  else say(textOf(responseText));
});

body.addEventListener("htmx:sendError", () => {
  say(document.querySelector("[data-lost]")?.dataset.lost ?? body.dataset.lost);
});

body.addEventListener("htmx:afterSwap", () => begin());
body.addEventListener("htmx:beforeRequest", () => say(""));

function say(text) {
  const place = document.getElementById("problem");
  place.replaceChildren();
  if (!text) return;
  const line = document.createElement("p");
  line.className = "wrong";
  line.textContent = text;
  place.append(line);
  place.focus();
}

function textOf(html) {
  return new DOMParser().parseFromString(html, "text/html").body.textContent.trim().replace(/\s+/g, " ");
}

// A session that ends in the middle of something: the page asks in place, and then goes on.
function askAgain() {
  const dialog = document.getElementById("again");
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[name=password]").focus();
}

document.getElementById("again-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch("/console/sign-in", {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(new FormData(event.target)),
  });
  event.target.elements.password.value = "";
  for (const [id, status] of [["again-wrong", 401], ["again-locked", 429]]) {
    document.getElementById(id).hidden = answer.status !== status;
  }
  if (!answer.ok) return;
  const { name, csrf } = await answer.json();
  if (name !== body.dataset.account) {
    // what somebody else began is never sent under this name
    document.getElementById("again-other").hidden = false;
    pending.clear();
    setTimeout(() => location.reload(), 1500);
    return;
  }
  body.dataset.csrf = csrf;
  document.getElementById("again").close();
  if (!resend()) begin();
});

// An act that wants the password once more: it is asked for, and the form sent again.
let confirming = null;

function confirm(form) {
  confirming = form;
  document.getElementById("confirm").showModal();
}

document.getElementById("confirm-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch("/console/confirm", {
    method: "POST",
    headers: { "X-CSRF-Token": token(), "HX-Request": "true" },
    body: new URLSearchParams(new FormData(event.target)),
  });
  event.target.elements.password.value = "";
  document.getElementById("confirm-wrong").hidden = answer.ok;
  if (!answer.ok) return;
  document.getElementById("confirm").close();
  confirming?.requestSubmit();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
});

function begin() {
  showAlert();
  openDecisions();
  follow();
  picking();
  countDown();
  titled();
}

listen();
begin();
