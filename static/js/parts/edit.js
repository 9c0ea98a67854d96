// The form that edits a state: saves on the version it was opened with, and when somebody was
// faster, shows what they changed beside what was changed here.
import { isLive } from "../live/status.js";
import { call, describeProblem, reasonHeader } from "./api.js";
import { openToConfirm } from "./confirming.js";
import { say } from "./toast.js";

let base = null; // { version, texts } of the version that the form is about

export function startEdit() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-action=edit]")) open();
    else if (event.target.closest("[data-edit-save]")) save();
  });
}

const dialog = () => document.getElementById("edit-dialog");

function open() {
  if (!isLive()) return;
  const fields = document.getElementById("edit-fields");
  const place = dialog().querySelector("[data-edit-place]");
  place.replaceChildren(fields.content.cloneNode(true));
  setBase({ version: fields.dataset.version, texts: textsOf(fields.content) });
  showMerge([]);
  showProblem(null);
  dialog().querySelector("[name=reason]").value = "";
  openToConfirm(dialog(), dialog().querySelector("[data-edit-save]"));
}

function setBase(next) {
  base = next;
  dialog().querySelector("[data-edit-version]").textContent = `version ${base.version}`;
}

async function save() {
  const button = dialog().querySelector("[data-edit-save]");
  if (button.disabled) return;
  const undecided = dialog().querySelector("[data-conflict]:not(:has(input:checked))");
  if (undecided) {
    undecided.querySelector("input").focus();
    return;
  }
  button.disabled = true;
  const answer = await call("PUT", dialog().dataset.path, {
    body: bodyOf(dialog()),
    version: base.version,
    headers: reasonHeader(dialog().querySelector("[name=reason]").value),
  });
  button.disabled = false;
  if (answer.ok) {
    dialog().close();
    say("Saved.");
    document.dispatchEvent(new CustomEvent("acted", { detail: answer }));
  } else if (answer.problem.code === "version_conflict") {
    await merge(answer);
  } else {
    showProblem(answer);
  }
}

// Every field as JSON text. A number and JSON go as they were typed: no digit may be lost.
function bodyOf(root) {
  const members = [...root.querySelectorAll("[data-edit]")].map((field) => {
    const text = field.querySelector("input, select, textarea").value;
    return `${JSON.stringify(field.dataset.edit)}:${jsonOf(field.dataset, text)}`;
  });
  return `{${members.join(",")}}`;
}

function jsonOf({ form }, text) {
  if (["flag", "number", "json"].includes(form)) return text.trim() || "null";
  if (form === "time") return text.trim() ? JSON.stringify(text.trim()) : "null";
  return JSON.stringify(text);
}

function textsOf(root) {
  const fields = [...root.querySelectorAll("[data-edit]")];
  return Object.fromEntries(
    fields.map((field) => [field.dataset.edit, field.querySelector("input, select, textarea").value]),
  );
}

// What they changed is taken over where it was left alone here; where both changed a field, one
// chooses.
async function merge(answer) {
  const theirs = await readTheirs(answer.problem.currentVersion);
  if (theirs === null) {
    showProblem(answer);
    return;
  }
  const mine = textsOf(dialog());
  const rows = [];
  for (const [name, text] of Object.entries(theirs.texts)) {
    const was = base.texts[name];
    if (text === was || text === mine[name]) continue;
    const untouched = mine[name] === was;
    if (untouched) controlOf(name).value = text;
    rows.push({ name, was, theirs: text, mine: mine[name], untouched });
  }
  const from = base.version;
  setBase(theirs);
  showProblem(null);
  showMerge(rows, from);
}

async function readTheirs(version) {
  const headers = { "Lightning-Fragment": "1", "Lightning-Min-Version": String(version) };
  const response = await fetch(location.pathname, { headers }).catch(() => null);
  if (!response?.ok) return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fields = page.getElementById("edit-fields");
  return fields && { version: fields.dataset.version, texts: textsOf(fields.content) };
}

const controlOf = (name) =>
  dialog().querySelector(`[data-edit="${CSS.escape(name)}"] :is(input, select, textarea)`);

function showMerge(rows, from) {
  const section = dialog().querySelector("[data-merge]");
  section.hidden = rows.length === 0 && from === undefined;
  if (section.hidden) return;
  const head = document.createElement("p");
  head.textContent = rows.length
    ? `Since version ${from} somebody else changed this. Nothing of theirs is lost unless you say so; save again when it is right.`
    : `Since version ${from} somebody else changed this, but no field of yours. Save again.`;
  section.replaceChildren(head, ...rows.map(mergeRow));
  section.scrollIntoView({ block: "nearest" });
}

function mergeRow({ name, was, theirs, mine, untouched }) {
  const row = document.createElement("fieldset");
  row.className = "merge-row";
  if (!untouched) row.dataset.conflict = name;
  const legend = document.createElement("legend");
  legend.textContent = untouched ? `${name}: theirs was taken over` : `${name}: you both changed it`;
  row.append(legend, version("Before", was));
  if (untouched) row.append(version("Theirs", theirs));
  else row.append(choice(name, "Theirs", theirs), choice(name, "Yours", mine));
  return row;
}

function version(label, text) {
  const block = document.createElement("div");
  const caption = Object.assign(document.createElement("span"), { className: "hint", textContent: label });
  block.append(caption, Object.assign(document.createElement("pre"), { textContent: text }));
  return block;
}

function choice(name, label, text) {
  const block = document.createElement("label");
  const radio = Object.assign(document.createElement("input"), { type: "radio", name: `merge-${name}` });
  radio.addEventListener("change", () => (controlOf(name).value = text));
  block.append(radio, ...version(label, text).childNodes);
  return block;
}

function showProblem(answer) {
  const place = dialog().querySelector("[data-edit-problem]");
  place.hidden = answer === null;
  if (answer) place.replaceChildren(...describeProblem(answer));
}
