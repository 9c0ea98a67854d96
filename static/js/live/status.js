// The state of the connection as the whole page sees it: html[data-conn], one spoken sentence,
// data that greys once it may be old, and actions that wait until the page is live again.
const root = document.documentElement;
const STALE_AFTER_MS = 1000; // a page that has just been opened connects in less

const SENTENCES = {
  live: "Live again.",
  lagging: "The server is slow; this page may be a little behind.",
  reconnecting: "The connection was lost; trying again.",
  offline: "Offline. This page shows what was known when the connection was lost.",
};

let spoken = "live"; // the first "live" needs no announcement
let staleTimer = 0;
let speechTimer = 0;

export const isLive = () => root.dataset.conn === "live";
export const hearsServer = () => ["live", "lagging"].includes(root.dataset.conn);

export function setStatus(status, lagSeconds = 0) {
  showLag(status === "lagging" ? lagSeconds : 0);
  if (root.dataset.conn === status) return;
  root.dataset.conn = status;
  markStaleSoon();
  applyToActions();
  announceSoon();
}

// What waits is found by that: the button of a dialog that has been closed is no `data-confirm`.
const CONTROLS = "[data-action], [data-confirm], [data-undo], [data-waits]";

// Also after every change of the page: what was rendered anew does not know.
export function applyToActions() {
  const blocked = !isLive();
  for (const control of document.querySelectorAll(CONTROLS)) {
    if (blocked && !control.disabled) {
      control.disabled = true;
      control.dataset.waits = "";
    } else if (!blocked && "waits" in control.dataset) {
      control.disabled = false;
      delete control.dataset.waits;
    }
  }
}

function markStaleSoon() {
  clearTimeout(staleTimer);
  if (isLive()) root.removeAttribute("data-stale");
  else staleTimer = setTimeout(() => root.setAttribute("data-stale", ""), STALE_AFTER_MS);
}

function showLag(seconds) {
  const place = document.getElementById("lag");
  if (!place) return;
  const text = seconds >= 1 ? ` ${Math.floor(seconds)} s` : "";
  if (place.textContent !== text) place.textContent = text;
}

// Only a state that lasts is spoken: a blip is not worth interrupting anybody.
function announceSoon() {
  clearTimeout(speechTimer);
  speechTimer = setTimeout(() => {
    const status = root.dataset.conn;
    if (status === spoken) return;
    spoken = status;
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = SENTENCES[status];
  }, 1500);
}
