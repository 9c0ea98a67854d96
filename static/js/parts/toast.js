// One short line at the foot of the page about what was done.
const SHOWN_MS = 6000;
let timer = 0;

export function say(text) {
  const notice = document.getElementById("said");
  if (!notice) return;
  notice.querySelector("[data-text]").textContent = text;
  notice.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (notice.hidden = true), SHOWN_MS);
}
