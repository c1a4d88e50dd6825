// Steps that ask for a reason first: a button opens its dialog, and a step that failed closes it again.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-opens]");
  if (!button || button.disabled) return;
  const dialog = document.getElementById(button.dataset.opens);
  dialog.showModal();
  const field = dialog.querySelector("[autofocus]");
  field?.focus();
  field?.select();
});

// What went wrong is said on the page, which a dialog covers; a new sign-in or password is asked for above it.
document.body.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401 || event.detail.xhr.getResponseHeader("X-Problem") === "password-needed") return;
  event.detail.elt.closest?.("dialog[data-asks]")?.close();
});

export function titled() {
  const page = document.querySelector("main[data-title]");
  if (!page || page.dataset.titled) return;
  page.dataset.titled = "1";
  if (document.title !== page.dataset.title) document.title = page.dataset.title;
}
