// Decisions: one key, or a key and a reason. One at a time; what is on its way is remembered until it is answered.
import { correction } from "./viewer.js";

let underway = null; // {path, values}

export const pending = {
  clear() {
    underway = null;
  },
};

function main() {
  return document.querySelector("main[data-alert]");
}

export function openDecisions() {
  const page = main();
  if (!page || page.dataset.opened) return;
  page.dataset.opened = "1";
  page.addEventListener("click", (event) => {
    const button = event.target.closest("[data-outcome]");
    if (button) choose(button);
    const reason = event.target.closest("[data-reason]");
    if (reason) decideIn(reason.closest("form"), reason.dataset.reason);
  });
  page.addEventListener("reasons", (event) => dialogOf(event.target.dataset.outcome).showModal());
  page.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-decide]")) return;
    event.preventDefault();
    performance.mark("key");
    decideIn(event.target, null);
  });
}

function dialogOf(action) {
  return document.getElementById(`reasons-${action}`);
}

function choose(button) {
  const action = button.dataset.outcome;
  if ("needsReason" in button.dataset || action === "other_mark") dialogOf(action).showModal();
  else decide({ action });
}

function decideIn(form, code) {
  const words = form.elements.reason.value.trim();
  if (code === "other" && !words) {
    form.elements.reason.required = true;
    form.elements.reason.reportValidity();
    return;
  }
  const values = { action: form.dataset.decide };
  if (code) values.reason_code = code;
  if (words) values.reason = words;
  if (values.action === "other_mark") {
    values.mark_id = form.elements.mark_id_typed.value.trim() || form.querySelector("[name=mark_id]:checked")?.value || "";
    if (!values.mark_id) return form.elements.mark_id_typed.focus();
  }
  form.closest("dialog").close();
  decide(values);
}

function decide(values) {
  if (underway) return; // the first one is on its way
  const page = main();
  const box = correction();
  if (box) Object.assign(values, { view: box.view, box: box.box.join(",") });
  if (document.getElementById("group")?.checked) values.group = "1";
  send({ path: `/console/alerts/${page.dataset.alert}/decisions${page.dataset.query}`, values });
}

function send(request) {
  underway = request;
  document.body.dataset.busy = "1";
  htmx.ajax("POST", request.path, { target: "#main", swap: "outerHTML", values: request.values });
}

// After a new sign-in: whatever had no answer is sent again, once. The service refuses what it has already done.
export function resend() {
  if (!underway) return false;
  send(underway);
  return true;
}

document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!underway || event.detail.pathInfo.requestPath !== underway.path) return;
  delete document.body.dataset.busy;
  if (event.detail.xhr.status !== 401) underway = null;
});
