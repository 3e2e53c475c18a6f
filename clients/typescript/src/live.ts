// A live session: audio goes in while it is recorded, typed events come out. It keeps no audio and
// opens no second connection by itself: `point` and `ready` are what a caller needs to go on.
import { ApiError, type ResumePoint, SessionCut, UnexpectedAnswer } from "./errors.js";
import type { components } from "./generated/api.js";

type Schemas = components["schemas"];

/** What is heard behind `ready`. An `error` is about its segment, and the rest goes on. */
export type LiveEvent =
  | Schemas["AckEvent"]
  | Schemas["SegmentEvent"]
  | Schemas["FieldEvent"]
  | Schemas["DeltaEvent"]
  | Schemas["FinalEvent"]
  | Schemas["LaggingEvent"]
  | Schemas["ErrorEvent"]
  | Schemas["GoingAwayEvent"]
  | Schemas["DoneEvent"];

export interface LiveOptions {
  apiKey?: string;
  /** How the audio is coded; pcm16 when left out. */
  encoding?: Schemas["Start"]["encoding"];
  /** Of pcm16, 16000 when left out. Opus counts at 48000 and takes no other. */
  sampleRateHz?: number;
  words?: boolean;
  maxTokens?: number;
  /** Goes on with a session. */
  resume?: ResumePoint;
  /** The platform's own when left out; Node has one from version 22 on. */
  WebSocket?: new (url: string, protocols: string[]) => WebSocket;
}

const NAMES: ReadonlySet<string> = new Set<LiveEvent["event"]>([
  "ack",
  "segment",
  "field",
  "delta",
  "final",
  "lagging",
  "error",
  "going_away",
  "done",
]);

export class LiveSession {
  /**
   * What the server said at the start: audio goes on behind `acknowledged_samples`, a stream of webm
   * or ogg behind `acknowledged_bytes`.
   */
  readonly ready: Schemas["Ready"];
  readonly #socket: WebSocket;
  readonly #inbox: Inbox;
  #point: ResumePoint;

  private constructor(
    socket: WebSocket,
    inbox: Inbox,
    ready: Schemas["Ready"],
    lastNumber: number,
  ) {
    this.#socket = socket;
    this.#inbox = inbox;
    this.ready = ready;
    this.#point = { resumeToken: ready.resume_token, lastNumber };
  }

  /** Opens a session, or goes on with one. Throws ApiError when the server refuses it. */
  static async open(baseUrl: string, options: LiveOptions = {}): Promise<LiveSession> {
    const url = `${baseUrl.replace(/\/+$/, "").replace(/^http/, "ws")}/v1/stream`;
    const socket = new (options.WebSocket ?? WebSocket)(url, protocols(options.apiKey));
    const inbox = new Inbox(socket);
    socket.addEventListener("open", () => socket.send(JSON.stringify(firstMessage(options))));
    const message = await inbox.next();
    if (message === null) throw new SessionCut(options.resume ?? null, inbox.closeCode);
    if (message.event === "error") throw apiError(message as Schemas["ErrorEvent"]);
    if (message.event !== "ready") throw new UnexpectedAnswer("the session did not begin");
    const { data } = message as Schemas["ReadyEvent"];
    return new LiveSession(socket, inbox, data, options.resume?.lastNumber ?? 0);
  }

  /** From where another connection can go on. */
  get point(): ResumePoint {
    return this.#point;
  }

  /** Bytes that wait to be sent; hold back while they grow. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /**
   * Sends a message of audio in the session's encoding: whole samples, 16 bit, little-endian, mono;
   * one packet of Opus, or nothing for one that was lost; what a MediaRecorder of WebM or Ogg gave.
   * At most `live_message_bytes` of GET /v1/limits.
   */
  send(audio: Int16Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | ArrayBuffer | Blob): void {
    this.#socket.send(audio);
  }

  /** Says that there is no more audio; the last documents come, then `done`. */
  end(): void {
    this.#socket.send(JSON.stringify({ type: "end" } satisfies Schemas["End"]));
  }

  /** Closes the connection without waiting for what was not heard yet. */
  close(): void {
    this.#socket.close();
  }

  /**
   * Every event to `done`. Throws ApiError when the session ends with an error, SessionCut when the
   * connection does.
   */
  async *events(): AsyncGenerator<LiveEvent, void, undefined> {
    for (;;) {
      const message = await this.#inbox.next();
      if (message === null) throw new SessionCut(this.#point, this.#inbox.closeCode);
      if (!NAMES.has(message.event)) continue;
      const event = message as LiveEvent;
      this.#remember(event);
      if (event.event === "error" && !event.segment) throw apiError(event);
      yield event;
      if (event.event === "done") return;
    }
  }

  #remember(event: LiveEvent): void {
    this.#point = {
      // The one of `going_away` is good for the next server.
      resumeToken: event.event === "going_away" ? event.data.resume_token : this.#point.resumeToken,
      lastNumber: ("number" in event && event.number) || this.#point.lastNumber,
    };
  }
}

interface Message {
  event: string;
}

/** What has arrived and was not read yet. */
class Inbox {
  /** Close code; 0 while the connection is open. */
  closeCode = 0;
  readonly #texts: unknown[] = [];
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket) {
    socket.addEventListener("message", ({ data }) => {
      this.#texts.push(data);
      this.#wake();
    });
    // What went wrong is told by the close code that follows.
    socket.addEventListener("error", () => undefined);
    socket.addEventListener("close", ({ code }) => {
      this.closeCode = code;
      this.#wake();
    });
  }

  /** The next message, or null when the connection has ended. */
  async next(): Promise<Message | null> {
    while (this.#texts.length === 0) {
      if (this.closeCode !== 0) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const message: unknown = JSON.parse(String(this.#texts.shift()));
    if (typeof message === "object" && message !== null && "event" in message) {
      return message as Message;
    }
    throw new UnexpectedAnswer("a message that is no event");
  }
}

function firstMessage(options: LiveOptions): Schemas["Start"] | Schemas["Resume"] {
  if (options.resume) {
    const { resumeToken, lastNumber } = options.resume;
    return { type: "resume", resume_token: resumeToken, last_number: lastNumber };
  }
  return {
    type: "start",
    encoding: options.encoding ?? "pcm16",
    sample_rate_hz: options.sampleRateHz ?? null,
    words: options.words ?? false,
    max_tokens: options.maxTokens ?? null,
    model: null,
  };
}

/** A page can set no headers on a WebSocket; the key travels as a subprotocol, in base64url. */
function protocols(apiKey: string | undefined): string[] {
  if (apiKey === undefined) return ["uas.v1"];
  const bytes = String.fromCharCode(...new TextEncoder().encode(apiKey));
  const key = btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return ["uas.v1", `uas.bearer.${key}`];
}

function apiError({ data }: Schemas["ErrorEvent"]): ApiError {
  return new ApiError(data.error.message, { detail: data.error });
}
