// Picking alerts for a decision about all of them.
export function picking() {
  const form = document.getElementById("bulk");
  if (!form || form.dataset.begun) return;
  form.dataset.begun = "1";
  document.addEventListener("change", (event) => {
    if (event.target.id === "pick-all") for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.matches("[form=bulk], #pick-all")) count();
  });
  document.body.addEventListener("htmx:afterSwap", count);
}

function boxes() {
  return [...document.querySelectorAll("input[form=bulk]")];
}

function count() {
  const button = document.getElementById("bulk-go");
  if (!button) return;
  const picked = boxes().filter((box) => box.checked).length;
  button.disabled = picked === 0;
  document.getElementById("picked").textContent = picked || "";
}
