/** The page's texts in the chosen language. */
import { keep, recall } from "./memory.js";
import en from "./words/en.js";
import ru from "./words/ru.js";
import uk from "./words/uk.js";

const TEXTS = { uk, ru, en };
const STORE = "language";
let current = "uk";

/** The chosen language: "uk", "ru" or "en". */
export function language() {
  return current;
}

/** The language chosen earlier, else the first of the browser's that the page speaks, else Ukrainian. */
export function firstLanguage() {
  const wished = [recall(STORE), ...navigator.languages].map((tag) => (tag ?? "").slice(0, 2));
  return wished.find((tag) => Object.hasOwn(TEXTS, tag)) ?? "uk";
}

/** Makes `next` the page's language and rewrites every element that names its text by `data-text`. */
export function speak(next, { remember = false } = {}) {
  current = next;
  if (remember) keep(STORE, next);
  document.documentElement.lang = next;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = words(element.dataset.text);
  }
}

/** The text named `name`, with each `{field}` replaced; a list where the text is one. */
export function words(name, fields = {}) {
  const text = TEXTS[current][name];
  if (typeof text !== "string") return text ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, field) => String(fields[field] ?? whole));
}

/** Whether a text of this name exists: for names that come from the server. */
export function hasWords(name) {
  return Object.hasOwn(TEXTS[current], name);
}
