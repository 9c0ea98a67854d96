// Makes an API key. Its text is in the answer and then on the page, until the dialog is closed.
import { isLive } from "../live/status.js";
import { call, describeProblem } from "./api.js";
import { openToConfirm } from "./confirming.js";
import { say } from "./toast.js";

export function startKeys() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-action=make-key]")) open();
    else if (event.target.closest("[data-key-confirm]")) make();
    else if (event.target.closest("[data-key-copy]")) copy();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.closest("[data-key-wish] input")) {
      event.preventDefault();
      make();
    }
  });
}

const dialog = () => document.getElementById("key-dialog");
const part = (name) => dialog().querySelector(`[data-${name}]`);

function open() {
  if (!isLive()) return;
  part("key-wish").reset();
  show(null);
  showProblem(null);
  dialog().addEventListener("close", () => show(null), { once: true });
  openToConfirm(dialog(), part("key-confirm"));
}

async function make() {
  const form = part("key-wish");
  const button = part("key-confirm");
  if (button.disabled || !form.reportValidity()) return;
  button.disabled = true;
  const given = Object.fromEntries(new FormData(form));
  const wish = { name: given.name.trim(), role: given.role };
  if (given.agentId.trim()) wish.agentId = given.agentId.trim();
  if (given.expiresInDays) wish.expiresInDays = Number(given.expiresInDays);
  const answer = await call("POST", "/api/v1/keys", { body: JSON.stringify(wish) });
  button.disabled = false;
  showProblem(answer.ok ? null : answer);
  if (!answer.ok) return;
  show(JSON.parse(answer.text));
  document.dispatchEvent(new CustomEvent("acted", { detail: answer }));
}

// With a key that was just made, or without.
function show(made) {
  part("key-wish").hidden = made !== null;
  part("key-made").hidden = made === null;
  part("key-name").textContent = made?.name ?? "";
  part("made-key").textContent = made?.key ?? "";
}

async function copy() {
  const copied = await navigator.clipboard?.writeText(part("made-key").textContent).then(
    () => true,
    () => false,
  );
  if (copied) say("Copied.");
  else getSelection().selectAllChildren(part("made-key")); // a page without TLS has no clipboard
}

function showProblem(answer) {
  const place = part("key-problem");
  place.hidden = answer === null;
  if (answer) place.replaceChildren(...describeProblem(answer));
}
