// Calls of the API in the name of who is signed in: the session's cookie and its CSRF token.
const root = document.documentElement;

// `body` is JSON text as it is to be sent: a number of 19 digits must not pass through JavaScript.
// Never throws: what could not be reached is a problem like any other.
export async function call(method, path, { body, version, headers = {} } = {}) {
  const sent = { "X-CSRFToken": csrfToken(), "X-Request-Id": requestId(), ...headers };
  if (version !== undefined) sent["If-Match"] = `"${version}"`;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const url = root.dataset.base + path.replace(/^\//, "");
  const response = await fetch(url, { method, headers: sent, body }).catch(() => null);
  if (response === null) {
    const detail = "The server cannot be reached.";
    return { ok: false, status: 0, problem: { code: "unreachable", detail }, requestId: "" };
  }
  const text = await response.text();
  return {
    ok: response.ok,
    status: response.status,
    text,
    problem: response.ok ? null : problemOf(text, response.status),
    requestId: response.headers.get("X-Request-Id") ?? sent["X-Request-Id"],
  };
}

function problemOf(text, status) {
  try {
    return JSON.parse(text);
  } catch {
    return { code: "internal", detail: `The server answered ${status}.` };
  }
}

// Header values are bytes; a reason may be in any script.
export function reasonHeader(reason) {
  const text = reason.trim();
  return text ? { "Lightning-Reason": bytesAsLatin1(text) } : {};
}

function bytesAsLatin1(text) {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

const csrfToken = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const requestId = () => crypto.randomUUID?.() ?? String(Math.random()).slice(2);

// What went wrong as words and elements: the detail, the fields, the id to look for in the log.
export function describeProblem({ problem, requestId }) {
  const parts = [];
  const detail = document.createElement("p");
  detail.textContent = problem.detail ?? problem.title ?? problem.code;
  parts.push(detail);
  const told = [
    ...(problem.errors ?? []).map(({ field, message }) => `${field}: ${message}`),
    ...(problem.issues ?? []),
  ];
  if (told.length) {
    const list = document.createElement("ul");
    for (const line of told) list.append(Object.assign(document.createElement("li"), { textContent: line }));
    parts.push(list);
  }
  const foot = document.createElement("p");
  foot.className = "hint";
  foot.textContent = [problem.code, requestId && `request ${requestId}`].filter(Boolean).join(" · ");
  parts.push(foot);
  return parts;
}
