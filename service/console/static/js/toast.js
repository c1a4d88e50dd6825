// What was just decided, with the seconds in which it can be taken back.
let ticking = null;

export function countDown() {
  const toast = document.getElementById("toast");
  if (!toast?.dataset.seconds || toast.dataset.counting) return;
  toast.dataset.counting = "1";
  clearInterval(ticking);
  let left = Number(toast.dataset.seconds);
  ticking = setInterval(() => {
    left -= 1;
    const count = toast.querySelector(".count");
    if (count) count.textContent = left;
    if (left > 0) return;
    clearInterval(ticking);
    toast.querySelector("[data-key]")?.remove();
    delete toast.dataset.seconds;
    setTimeout(() => toast.classList.remove("shown"), 3000);
  }, 1000);
}
