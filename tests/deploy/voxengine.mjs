// The objects of VoxEngine that the scenario uses, over Node's own HTTP and WebSocket. Tells what the scenario does as
// JSON lines on stdout, and does what JSON lines on stdin say: {"do": "ring" | "tone" | "hang_up" | "send" | …}.
import fs from "node:fs";
import readline from "node:readline";
import vm from "node:vm";

const [, , scenario, base, connectTo, secret, customData] = process.argv;
const haste = Number(process.env.HASTE || 1); // the scenario's seconds pass so much faster
const tell = (what, more = {}) => process.stdout.write(JSON.stringify({ what, ...more }) + "\n");

class Emitter {
  constructor() { this.listeners = {}; }
  addEventListener(name, listener) {
    if (typeof name !== "string") throw new Error("addEventListener: no such event");
    (this.listeners[name] ||= []).push(listener);
  }
  emit(name, event = {}) { for (const listener of [...(this.listeners[name] || [])]) listener(event); }
}

const names = (...list) => Object.freeze(Object.fromEntries(list.map((name) => [name, name])));
const AppEvents = names("Started", "CallAlerting", "HttpRequest");
const CallEvents = names("Connected", "Disconnected", "Failed", "ToneReceived", "PlaybackFinished", "MicStatusChange");
const WebSocketEvents = names("OPEN", "CLOSE", "ERROR", "MESSAGE", "MEDIA_ENDED");
const PlayerEvents = names("PlaybackFinished");
const WebSocketAudioEncoding = names("ULAW", "ALAW", "PCM16_8KHZ");
const VoiceList = { Google: { uk_UA_Standard_A: "uk", ru_RU_Standard_A: "ru", en_US_Standard_C: "en" } };

const Modules = names("AMD");
const loaded = [];
const detectors = [];
class Detector extends Emitter {
  constructor(parameters) {
    super();
    if (!loaded.includes(Modules.AMD)) throw new Error("AMD: the module was not required");
    if (!parameters.model) throw new Error("AMD.create: no model");
    detectors.push(this);
  }
}
const AMD = {
  create: (parameters) => { tell("AMD.create", parameters); return new Detector(parameters); },
  Model: names("EU_GENERAL", "RU", "US"),
  Events: names("DetectionComplete", "DetectionError"),
  ResultClass: names("HUMAN", "VOICEMAIL", "TIMEOUT", "CALL_ENDED"),
};

const calls = [];
const sockets = [];
const players = [];

class Call extends Emitter {
  constructor(kind, from, to) {
    super();
    Object.assign(this, { kind, from, to, state: "alerting", index: calls.length });
    calls.push(this);
  }
  id() { return "node-" + process.pid + "-" + this.index; }
  callerid() { return this.from; }
  number() { return this.to; }
  handleTones(on) { tell("handleTones", { on }); }
  handleMicStatus(on) { tell("handleMicStatus", { on }); }
  answer() {
    if (this.state !== "alerting" || this.kind !== "inbound") throw new Error("answer: the call is not alerting");
    tell("answer");
    this.connect();
  }
  connect() { this.state = "connected"; setTimeout(() => this.emit(CallEvents.Connected)); }
  reject(code) { tell("reject", { code }); this.state = "over"; }
  hangup() {
    if (this.state === "over") return;
    tell("hangup", { call: this.index });
    this.finish();
  }
  finish() {
    const event = this.state === "connected" ? CallEvents.Disconnected : CallEvents.Failed;
    this.state = "over";
    setTimeout(() => this.emit(event, { code: 487 }));
  }
  sendDigits(digits) { tell("sendDigits", { digits }); }
  say(text, options) {
    if (!options || !options.language) throw new Error("say: no language");
    tell("say", this.index ? { text, language: options.language, call: this.index } : { text, language: options.language });
    setTimeout(() => this.emit(CallEvents.PlaybackFinished), 20);
  }
  sendMediaTo(target, options) {
    if (this.state !== "connected") throw new Error("sendMediaTo: the call is not connected");
    tell("sendMediaTo", { from: "call", options });
    const start = { tag: options.tag, mediaFormat: { encoding: options.encoding, sampleRate: 8000 } };
    start.customParameters = JSON.stringify(options.customParameters);
    target.transmit({ event: "start", sequenceNumber: 0, start });
  }
}

class Socket extends Emitter {
  constructor(url, options) {
    super();
    sockets.push(this);
    tell("createWebSocket", { path: new URL(url).pathname });
    const headers = Object.fromEntries(options.headers.map((header) => [header.name, header.value]));
    this.ws = new WebSocket(url.replace(base.replace("https", "wss"), connectTo.replace("http", "ws")), { headers });
    this.ws.onopen = () => this.emit(WebSocketEvents.OPEN);
    this.ws.onclose = () => { tell("closed"); this.emit(WebSocketEvents.CLOSE); };
    this.ws.onerror = () => this.emit(WebSocketEvents.ERROR);
    this.ws.onmessage = (message) => {
      const body = parse(message.data);
      tell("message", { text: String(message.data) });
      if (!body || !("event" in body)) this.emit(WebSocketEvents.MESSAGE, { text: message.data });
    };
  }
  transmit(body) { this.ws.send(JSON.stringify(body)); }
  send(text) { if (this.ws.readyState === 1) this.ws.send(text); }
  sendMediaTo(target, options) { tell("sendMediaTo", { from: "socket", options }); }
  clearMediaBuffer() { tell("clearMediaBuffer"); }
  close() { this.ws.close(); }
}

class Player extends Emitter {
  constructor(request) { super(); this.url = request.url; players.push(this); }
  sendMediaTo() {
    tell("play", { url: this.url });
    setTimeout(() => this.emit(PlayerEvents.PlaybackFinished, process.env.NO_SOUND ? { error: "404" } : {}), 20);
  }
}

const app = new Emitter();
const VoxEngine = {
  addEventListener: (name, listener) => app.addEventListener(name, listener),
  customData: () => customData || "",
  getSecretValue: (name) => ({ AGENT_URL: base, AGENT_SECRET: secret })[name],
  createWebSocket: (url, options) => new Socket(url, options),
  createURLPlayer: (request) => new Player(request),
  callPSTN: (number, callerId, parameters) => {
    if (parameters && parameters.amd && !(parameters.amd instanceof Detector)) throw new Error("callPSTN: no detector");
    tell("callPSTN", { number, callerId, detects: Boolean(parameters && parameters.amd) });
    return new Call("outbound", callerId, number);
  },
  sendMediaBetween: (one, two) => tell("sendMediaBetween", { calls: [one.index, two.index] }),
  terminate: () => { tell("terminate"); setTimeout(() => process.exit(0), 20); },
};
const Net = {
  httpRequestAsync: async (url, options) => {
    if (url.includes("/voximplant/") && !options.headers.some((header) => header.startsWith("Authorization: ")))
      throw new Error("no secret");
    const headers = Object.fromEntries(options.headers.map((header) => header.split(/: (.*)/s).slice(0, 2)));
    const answer = await fetch(url.replace(base, connectTo), { method: options.method, headers, body: options.postData })
      .catch(() => null);
    tell("http", { path: new URL(url).pathname, code: answer ? answer.status : -1 });
    return answer ? { code: answer.status, text: await answer.text() } : { code: 503, text: "" };
  },
};

function parse(text) { try { return JSON.parse(text); } catch { return null; } }

const acts = {
  ring: ({ from, to }) => app.emit(AppEvents.CallAlerting, { call: new Call("inbound", from, to) }),
  tone: ({ digit, call = 0 }) => calls[call].emit(CallEvents.ToneReceived, { tone: digit }),
  http: ({ content }) => app.emit(AppEvents.HttpRequest, { content }),
  mic: ({ active }) => calls[0].emit(CallEvents.MicStatusChange, { active }),
  detected: ({ result }) => detectors.at(-1).emit(AMD.Events.DetectionComplete, { resultClass: result, confidence: 90 }),
  send: ({ text }) => sockets.at(-1).ws.send(text),
  media_ended: () => sockets.at(-1).emit(WebSocketEvents.MEDIA_ENDED, {}),
  hang_up: ({ call = 0 }) => calls[call].finish(),
  pick_up: ({ call }) => calls[call].connect(),
};
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { do: name, ...fields } = JSON.parse(line);
  acts[name](fields);
});

vm.runInNewContext(fs.readFileSync(scenario, "utf8"), {
  VoxEngine, Net, AppEvents, CallEvents, WebSocketEvents, PlayerEvents, WebSocketAudioEncoding, VoiceList,
  setTimeout: (act, ms, ...rest) => setTimeout(act, ms / haste, ...rest), clearTimeout,
  Modules, AMD, require: (name) => { if (!Modules[name]) throw new Error("require: no such module"); loaded.push(name); },
}, { filename: scenario });
tell("ready");
app.emit(AppEvents.Started, {});
