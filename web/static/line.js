/** The sound connection between this browser and the server: one audio track each way (WebRTC). */
import { sendOffer } from "./api.js";
import { Problem } from "./problem.js";

const GATHER_MS = 1_500;
const CONNECT_MS = 20_000;

/**
 * Emits `state` events: detail is "up", "unsteady", or once, at the end, "down" (somebody closed the line)
 * or "lost" (the network broke).
 */
export class Line extends EventTarget {
  /** Whether "down" or "lost" has been said. */
  isOver = false;
  #peer;
  #sender;

  /** @param {RTCIceServer[]} iceServers [] on a local network */
  constructor(iceServers) {
    super();
    this.#peer = new RTCPeerConnection({ iceServers });
    /** What the agent says. */
    this.remote = new MediaStream();
  }

  /**
   * Offers the line and resolves once sound can flow.
   * @param {MediaStreamTrack} track the caller's voice
   * @param {{language?: string, from_number?: string, call_id?: string}} call
   * @param {(callId: string) => void} onAnswer called as soon as the server has taken the call
   */
  async open(track, call, onAnswer, signal) {
    const peer = this.#peer;
    peer.addEventListener("track", (event) => this.remote.addTrack(event.track));
    const transceiver = peer.addTransceiver(track, { direction: "sendrecv" });
    this.#sender = transceiver.sender;
    this.#listenForGoodbye();
    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    const { sdp, type } = peer.localDescription;
    const answer = await sendOffer({ sdp, type, ...call }, signal);
    signal.throwIfAborted();
    onAnswer(answer.call_id);
    const connected = this.#connected(signal);
    connected.catch(() => {}); // awaited below; a bad answer must not leave it unobserved
    try {
      await peer.setRemoteDescription({ sdp: answer.sdp, type: answer.type });
    } catch (error) {
      throw new Problem("server_error", error);
    }
    await connected;
    peer.addEventListener("connectionstatechange", () => this.#follow(peer.connectionState));
    this.#follow(peer.connectionState);
  }

  /** Speaks through another microphone from now on. */
  replaceTrack(track) {
    return this.#sender.replaceTrack(track);
  }

  /** Ends the line; the server notices at once. */
  close() {
    this.#peer.close();
    this.#finish("down");
  }

  async #connected(signal) {
    const peer = this.#peer;
    const listening = new AbortController();
    const options = { signal: listening.signal };
    let timer;
    try {
      await new Promise((resolve, reject) => {
        const fail = () => reject(new Problem("line_failed"));
        const check = () => {
          if (peer.connectionState === "connected") resolve();
          else if (["failed", "closed"].includes(peer.connectionState)) fail();
        };
        timer = setTimeout(fail, CONNECT_MS);
        peer.addEventListener("connectionstatechange", check, options);
        this.addEventListener("state", fail, options);
        signal.addEventListener("abort", () => reject(signal.reason), options);
        check();
      });
    } finally {
      clearTimeout(timer);
      listening.abort();
    }
  }

  // The server's own goodbye: Pipecat says `peerLeft` on the data channel, then closes. Pipecat's optional
  // `ping` is not sent on purpose: having seen one, it takes a phone whose screen sleeps for gone.
  #listenForGoodbye() {
    const channel = this.#peer.createDataChannel("signalling", { ordered: true });
    channel.addEventListener("close", () => this.#finish("down"));
    channel.addEventListener("message", ({ data }) => {
      if (typeof data !== "string" || !data.includes("peerLeft")) return;
      this.#finish("down");
    });
  }

  #follow(state) {
    if (state === "connected") this.#tell("up");
    else if (state === "disconnected") this.#tell("unsteady");
    else if (state === "failed") this.#finish("lost");
    else if (state === "closed") this.#finish("down");
  }

  #finish(detail) {
    this.#tell(detail);
    this.isOver = true;
  }

  #tell(detail) {
    if (!this.isOver) this.dispatchEvent(new CustomEvent("state", { detail }));
  }
}

function gathered(peer) {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    // An unreachable address server must not hold up the call: what is known by then is offered.
    const timer = setTimeout(resolve, GATHER_MS);
    peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      resolve();
    });
  });
}
