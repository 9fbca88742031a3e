/** The access key: it arrives in the address after `#key=`, and stays in this tab's memory only. */
import { keep, recall } from "./memory.js";

const STORE = "key";
let key = "";

/** Takes the key out of the address, so that it is neither seen, bookmarked nor sent on. */
export function takeKeyFromAddress() {
  key = recall(STORE, { tab: true }) ?? "";
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given === null) return;
  setKey(given);
  history.replaceState(null, "", location.pathname + location.search);
}

/** Replaces the key. */
export function setKey(text) {
  key = text.trim();
  keep(STORE, key || null, { tab: true });
}

/** The key, or "". */
export function accessKey() {
  return key;
}
