// A bulk action: counted by a dry run, asked for with a reason, begun as a job (POST /api/v1/jobs).
import { isLive } from "../live/status.js";
import { call, describeProblem, reasonHeader } from "../parts/api.js";
import { follow, showJob } from "./results.js";
import { clearSelection, selection, startSelection } from "./selection.js";

let order = null; // what is asked for now: the body of the call, without its status
let counted = 0; // which dry run is the newest

export function startBulk() {
  startSelection();
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-bulk] [data-action]");
    if (button) ask(button);
    else if (event.target.closest("#bulk-dialog [data-confirm]")) confirm();
    else if (event.target.closest("#bulk-dialog [data-undo]")) undo();
    else if (event.target.closest("#bulk-dialog [data-bulk-cancel]")) cancelJob();
    else if (event.target.closest("#bulk-dialog [data-bulk-close]")) dialog().close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.closest("#bulk-dialog form input")) {
      event.preventDefault();
      confirm();
    }
  });
}

const dialog = () => document.getElementById("bulk-dialog");
const part = (name) => dialog().querySelector(`[${name}]`);

function ask(button) {
  const selected = selection();
  if (!isLive() || selected === null) return;
  const { bulkKind: kind } = button.closest("[data-bulk]").dataset;
  const { action, label, text, danger } = button.dataset;
  order = { kind, action, ...selected };
  part("data-bulk-title").textContent = button.dataset.title;
  part("data-bulk-text").textContent = text ?? "";
  part("data-bulk-status").hidden = action !== "set-status";
  part("data-confirm").textContent = label;
  part("data-confirm").classList.toggle("button-danger", danger !== undefined);
  dialog().querySelector("[name=reason]").value = "";
  showProblem(null);
  show("data-bulk-ask");
  count();
  dialog().showModal();
  dialog().querySelector("[name=reason]").focus();
}

// Behind the number: "agents: all there are".
function describe({ ids, filter }, found) {
  const noun = part("data-bulk-of").dataset[found === 1 ? "one" : "many"];
  if (ids) return `selected ${noun}`;
  const told = [...new URLSearchParams(filter)].map(([name, value]) => `${name} = ${value}`);
  return told.length ? `${noun} with ${told.join(", ")}` : `${noun}: all there are`;
}

function body(more = {}) {
  const status = order.action === "set-status" ? { status: part("name=status").value } : {};
  return JSON.stringify({ ...order, ...status, ...more });
}

async function count() {
  counted += 1;
  const mine = counted;
  part("data-confirm").disabled = true;
  part("data-count").textContent = "…";
  part("data-bulk-of").textContent = describe(order, 0);
  const answer = await call("POST", "/api/v1/jobs", { body: body({ dryRun: true }) });
  if (mine !== counted) return;
  if (!answer.ok) {
    showProblem(answer);
    return;
  }
  const found = JSON.parse(answer.text).count;
  part("data-count").textContent = String(found);
  part("data-count").dataset.count = String(found);
  part("data-bulk-of").textContent = describe(order, found);
  part("data-confirm").disabled = found === 0;
}

async function confirm() {
  const button = part("data-confirm");
  if (button.disabled || !isLive()) return;
  button.disabled = true;
  const headers = {
    ...reasonHeader(dialog().querySelector("[name=reason]").value),
    "Idempotency-Key": crypto.randomUUID?.() ?? String(Math.random()),
  };
  const answer = await call("POST", "/api/v1/jobs", { body: body(), headers });
  button.disabled = false;
  if (!answer.ok) {
    showProblem(answer);
    return;
  }
  clearSelection();
  begin(answer);
}

async function undo() {
  if (!isLive()) return;
  part("data-undo").disabled = true;
  const answer = await call("POST", `/api/v1/jobs/${part("data-results").dataset.job}/undo`);
  part("data-undo").disabled = false;
  if (answer.ok) begin(answer);
  else showProblem(answer);
}

async function cancelJob() {
  const answer = await call("POST", `/api/v1/jobs/${part("data-results").dataset.job}/cancel`);
  if (answer.ok) showJob(part("data-results"), JSON.parse(answer.text));
  else showProblem(answer);
}

function begin(answer) {
  showProblem(null);
  show("data-results");
  follow(part("data-results"), JSON.parse(answer.text));
  part("data-bulk-close").focus();
}

function show(name) {
  for (const one of ["data-bulk-ask", "data-results"]) part(one).hidden = one !== name;
}

function showProblem(answer) {
  const place = part("data-bulk-problem");
  place.hidden = answer === null;
  if (answer) place.replaceChildren(...describeProblem(answer));
}
