// Makes an element like a fresh one while keeping every node that stays: focus, selection, open
// details, scroll place and running charts survive, and the page does not jump.

const KEPT_ATTRIBUTES = new Set(["open", "class"]);

export function morph(old, fresh) {
  if (isOlder(fresh, old) || staysAsItIs(old, fresh)) return;
  if (old instanceof HTMLTemplateElement) {
    old.replaceWith(document.importNode(fresh, true)); // its content is no child of it
    return;
  }
  morphAttributes(old, fresh);
  morphChildren(old, fresh);
}

// An answer may have been made before the frame that is already on the page.
function isOlder(fresh, old) {
  const version = old.dataset?.version;
  return version !== undefined && Number(fresh.dataset.version) < Number(version);
}

function staysAsItIs(old, fresh) {
  // Charts draw themselves, a paused feed stands still, a pressed button stays so.
  if (old.hasAttribute("data-live-own") || old.hasAttribute("aria-pressed")) return true;
  if (old instanceof HTMLTimeElement) return old.dateTime === fresh.dateTime && old.dataset.full;
  return old === document.activeElement && old.matches("input, select, textarea");
}

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !KEPT_ATTRIBUTES.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && name !== "open") old.setAttribute(name, value);
  }
}

function morphChildren(old, fresh) {
  const keyed = new Map();
  for (const child of old.children) {
    const key = keyOf(child);
    if (key) keyed.set(key, child);
  }
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const match = matchOf(wanted, keyed, place);
    if (match === null) {
      const added = document.importNode(wanted, true);
      if (added.nodeType === Node.ELEMENT_NODE && keyOf(added)) added.classList.add("arrived");
      old.insertBefore(added, place);
      continue;
    }
    if (match === place) place = place.nextSibling;
    else old.insertBefore(match, place);
    if (match.nodeType === Node.ELEMENT_NODE) morph(match, wanted);
    else if (match.data !== wanted.data) match.data = wanted.data;
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

// The old node that becomes the wanted one: by key, or the next one when it is of the same sort.
function matchOf(wanted, keyed, place) {
  const key = wanted.nodeType === Node.ELEMENT_NODE ? keyOf(wanted) : "";
  if (key) {
    const match = keyed.get(key);
    keyed.delete(key);
    return match && match.nodeName === wanted.nodeName ? match : null;
  }
  if (!place || place.nodeType !== wanted.nodeType || place.nodeName !== wanted.nodeName) {
    return null;
  }
  return place.nodeType === Node.ELEMENT_NODE && keyOf(place) ? null : place;
}

function keyOf(element) {
  return element.dataset?.key ?? element.id;
}
