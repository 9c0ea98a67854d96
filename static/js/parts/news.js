// Pages of the log: what came since is counted, by the server and with the page's filters, and
// shown when somebody asks for it.
const PAUSE_MS = 700;

let show = null;
let timer = 0;
let again = false;

export function startNews(onShow) {
  show = onShow;
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-news-pause]")) pause(event.target.closest("[data-news-pause]"));
    else if (event.target.closest("button[data-news-show]")) show();
  });
}

// Returns false on a page that counts no news.
export function tellNews() {
  const news = place();
  if (!news) return false;
  if (isPaused()) return true;
  again = true;
  timer ||= setTimeout(count, 0, news);
  return true;
}

async function count(news) {
  again = false;
  const response = await fetch(news.dataset.news).catch(() => null);
  const told = response?.ok ? await response.json() : null;
  if (told && news === place() && !isPaused()) write(news, told);
  timer = setTimeout(() => {
    timer = 0;
    if (again && place()) tellNews();
  }, PAUSE_MS);
}

function write(news, { count: number, text }) {
  news.hidden = number === 0;
  news.querySelector("[data-text]").textContent = text;
}

function pause(button) {
  const paused = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(paused));
  button.textContent = paused ? "Go on" : "Pause";
  if (!paused) tellNews();
}

const place = () => document.querySelector("[data-news]");
const isPaused = () =>
  document.querySelector("[data-news-pause]")?.getAttribute("aria-pressed") === "true";
