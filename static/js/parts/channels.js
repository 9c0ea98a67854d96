// Sends a test message to every channel of alerts, and says of each what became of it.
import { isLive } from "../live/status.js";
import { call } from "./api.js";
import { say } from "./toast.js";

export function startChannels() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action=test-channels]");
    if (button && isLive()) test(button);
  });
}

async function test(button) {
  if (button.disabled) return;
  button.disabled = true;
  for (const place of places()) show(place, "pending", "sending");
  const answer = await call("POST", "/api/v1/alerts/test");
  button.disabled = false;
  const results = new Map();
  if (answer.ok) {
    for (const result of JSON.parse(answer.text).items) results.set(result.channel, result);
  } else {
    say(answer.problem.detail ?? answer.problem.title);
  }
  for (const place of places()) {
    const result = results.get(place.dataset.channelResult);
    if (!result) show(place, "pending", "not tried");
    else if (result.delivered) show(place, "completed", "delivered");
    else show(place, "failed", "failed", result.error);
  }
}

const places = () => document.querySelectorAll("[data-channel-result]");

function show(place, tone, text, error) {
  const pill = document.createElement("span");
  pill.className = "status";
  pill.dataset.tone = tone;
  pill.append(Object.assign(document.createElement("span"), { textContent: text }));
  place.replaceChildren(pill);
  if (error) place.append(" ", Object.assign(document.createElement("span"), { textContent: error }));
}
