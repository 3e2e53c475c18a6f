// The sound of one clip and its wave. Knows nothing of documents.

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const seconds = (time) => time.toFixed(1);
const element = (id) => document.getElementById(id);

class Player {
  #audio = element("audio");
  #position = element("position");
  #mediaType;
  #length = 0;
  #url = "";

  constructor(mediaType) {
    this.#mediaType = mediaType;
    const audio = this.#audio;
    element("play").addEventListener("click", () => this.toggle());
    this.#position.addEventListener("input", () => this.seek(Number(this.#position.value)));
    for (const event of ["play", "pause", "ended", "seeked"]) {
      audio.addEventListener(event, () => this.#follow());
    }
    audio.addEventListener("error", () => say("This browser cannot play the sound (WebM with Opus): take another."));
  }

  open(number, item, play) {
    URL.revokeObjectURL(this.#url);
    const sound = bytesOf(element(`sound-${number}`).textContent);
    this.#url = URL.createObjectURL(new Blob([sound], { type: this.#mediaType }));
    this.#length = item.duration_s;
    this.#position.max = String(item.duration_s);
    this.#audio.src = this.#url;
    const shape = wave(bytesOf(item.peaks));
    element("wave").setAttribute("d", shape);
    element("wave-played").setAttribute("d", shape);
    this.#show(0);
    if (play) this.#play();
  }

  toggle() {
    if (this.#audio.paused) this.#play();
    else this.#audio.pause();
  }

  restart() {
    this.seek(0);
    this.#play();
  }

  skip(by) {
    this.seek(this.#audio.currentTime + by);
  }

  seek(time) {
    this.#audio.currentTime = Math.min(Math.max(time, 0), this.#length);
    this.#show(this.#audio.currentTime);
  }

  #play() {
    // Browsers refuse to play before a key or a click: the button still works then.
    this.#audio.play().catch(() => this.#follow());
  }

  #follow() {
    element("play").textContent = this.#audio.paused ? "Play" : "Pause";
    this.#show(this.#audio.currentTime);
    if (!this.#audio.paused) requestAnimationFrame(() => this.#follow());
  }

  #show(time) {
    const share = this.#length ? time / this.#length : 0;
    element("played-part").setAttribute("width", String(480 * share));
    this.#position.value = String(time);
    this.#position.setAttribute("aria-valuetext", `${seconds(time)} s`);
    element("time").textContent = `${seconds(time)} / ${seconds(this.#length)} s`;
  }
}

// One bar, mirrored, for each byte.
function wave(peaks) {
  const width = 480 / peaks.length;
  return Array.from(peaks, (peak, column) => {
    const half = Math.max(0.5, (48 * peak) / 255);
    return `M${column * width} ${50 - half}h${0.7 * width}v${2 * half}h${-0.7 * width}z`;
  }).join("");
}
