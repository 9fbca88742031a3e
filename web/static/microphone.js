/** The caller's microphone and the devices to choose from. */
import { Problem } from "./problem.js";

const CODES = {
  NotAllowedError: "microphone_denied",
  SecurityError: "microphone_denied",
  NotFoundError: "microphone_missing",
  OverconstrainedError: "microphone_missing",
  NotReadableError: "microphone_busy",
  AbortError: "microphone_busy",
};

/** Throws the Problem that keeps this browser, at this address, from any call. */
export function requireCallsPossible() {
  if (!globalThis.isSecureContext) throw new Problem("insecure_page");
  if (!globalThis.RTCPeerConnection || !navigator.mediaDevices?.getUserMedia) {
    throw new Problem("unsupported_browser");
  }
}

/**
 * Opens the microphone; the browser may ask the person first.
 * @param {string} deviceId "" for the system's own choice
 * @returns {Promise<MediaStream>} one audio track; whoever receives it stops it
 */
export async function openMicrophone(deviceId) {
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: deviceId ? { ...audio, deviceId: { exact: deviceId } } : audio,
    });
  } catch (error) {
    if (deviceId && CODES[error.name] === "microphone_missing") return openMicrophone("");
    throw new Problem(CODES[error.name] ?? "microphone_busy", error);
  }
}

/** "granted", "denied", "prompt", or "unknown" where the browser does not tell. */
export async function microphonePermission() {
  try {
    return (await navigator.permissions.query({ name: "microphone" })).state;
  } catch {
    return "unknown";
  }
}

/**
 * Devices of one kind, "audioinput" or "audiooutput". Browsers give names only after permission.
 * @returns {Promise<Array<{id: string, name: string}>>} without the entries that stand for the system's choice
 */
export async function devices(kind) {
  if (!navigator.mediaDevices?.enumerateDevices) return [];
  const all = await navigator.mediaDevices.enumerateDevices();
  return all
    .filter((one) => one.kind === kind && one.deviceId && !["default", "communications"].includes(one.deviceId))
    .map((one) => ({ id: one.deviceId, name: one.label }));
}

/** Whether this browser lets a page choose the loudspeaker. */
export function canChooseSpeaker() {
  return "setSinkId" in HTMLMediaElement.prototype;
}
