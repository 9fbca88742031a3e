/** What the browser remembers. A browser that forbids it only forgets: nothing here throws. */

/** The text kept under `name`, or null. `tab` keeps it for this tab only. */
export function recall(name, { tab = false } = {}) {
  try {
    return (tab ? sessionStorage : localStorage).getItem(name);
  } catch {
    return null;
  }
}

/** Keeps `text` under `name`; null forgets it. */
export function keep(name, text, { tab = false } = {}) {
  try {
    const store = tab ? sessionStorage : localStorage;
    if (text === null) store.removeItem(name);
    else store.setItem(name, text);
  } catch {
    // Forbidden by the browser: the page works without memory.
  }
}
