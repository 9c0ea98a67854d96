// Buttons that act: `data-action` names what, the other attributes say which call of the API.
//
//   <button data-action="pause" data-method="PATCH" data-path="/api/v1/agents/a" data-if-match
//     data-body='{"status":"Paused"}' data-title="Pause a?" data-text="…" data-done="Paused">
//
// With `data-note` what is typed goes into the body, as the member it names (`note`): the thing itself
// keeps it, not the log.
// With `data-if-match` the version is the one on the page when the button is pressed (the nearest
// data-version), so nobody acts on what has changed since; what was deleted meanwhile is restored
// on condition that nobody has made it anew.
import { isLive } from "../live/status.js";
import { call, describeProblem, reasonHeader } from "./api.js";
import { openToConfirm } from "./confirming.js";
import { say } from "./toast.js";

let current = null;

export function startActions() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action][data-path]");
    if (button) ask(button);
    else if (event.target.closest("[data-action-confirm]")) confirm();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.closest("#action-dialog input")) {
      event.preventDefault();
      confirm();
    }
  });
}

function ask(button) {
  if (!isLive()) return;
  const { action, method, path, body, title, text, done, label, note } = button.dataset;
  const subject = button.hasAttribute("data-if-match") ? button.closest("[data-version]") : null;
  const version = subject?.dataset.version;
  const member = note === "" ? "note" : note; // undefined: the reason goes to the log
  current = { action, method, path, body, subject, version, member, done: done ?? "Done" };
  const dialog = document.getElementById("action-dialog");
  dialog.querySelector("[data-action-title]").textContent = title ?? button.textContent.trim();
  dialog.querySelector("[data-action-text]").textContent = text ?? "";
  dialog.querySelector("[data-action-confirm]").textContent = label ?? button.textContent.trim();
  dialog.querySelector("[data-reason-label]").textContent = member === "note" ? "Note" : "Reason";
  dialog.querySelector("[name=reason]").value = "";
  dialog.querySelector("[name=force]").checked = false;
  dialog.querySelector("[data-action-force]").hidden = true;
  showProblem(dialog, null);
  openToConfirm(dialog, dialog.querySelector("[data-action-confirm]"));
  dialog.querySelector("[name=reason]").focus();
}

async function confirm() {
  const dialog = document.getElementById("action-dialog");
  const button = dialog.querySelector("[data-action-confirm]");
  if (!current || button.disabled) return;
  button.disabled = true;
  const { method, path, version, member, done } = current;
  const forced = dialog.querySelector("[name=force]").checked ? "?force=true" : "";
  const reason = dialog.querySelector("[name=reason]").value;
  const answer = await call(method, path + forced, {
    body: member ? JSON.stringify({ [member]: reason.trim() }) : current.body,
    version: bringsBack() ? undefined : version,
    headers: {
      ...(bringsBack() ? { "If-None-Match": "*" } : {}),
      ...(member ? {} : reasonHeader(reason)),
    },
  });
  button.disabled = false;
  if (answer.ok) {
    dialog.close();
    say(done);
    document.dispatchEvent(new CustomEvent("acted", { detail: answer }));
    return;
  }
  showProblem(dialog, answer);
}

const bringsBack = () =>
  current.action === "restore" && current.subject?.hasAttribute("data-deleted");

function showProblem(dialog, answer) {
  const place = dialog.querySelector("[data-action-problem]");
  const confirmButton = dialog.querySelector("[data-action-confirm]");
  place.hidden = answer === null;
  if (answer === null) return;
  place.replaceChildren(...describeProblem(answer));
  dialog.querySelector("[data-action-force]").hidden =
    answer.problem.code !== "illegal_transition" || dialog.dataset.mayForce !== "true";
  const isBehind = answer.problem.code === "version_conflict" && current.version !== undefined;
  if (isBehind && !bringsBack()) {
    // The page follows: when it shows the new version, trying again means that one.
    current.version = String(answer.problem.currentVersion);
    confirmButton.textContent = `Do it on version ${current.version}`;
  } else {
    confirmButton.textContent = "Try again";
  }
}
