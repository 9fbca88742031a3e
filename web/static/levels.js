/** Loudness of a sound stream, for meters. */

const FLOOR_DBFS = -62;
const CEILING_DBFS = -14;

/** One AudioContext for both sides; made at the click that starts the call, as browsers demand. */
export class Levels {
  #context = new AudioContext();
  #buffer = new Float32Array(1024);

  /** Follows `stream`; ask the returned function for its level now. */
  follow(stream) {
    if (stream.getAudioTracks().length === 0) return () => ({ dbfs: -120, share: 0 });
    const source = this.#context.createMediaStreamSource(stream);
    const analyser = new AnalyserNode(this.#context, { fftSize: 1024 });
    source.connect(analyser);
    return () => this.#measure(analyser);
  }

  /** Frees the audio hardware. */
  close() {
    return this.#context.close();
  }

  /** @returns {{dbfs: number, share: number}} share: 0 (silence) to 1 (loud speech) on the meter */
  #measure(analyser) {
    analyser.getFloatTimeDomainData(this.#buffer);
    let sum = 0;
    for (const sample of this.#buffer) sum += sample * sample;
    const dbfs = 10 * Math.log10(sum / this.#buffer.length + 1e-12);
    const share = (dbfs - FLOOR_DBFS) / (CEILING_DBFS - FLOOR_DBFS);
    return { dbfs, share: Math.min(1, Math.max(0, share)) };
  }
}
