// Ctrl+K goes anywhere by name or id, or does what the page offers; ? lists the shortcuts, g and a
// letter goes to a page.
const SEARCHED = [
  ["agents", "agentId", "Agent"],
  ["research", "researchId", "Research"],
  ["verifications", "verificationId", "Verification"],
];
const FOUND_OF_A_KIND = 4;
const PAUSE_MS = 200;

let timer = 0;
let asked = 0;
let goes = false; // g was pressed: the next letter is a page

export function startPalette() {
  document.addEventListener("keydown", keyPressed);
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-palette-input]")) narrow(event.target.value.trim());
  });
}

function keyPressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  } else if (event.target.matches?.("[data-palette-input]")) {
    keyInPalette(event);
  } else if (!isTyping(event)) {
    shortcut(event);
  }
}

function isTyping({ target, ctrlKey, metaKey, altKey }) {
  const types = target.matches?.("input:not([type=checkbox]), textarea, select");
  return types || ctrlKey || metaKey || altKey || document.querySelector("dialog[open]") !== null;
}

function shortcut(event) {
  if (goes) {
    goes = false;
    document.querySelector(`[data-key-to="${CSS.escape(event.key)}"]`)?.click();
  } else if (event.key === "g") {
    goes = true;
    setTimeout(() => (goes = false), 1500);
  } else if (event.key === "?") {
    document.querySelector("[data-help]").showModal();
  } else if (event.key === "/") {
    const search = document.querySelector("main input[type=search]");
    if (search) event.preventDefault();
    search?.focus();
  }
}

function openPalette() {
  const palette = document.querySelector("[data-palette]");
  if (palette.open) return;
  offerCommands(palette);
  palette.showModal();
  const input = palette.querySelector("input");
  input.value = "";
  narrow("");
  input.focus();
}

// What the page's own buttons do, by their names; those of rows need their row.
const COMMANDS = [
  ["main :is(.actions, .page-head, .board-head) [data-action]:not(:disabled)", ""],
  ["main [data-pause-feed]", "Recent activity: "],
  ["[data-theme-form] button", "Theme: "],
  [".nav-user button", ""],
];

function offerCommands(palette) {
  for (const old of list().querySelectorAll("[data-command]")) old.remove();
  const buttons = COMMANDS.flatMap(([selector, prefix]) =>
    [...document.querySelectorAll(selector)].map((button) => [prefix, button]),
  );
  const items = buttons.map(([prefix, button]) =>
    command(palette, prefix + button.textContent.trim(), () => button.click()),
  );
  const help = command(palette, "Shortcuts", () => document.querySelector("[data-help]").showModal());
  list().append(...items, help);
}

function command(palette, label, run) {
  const item = document.createElement("li");
  item.dataset.command = "";
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
  button.addEventListener("click", () => {
    palette.close();
    run();
  });
  item.append(button);
  return item;
}

function keyInPalette(event) {
  const links = visibleLinks();
  const current = links.findIndex((link) => link.hasAttribute("data-current"));
  if (event.key === "Enter") {
    event.preventDefault();
    links[Math.max(0, current)]?.click();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    mark(links, Math.min(links.length - 1, Math.max(0, current + step)));
  }
}

const list = () => document.querySelector("[data-palette-list]");
const visibleLinks = () => [...list().querySelectorAll("li:not([hidden]) :is(a, button)")];

function mark(links, at) {
  links.forEach((link, index) => link.toggleAttribute("data-current", index === at));
}

function narrow(text) {
  for (const found of list().querySelectorAll("[data-found]")) found.remove();
  for (const item of list().children) {
    item.hidden = !item.textContent.toLowerCase().includes(text.toLowerCase());
  }
  mark(visibleLinks(), 0);
  clearTimeout(timer);
  if (text) timer = setTimeout(() => find(text), PAUSE_MS);
}

// The API's own search; an answer to what was typed before is not shown.
async function find(text) {
  asked += 1;
  const mine = asked;
  const base = document.documentElement.dataset.base;
  const query = new URLSearchParams({ q: text, limit: FOUND_OF_A_KIND });
  const answers = await Promise.all(
    SEARCHED.map(async ([segment, id, label]) => {
      const response = await fetch(`${base}api/v1/${segment}?${query}`).catch(() => null);
      const items = response?.ok ? (await response.json()).items : [];
      return items.map((item) => foundItem(`${base}${segment}/${item[id]}/`, item[id], label));
    }),
  );
  if (mine !== asked) return;
  list().append(...answers.flat());
  mark(visibleLinks(), 0);
}

function foundItem(url, id, label) {
  const item = document.createElement("li");
  item.dataset.found = "";
  const link = Object.assign(document.createElement("a"), { href: url, textContent: id });
  link.append(Object.assign(document.createElement("span"), { className: "hint", textContent: label }));
  item.append(link);
  return item;
}
