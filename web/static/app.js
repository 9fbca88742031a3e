/** Joins the page's parts: what the person does, the call, and what is shown. */
import { about, isReady } from "./api.js";
import { PhoneCall } from "./call.js";
import { Conversation } from "./conversation.js";
import { NumberField, SoundChoice } from "./desk.js";
import { accessKey, setKey, takeKeyFromAddress } from "./key.js";
import { microphonePermission, requireCallsPossible } from "./microphone.js";
import { byId } from "./page.js";
import { Phone } from "./phone.js";
import { Problem } from "./problem.js";
import { firstLanguage, language, speak } from "./words.js";

const READY_PERIOD_MS = 1_500;

const voice = byId("agent-voice");
let call = null;
let serverSays = {};
let isWaiting = false;

takeKeyFromAddress();
speak(firstLanguage());
const phone = new Phone();
const conversation = new Conversation();
const number = new NumberField();
const sound = new SoundChoice(voice, (deviceId) => {
  call?.useMicrophone(deviceId).catch((error) => phone.setProblem(Problem.from(error)));
});
for (const choice of document.querySelectorAll("input[name=language]")) {
  choice.checked = choice.value === language();
  choice.addEventListener("change", () => {
    speak(choice.value, { remember: true });
    refresh();
  });
}

byId("call").addEventListener("click", () => {
  if (!isInCall()) startCall();
  else if (call.stage !== "ending") call.hangUp();
});
byId("mute").addEventListener("click", () => {
  call.mute(!call.isMuted);
  phone.refresh();
});
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setKey(byId("key").value);
  byId("key").value = "";
  phone.setProblem(null);
  byId("call").focus();
  meetServer();
});
document.addEventListener("pointerdown", () => {
  if (call?.stage !== "talking" || !voice.paused) return;
  voice.play().then(() => phone.setSilenced(false));
});
addEventListener("pagehide", () => call?.abandon());
addEventListener("hashchange", () => {
  takeKeyFromAddress();
  if (!isInCall()) meetServer();
});

refresh();
meetServer();
followPermission();

async function meetServer() {
  const problemBefore = phone.problem;
  try {
    requireCallsPossible();
    if (!accessKey()) throw new Problem("key_missing");
    serverSays = await about();
    // What a call met while the server was asked stays to be read.
    if (phone.problem === problemBefore) phone.setProblem(null);
    waitUntilReady();
  } catch (error) {
    phone.setProblem(Problem.from(error));
  }
  conversation.setAbout(serverSays);
  number.offer(serverSays.demo_callers);
}

// A server that was just started takes calls before it can hear: better to say so than to let people talk in vain.
async function waitUntilReady() {
  if (isWaiting) return;
  isWaiting = true;
  while (!(await isReady())) {
    if (!isInCall()) phone.setProblem(new Problem("starting"));
    await new Promise((resolve) => setTimeout(resolve, READY_PERIOD_MS));
  }
  isWaiting = false;
  if (phone.problem?.code === "starting") phone.setProblem(null);
}

async function startCall() {
  const fromNumber = number.read();
  if (fromNumber === null || isInCall()) return;
  if (!accessKey()) {
    phone.setProblem(new Problem("key_missing"));
    byId("key").focus();
    return;
  }
  // Credentials of relays end by themselves: a page that was open for long asks for new ones.
  if (serverSays.ice_servers?.length) serverSays = await about().catch(() => serverSays);
  if (isInCall()) return;
  const current = new PhoneCall({
    language: language(),
    fromNumber,
    microphoneId: sound.microphoneId,
    iceServers: Array.isArray(serverSays.ice_servers) ? serverSays.ice_servers : [],
  });
  call = current;
  phone.setProblem(null);
  listen(current);
  phone.show(current);
  conversation.show(current);
  byId("call").focus();
  try {
    await current.run(voice);
  } catch (error) {
    phone.setProblem(Problem.from(error));
    byId("problem").focus();
    if (error.code === "starting") waitUntilReady();
  }
  followPermission();
}

function listen(current) {
  current.addEventListener("stage", ({ detail }) => {
    phone.refresh();
    conversation.refresh();
    if (detail === "connecting") sound.refresh();
    if (detail !== "talking") return;
    phone.startMeters();
    stayAwake(current);
  });
  current.addEventListener("news", () => {
    phone.refresh();
    conversation.refresh();
  });
  current.addEventListener("line", ({ detail }) => phone.setLine(detail));
  current.addEventListener("silenced", () => phone.setSilenced(true));
  current.addEventListener("trouble", ({ detail }) => phone.setProblem(detail));
}

function isInCall() {
  return call !== null && call.stage !== "ended";
}

function refresh() {
  phone.refresh();
  conversation.refresh();
  number.refresh();
  number.offer(serverSays.demo_callers);
  sound.refresh();
}

async function followPermission() {
  phone.setPermission(await microphonePermission());
}

// A phone that puts its screen to sleep would stop the microphone.
async function stayAwake(current) {
  let lock;
  try {
    lock = await navigator.wakeLock?.request("screen");
  } catch {
    return; // low battery: the call goes on without
  }
  current.addEventListener("stage", () => lock?.release(), { once: true });
}
