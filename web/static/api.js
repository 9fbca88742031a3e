/** The server's HTTP interface. Every function throws a Problem whose code says what a person can do. */
import { accessKey } from "./key.js";
import { Problem } from "./problem.js";

const TIMEOUT_MS = 15_000;
const OWN_FAULTS = new Set(["no_process", "database_unavailable"]); // 503, but no line would help

/**
 * What the server says of itself. `{}` when it says nothing.
 * @returns {Promise<object>}
 */
export async function about() {
  try {
    return await ask("api/about");
  } catch (problem) {
    if (problem.status === 404) return {};
    throw problem;
  }
}

/** Whether the server has loaded what a call needs. A busy line is none of its business; silence counts as yes. */
export async function isReady() {
  try {
    const response = await fetch("readyz", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { waiting_for: waiting } = await response.json();
    return Object.keys(waiting ?? {}).every((cause) => cause === "capacity");
  } catch {
    return true;
  }
}

/**
 * Offers a line to the server.
 * @param {{sdp: string, type: string, language?: string, from_number?: string, call_id?: string}} offer `call_id`: of a
 *   call whose line broke
 * @returns {Promise<{sdp: string, type: string, pc_id: string, call_id: string}>}
 */
export function sendOffer(offer, signal) {
  return ask("api/offer", { method: "POST", body: JSON.stringify(offer), signal });
}

/**
 * The call and its events after `seq`; all of them where `seq` is null.
 * @returns {Promise<{call: object, events: Array<{seq: number, kind: string, at: string, body: object}>}>}
 */
export function callSince(callId, seq) {
  const after = seq === null ? "" : `?after=${seq}`;
  return ask(`api/calls/${encodeURIComponent(callId)}${after}`);
}

async function ask(path, { method = "GET", body, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (accessKey()) headers.Authorization = `Bearer ${accessKey()}`;
  if (body) headers["Content-Type"] = "application/json";
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const abort = signal ? anyOf(signal, limit) : limit;
  let response;
  try {
    response = await fetch(path, { method, headers, body, signal: abort, cache: "no-store" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem("server_gone", error);
  }
  if (!response.ok) throw await problemOf(response, path);
  try {
    return await response.json();
  } catch (error) {
    throw new Problem("server_error", error);
  }
}

function anyOf(...signals) {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}

async function problemOf(response, path) {
  const { detail } = await response.json().catch(() => ({}));
  const problem = new Problem(codeOf(response.status, path, detail));
  problem.status = response.status;
  return problem;
}

function codeOf(status, path, detail) {
  if (status === 401 || status === 403) return accessKey() ? "key_wrong" : "key_missing";
  if (path === "api/offer") {
    if (detail === "starting") return "starting";
    if (status === 429 || (status === 503 && !OWN_FAULTS.has(detail))) return "busy";
    if (detail === "call_over") return "call_lost";
    if (status === 404 || status === 405) return "no_browser_calls";
  }
  if (status === 502 || status === 504) return "server_gone";
  return "server_error";
}
