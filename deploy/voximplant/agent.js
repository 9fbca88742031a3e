/*
 * VoxEngine scenario of the phone agent: inbound and outbound calls.
 *
 * It decides nothing. For each call it asks the agent's server, over HTTPS and with a shared secret, what to do, and
 * does it: connect the call to a media socket, say a sentence, ring a number, hang up. If the server cannot be asked,
 * the caller hears an apology and is connected to FALLBACK_NUMBER.
 *
 * Fill in the four constants below, or keep BASE_URL and SECRET in the application's secrets
 * (VoxEngine.getSecretValue) under the names AGENT_URL and AGENT_SECRET.
 */

require(Modules.AMD || Modules.AI); // answering-machine detection

const BASE_URL = "https://voice.example.com";
const SECRET = "";
const FALLBACK_NUMBER = "";
const LANGUAGE = "uk";

const SORRY = {
  uk: "Вибачте, сталася технічна помилка. Будь ласка, зателефонуйте трохи пізніше.",
  ru: "Извините, произошла техническая ошибка. Пожалуйста, перезвоните чуть позже.",
  en: "I'm sorry, something went wrong on our side. Please call again a little later.",
};
const SORRY_CONNECTING = {
  uk: "Вибачте, сталася технічна помилка. Зараз з'єднаю вас з оператором.",
  ru: "Извините, произошла техническая ошибка. Сейчас соединю вас с оператором.",
  en: "I'm sorry, something went wrong on our side. I'm connecting you to a person.",
};
const MACHINES = { uk: "EU_GENERAL", ru: "RU", en: "US" };
const REQUEST_S = 10;
const ATTEMPTS = 2;
const OPEN_S = 8;
const DETECT_S = 15; // of the call, in which a machine is told from a person
const MACHINE_S = 25; // the longest greeting of a machine that is waited out
const MACHINE_SILENCE_S = 2; // after its greeting and its beep
const BRIEF_S = 20; // in which a colleague takes the call

let call = null; // the caller, or whom we have rung
let ws = null;
let generation = 0;
let callId = null; // the agent's name for the call
let named = Promise.resolve(); // when that is known, or will never be
let isAnswered = false;
let isOver = false;
let isCancelled = false;
let isTransferring = false;
let human = null;
let failures = 0; // sockets in a row that did not open

VoxEngine.addEventListener(AppEvents.CallAlerting, (event) => {
  if (call) {
    event.call.reject(486);
    return;
  }
  call = event.call;
  watch();
  const asked = ask("/voximplant/ring", { id: call.id(), from: call.callerid(), to: call.number() });
  named = asked.then((order) => { callId = order.call_id || null; });
  asked.then(follow);
});

VoxEngine.addEventListener(AppEvents.Started, () => {
  const given = read(VoxEngine.customData());
  if (!given || typeof given.dial !== "string") return; // an inbound call starts the session without any
  callId = given.dial;
  ask("/voximplant/dial", { call_id: callId }).then((order) => {
    if (isCancelled || order.action !== "dial") return end("failed", "refused");
    const detector = order.detects_machines ? detectMachines(order) : undefined;
    call = VoxEngine.callPSTN(order.number, order.caller_id, detector && { amd: detector });
    const ringing = setTimeout(() => call.hangup(), order.ring_s * 1000);
    const limit = setTimeout(() => call.hangup(), order.limit_s * 1000);
    call.addEventListener(CallEvents.Connected, () => clearTimeout(ringing));
    call.addEventListener(CallEvents.Disconnected, () => clearTimeout(limit));
    call.addEventListener(CallEvents.Failed, () => { clearTimeout(ringing); clearTimeout(limit); });
    watch();
    call.addEventListener(CallEvents.Connected, () => {
      ask("/voximplant/answered", { call_id: callId }).then(follow);
    });
  });
});

// The server stops, and nobody would speak: a call that is not answered yet is given up.
VoxEngine.addEventListener(AppEvents.HttpRequest, (event) => {
  const asked = read(event.content);
  if (!asked || asked.cancel !== callId || isAnswered) return;
  isCancelled = true;
  if (call) call.hangup();
});

function watch() {
  call.handleTones(true);
  call.addEventListener(CallEvents.ToneReceived, (event) => tell({ customEvent: "dtmf", digit: String(event.tone) }));
  call.addEventListener(CallEvents.Connected, () => { isAnswered = true; });
  call.addEventListener(CallEvents.Disconnected, () => end("completed"));
  call.addEventListener(CallEvents.Failed, (event) => end("failed", event.code));
}

// Tells people from machines while the call goes on. Who cannot be told from a person is talked to.
function detectMachines(order) {
  const amd = AMD.create({ model: AMD.Model[MACHINES[LANGUAGE]], timeout: DETECT_S * 1000 });
  amd.addEventListener(AMD.Events.DetectionComplete, (event) => {
    if (isOver || event.resultClass === AMD.ResultClass.CALL_ENDED) return;
    if (event.resultClass !== AMD.ResultClass.VOICEMAIL) return detected("human");
    if (order.waits_for_end) whenSilent(() => detected("machine"));
    else detected("machine");
  });
  amd.addEventListener(AMD.Events.DetectionError, () => detected("human"));
  return amd;
}

function detected(who) {
  if (isOver) return;
  ask("/voximplant/detected", { call_id: callId, answered_by: who }).then((order) => {
    if (order.action === "hang_up") hangUp();
  });
}

// A machine's greeting ends with a beep; what is said before it is not kept.
function whenSilent(then) {
  let isDone = false;
  let quiet = null;
  const done = () => {
    clearTimeout(quiet);
    clearTimeout(limit);
    if (isDone || isOver) return;
    isDone = true;
    call.handleMicStatus(false);
    then();
  };
  const wait = () => { quiet = setTimeout(done, MACHINE_SILENCE_S * 1000); };
  const limit = setTimeout(done, MACHINE_S * 1000);
  call.handleMicStatus(true);
  call.addEventListener(CallEvents.MicStatusChange, (event) => {
    clearTimeout(quiet);
    if (!isDone && !event.active) wait();
  });
  wait();
}

// What the server says is done here.

function follow(order) {
  if (isOver) return;
  if (order.action === "connect") return connect(order);
  if (order.action === "say") return answered(() => sayAndPassOn(order));
  return hangUp();
}

function connect(order) {
  const socket = VoxEngine.createWebSocket(order.url, {
    headers: [{ name: "Authorization", value: "Bearer " + secret() }],
  });
  ws = socket;
  generation = 0;
  let isOpen = false;
  const late = setTimeout(() => {
    if (isOpen) return;
    socket.close();
    gone();
  }, OPEN_S * 1000);

  function gone() {
    clearTimeout(late);
    if (ws !== socket) return; // told already, or it was left on purpose
    ws = null;
    if (isOver || isTransferring) return;
    failures = isOpen ? 0 : failures + 1;
    if (failures >= ATTEMPTS) return follow(apology());
    ask("/voximplant/media-ended", { call_id: callId, connected: true }).then(follow);
  }

  socket.addEventListener(WebSocketEvents.OPEN, () => {
    isOpen = true;
    clearTimeout(late);
    answered(() => {
      if (ws !== socket) return;
      call.sendMediaTo(socket, {
        encoding: WebSocketAudioEncoding[order.encoding],
        tag: "caller",
        customParameters: { call_id: callId },
      });
      socket.sendMediaTo(call, { tag: "assistant" });
    });
  });
  socket.addEventListener(WebSocketEvents.MESSAGE, (event) => {
    if (ws === socket) control(event.text);
  });
  socket.addEventListener(WebSocketEvents.MEDIA_ENDED, () => {
    if (ws === socket) tell({ customEvent: "playback_ended", generation: generation });
  });
  socket.addEventListener(WebSocketEvents.ERROR, gone);
  socket.addEventListener(WebSocketEvents.CLOSE, gone);
}

function control(text) {
  const message = read(text);
  if (!message) return;
  switch (message.customEvent) {
    case "clear_media_buffer":
      generation = message.generation;
      ws.clearMediaBuffer();
      break;
    case "hang_up":
      tell({ customEvent: "done", id: message.id });
      hangUp();
      break;
    case "transfer":
      tell({ customEvent: "done", id: message.id });
      isTransferring = true;
      passOn(message);
      break;
    case "send_digits":
      for (const digit of message.digits) call.sendDigits(digit);
      tell({ customEvent: "done", id: message.id });
      break;
    default:
      if (message.id !== undefined) tell({ customEvent: "failed", id: message.id, reason: "unknown_request" });
  }
}

function sayAndPassOn(order) {
  const then = order.number ? () => passOn(order) : hangUp;
  if (order.line) say(order.line, then);
  else then();
}

// Rings a human. If nobody answers, or takes the call, the caller goes back to the agent or hears so.
function passOn(order) {
  if (isOver || human) return;
  const rung = VoxEngine.callPSTN(order.number, order.caller_id || call.number());
  human = rung;
  let isTaken = false;
  let hasFailed = false;
  const ringing = setTimeout(() => rung.hangup(), (order.ring_s || 25) * 1000);
  let briefing = null;
  const nobody = () => {
    clearTimeout(ringing);
    clearTimeout(briefing);
    if (isOver || isTaken || hasFailed) return;
    hasFailed = true;
    human = null;
    if (order.returns) return comeBack();
    if (order.nobody) say(order.nobody, hangUp);
    else hangUp();
  };
  const take = () => {
    if (isOver || hasFailed) return rung.hangup();
    if (isTaken) return;
    isTaken = true;
    clearTimeout(briefing);
    leaveSocket();
    VoxEngine.sendMediaBetween(call, rung);
  };
  rung.addEventListener(CallEvents.Connected, () => {
    clearTimeout(ringing);
    if (!order.briefed || isOver || hasFailed) return take();
    // A colleague's voicemail answers too, but presses no key.
    briefing = setTimeout(() => rung.hangup(), BRIEF_S * 1000);
    rung.handleTones(true);
    rung.addEventListener(CallEvents.ToneReceived, (event) => {
      if (String(event.tone) === "1") take();
      else rung.hangup();
    });
    ask("/voximplant/briefing", { call_id: callId }).then((answer) => {
      if (isOver || isTaken || hasFailed) return;
      if (answer.action === "brief") rung.say(answer.line.text, { language: voiceOf(answer.line.language) });
      else rung.hangup();
    });
  });
  rung.addEventListener(CallEvents.Failed, nobody);
  rung.addEventListener(CallEvents.Disconnected, () => (isTaken ? hangUp() : nobody()));
}

function comeBack() {
  leaveSocket();
  isTransferring = false;
  ask("/voximplant/returned", { call_id: callId }).then(follow);
}

// Says a sentence: its prepared sound, or its text in the platform's voice.
function say(line, then) {
  leaveSocket();
  let isDone = false;
  const done = () => {
    if (isDone) return;
    isDone = true;
    then();
  };
  const speak = () => {
    call.say(line.text, { language: voiceOf(line.language) });
    call.addEventListener(CallEvents.PlaybackFinished, done);
  };
  if (!line.url) return speak();
  const player = VoxEngine.createURLPlayer({ url: line.url });
  player.addEventListener(PlayerEvents.PlaybackFinished, (event) => (event.error ? speak() : done()));
  player.sendMediaTo(call);
}

function voiceOf(language) {
  const voices = {
    uk: VoiceList.Google.uk_UA_Standard_A,
    ru: VoiceList.Google.ru_RU_Standard_A,
    en: VoiceList.Google.en_US_Standard_C,
  };
  return voices[language] || voices[LANGUAGE];
}

function leaveSocket() {
  if (!ws) return;
  const socket = ws;
  ws = null;
  socket.close();
}

// Runs `then` once the call is answered, answering it if that has not been done.
function answered(then) {
  if (isAnswered) return then();
  call.addEventListener(CallEvents.Connected, then);
  call.answer();
}

function hangUp() {
  if (isOver) return;
  if (call) call.hangup();
  else end("failed", "no_call");
}

// The call is over: WebSockets outlive calls unless they are closed, and so does the session.
function end(status, reason) {
  if (isOver) return;
  isOver = true;
  leaveSocket();
  if (human) human.hangup();
  named
    .then(() => callId && ask("/voximplant/status", { call_id: callId, status: status, reason: String(reason || "") }))
    .then(() => VoxEngine.terminate());
}

function tell(message) {
  if (ws) ws.send(JSON.stringify(message));
}

// Asks the server; if it cannot be asked, the order is an apology.
function ask(path, body, attempt) {
  const number = attempt || 1;
  return Net.httpRequestAsync(base() + path, {
    method: "POST",
    headers: ["Content-Type: application/json", "Authorization: Bearer " + secret()],
    postData: JSON.stringify(body),
    timeout: REQUEST_S,
  }).then(
    (answer) => {
      if (answer.code === 204) return {};
      const order = answer.code === 200 ? read(answer.text) : null;
      if (order) return order;
      return answer.code >= 500 && number < ATTEMPTS ? ask(path, body, number + 1) : apology();
    },
    () => (number < ATTEMPTS ? ask(path, body, number + 1) : apology()),
  );
}

function apology() {
  if (!FALLBACK_NUMBER) {
    return { action: "say", line: { text: SORRY[LANGUAGE], url: null, language: LANGUAGE }, number: null };
  }
  return {
    action: "say",
    line: { text: SORRY_CONNECTING[LANGUAGE], url: null, language: LANGUAGE },
    number: FALLBACK_NUMBER,
    caller_id: call ? call.number() : "",
    nobody: { text: SORRY[LANGUAGE], url: null, language: LANGUAGE },
  };
}

function base() {
  return (VoxEngine.getSecretValue && VoxEngine.getSecretValue("AGENT_URL")) || BASE_URL;
}

function secret() {
  return (VoxEngine.getSecretValue && VoxEngine.getSecretValue("AGENT_SECRET")) || SECRET;
}

function read(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch (error) {
    return null;
  }
}
