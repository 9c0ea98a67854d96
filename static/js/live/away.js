// Tells how much has changed while the page was behind other tabs, or without its server.
const LEAST_AWAY_MS = 5000;
const SHOWN_MS = 30000;

let awaySince = 0;
let told = 0;
let timer = 0;

export function wentAway() {
  awaySince ||= performance.now();
}

// The server had sent these before it heard that nobody looks.
export function toldWhileAway(count) {
  told += count;
}

// `count` is null when there were more than the server would count.
export function cameBack(count) {
  const wasAway = awaySince && performance.now() - awaySince > LEAST_AWAY_MS;
  const total = count === null ? null : count + told;
  awaySince = 0;
  told = 0;
  if (wasAway && total !== 0) show(sentence(total));
}

function sentence(count) {
  if (count === null) return "Much has changed while you were away; the page was read anew.";
  const changes = count === 1 ? "1 change" : `${count.toLocaleString("en")} changes`;
  return `${changes} while you were away`;
}

function show(text) {
  const notice = document.getElementById("away");
  if (!notice) return;
  notice.querySelector("[data-text]").textContent = text;
  notice.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (notice.hidden = true), SHOWN_MS);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#away button")) document.getElementById("away").hidden = true;
});
