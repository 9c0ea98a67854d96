// The state of the connection as the whole page sees it: html[data-conn], and one spoken sentence.
const root = document.documentElement;

const SENTENCES = {
  live: "Live again.",
  lagging: "The server is slow; this page may be a little behind.",
  reconnecting: "The connection was lost; trying again.",
  offline: "Offline. This page shows what was known when the connection was lost.",
};

let spoken = "live"; // the first "live" needs no announcement

export function setStatus(status) {
  if (root.dataset.conn === status) return;
  root.dataset.conn = status;
  announceSoon();
}

// Only a state that lasts is spoken: a blip is not worth interrupting anybody.
let timer = 0;
function announceSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const status = root.dataset.conn;
    if (status === spoken) return;
    spoken = status;
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = SENTENCES[status];
  }, 1500);
}
