// The sound of a work unit: the mix, and the voice alone for hard passages. All times are seconds of the recording.
//
// Each track has a media element of its own. Once both were heard they play together, one of them hushed and kept in
// step, so that changing over is nothing but hushing the other one: no gap, no jump.

import { type Signal, signal } from "@preact/signals";
import type { Unit } from "../document/types";

export type Track = "mix" | "voice";

/** Signed addresses of the sound, as `links` of a draft's entry has them. */
export interface Links {
  readonly mix: string;
  readonly voice: string;
  readonly mix_peaks: string;
  readonly voice_peaks: string;
}

/** A stretch to be played: once, or over and over. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly loop: boolean;
}

/**
 * Why there is no sound: no answer came (it is tried again), it is not kept, there is no voice alone, or the browser
 * cannot play it.
 */
export type Trouble = "offline" | "gone" | "voice_gone" | "unplayable";

export const SLOWEST = 0.5;
export const FASTEST = 2;

/**
 * As good as silent. Chromium plays what is muted, or has no volume at all, on another clock: such an element comes out
 * of step by 30 to 60 ms each time it is muted or not any more (measured with 156), one that is only hushed by 0.0 ms.
 */
const HUSHED = 0.0001;

/** How far the track that is not heard may be away from the other one before it is brought back, in seconds. */
const IN_STEP = 0.02;
/** The tracks may be changed over where they are no further apart: less than half a syllable. */
const NEAR = 0.03;
/** So far away a track is put anew; less is made up for by playing it slower or faster for a while. */
const ASTRAY = 0.25;
/** By how much slower or faster, where it is far away and where it is not: a change of pace comes 20 ms late. */
const HASTE = { far: 0.25, near: 0.1 };
const FAR = 0.05;
/** A media element says for so long after a change that it is where it should be, and only then where it is. */
const SETTLED_MS = 250;
/** So much later than it says does a media element begin that was put somewhere while it played, in seconds. */
const LATE = 0.06;
/** How long a track that is to be heard may take to come into step while the other one plays on. */
const PATIENCE_MS = 3000;
/** What was heard is told at least so often. */
const TELL_EVERY = 5;
/** How long to wait before a sound that did not come is asked for again. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

interface Given {
  readonly unit: Unit;
  readonly links: Links;
  /** New links in place of those that ran out. */
  readonly renew: () => Promise<Links>;
  /** What was really heard, at any rate and not muted: stretches that follow one another. */
  readonly onHeard?: (start: number, end: number) => void;
  /** Where sound comes from; tests hand in their own. */
  readonly element?: () => HTMLAudioElement;
}

export class Player {
  /** Where the sound is. */
  readonly time: Signal<number>;
  /** Whether it plays, or would as soon as it has loaded. */
  readonly playing = signal(false);
  /** How fast, ½ to 2; the pitch stays. */
  readonly rate = signal(1);
  readonly volume = signal(1);
  /** The track that is heard. */
  readonly track = signal<Track>("mix");
  /** The stretch that is played; null: everything up to the end. */
  readonly stretch = signal<Stretch | null>(null);
  /** Whether the sound where it stands has been loaded. */
  readonly ready = signal(false);
  readonly trouble = signal<Trouble | null>(null);
  /** It turned out that there is no voice-only sound. */
  readonly voiceGone = signal(false);
  readonly unit: Unit;

  private links: Links;
  private readonly sounds = new Map<Track, Sound>();
  private readonly ended = new AbortController();
  private wanted: Track = "mix";
  private frame = 0;
  private stop: ReturnType<typeof setTimeout> | undefined;
  private heard: { start: number; end: number } | null = null;
  /** From when on (by the clock of the page) it is known where the tracks are. */
  private settled = 0;
  /** Until when the track that is not heard plays slower or faster; 0: it does not. */
  private hasteUntil = 0;

  constructor(private readonly given: Given) {
    this.unit = given.unit;
    this.links = given.links;
    this.time = signal(given.unit.start);
    this.open("mix");
  }

  /** Go on playing; at the end, begin again. */
  play(): void {
    if (this.playing.value) return;
    if (this.time.value >= this.unit.end - 0.05) this.seek(this.unit.start);
    this.playing.value = true;
    for (const sound of this.sounds.values()) sound.play();
    this.unsettle();
    this.tick();
  }

  pause(): void {
    if (!this.playing.value) return;
    this.playing.value = false;
    clearTimeout(this.stop);
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    for (const sound of this.sounds.values()) sound.pause();
    this.arrive(this.position());
    this.tell();
  }

  toggle(): void {
    if (this.playing.value) this.pause();
    else this.play();
  }

  /** Play from `start`, and stop at `end` exactly, or begin again there. */
  playSpan(start: number, end: number, { loop = false }: { loop?: boolean } = {}): void {
    const from = this.within(start);
    const to = this.within(end);
    if (to <= from) return;
    this.seek(from);
    this.stretch.value = { start: from, end: to, loop };
    this.play();
    this.tick();
  }

  /** Play from `time` on, past every end. */
  playFrom(time: number): void {
    this.stretch.value = null;
    this.seek(time);
    this.play();
  }

  /** Go back a little, and play from there. */
  back(seconds = 2): void {
    this.seek(this.time.value - seconds);
    this.play();
  }

  /** Go to `time`. A stretch that it does not lie in is not played to its end any more. */
  seek(time: number): void {
    const there = this.within(time);
    const { value: stretch } = this.stretch;
    if (stretch && (there < stretch.start || there >= stretch.end)) this.stretch.value = null;
    if (this.playing.value) this.arrive(this.position());
    this.tell();
    for (const sound of this.sounds.values()) sound.put(there - this.unit.start);
    this.unsettle();
    this.time.value = there;
    if (this.playing.value) this.tick();
  }

  setRate(rate: number): void {
    this.rate.value = Math.min(FASTEST, Math.max(SLOWEST, rate));
    for (const sound of this.sounds.values()) sound.setRate(this.rate.value);
    this.unsettle();
    if (this.playing.value) this.tick();
  }

  setVolume(volume: number): void {
    this.arrive(this.position());
    this.tell();
    this.volume.value = Math.min(1, Math.max(0, volume));
    this.current.setVolume(Math.max(HUSHED, this.volume.value));
  }

  /** Hear the other track from the same place on, while it plays; comes back once it is heard, or cannot be. */
  async setTrack(track: Track): Promise<void> {
    this.wanted = track;
    if (track === this.track.value) return;
    const sound = this.sounds.get(track) ?? this.open(track);
    await this.inStep(sound);
    if (this.wanted !== track || this.ended.signal.aborted) return;
    if (sound.broken) {
      this.wanted = this.track.value;
      return;
    }
    this.current.setVolume(HUSHED);
    sound.setVolume(Math.max(HUSHED, this.volume.value));
    sound.setRate(this.rate.value);
    this.hasteUntil = 0;
    this.track.value = track;
    this.ready.value = sound.ready;
  }

  /** The track that is not heard now, or that is not asked for yet. */
  get other(): Track {
    return this.wanted === "mix" ? "voice" : "mix";
  }

  /** Get what a link leads to, with a new one where it ran out. Raises TypeError where no answer comes. */
  async fetch(name: keyof Links): Promise<Response> {
    const { signal } = this.ended;
    const answer = await fetch(this.links[name], { signal });
    if (answer.status !== 403) return answer;
    this.links = await this.given.renew();
    return fetch(this.links[name], { signal });
  }

  dispose(): void {
    this.pause();
    this.ended.abort();
    for (const sound of this.sounds.values()) sound.dispose();
  }

  private get current(): Sound {
    return this.sounds.get(this.track.peek()) as Sound;
  }

  private position(): number {
    return this.within(this.unit.start + this.current.at);
  }

  private within(time: number): number {
    return Math.min(this.unit.end, Math.max(this.unit.start, time));
  }

  private open(track: Track): Sound {
    const sound = new Sound((this.given.element ?? (() => new Audio()))(), {
      signal: this.ended.signal,
      fetch: () => this.fetch(track),
      link: () => this.links[track],
      onChange: () => {
        if (sound !== this.current) return;
        this.ready.value = sound.ready;
        if (sound.ready && this.trouble.value === "offline") this.trouble.value = null;
      },
      onTrouble: (trouble) => {
        const voiceGone = track === "voice" && trouble === "gone";
        if (voiceGone) this.voiceGone.value = true;
        this.trouble.value = voiceGone ? "voice_gone" : trouble;
        if (trouble !== "offline" && track === "mix") this.pause();
      },
      onTick: () => {
        if (sound === this.current && this.playing.peek()) this.tick();
      },
      onEnd: () => {
        if (sound === this.current) this.reach(this.stretch.peek()?.end ?? this.unit.end);
      },
      onOutside: (plays) => {
        if (sound !== this.current) return;
        if (plays) this.play();
        else this.pause();
      },
    });
    this.sounds.set(track, sound);
    sound.setVolume(track === this.track.peek() ? this.volume.peek() : HUSHED);
    sound.setRate(this.rate.peek());
    sound.put(this.time.peek() - this.unit.start);
    if (this.playing.peek()) sound.play();
    this.unsettle();
    return sound;
  }

  /** Once `sound` has loaded, and is where the one that is heard is; or broken; or patience is over. */
  private inStep(sound: Sound): Promise<void> {
    const began = performance.now();
    return new Promise((done) => {
      const look = () => {
        const now = performance.now();
        const near = now >= this.settled && Math.abs(sound.at - this.current.at) < NEAR;
        const enough = near || now - began > PATIENCE_MS || !this.playing.peek();
        if (this.ended.signal.aborted || sound.broken || (sound.ready && enough)) done();
        else setTimeout(look, 25);
      };
      look();
    });
  }

  private unsettle(): void {
    this.settled = performance.now() + SETTLED_MS;
    this.hasteUntil = 0;
  }

  /** Bring `sound` nearer to the one that is heard. */
  private follow(sound: Sound): void {
    const now = performance.now();
    const rate = this.rate.peek();
    if (!sound.ready || !this.current.ready) this.unsettle();
    if (now < this.settled || now < this.hasteUntil) return;
    if (this.hasteUntil > 0) {
      sound.setRate(rate);
      this.unsettle();
      return;
    }
    const ahead = sound.at - this.current.at;
    const away = Math.abs(ahead);
    if (away > ASTRAY) {
      sound.put(this.current.at + LATE * rate);
      this.unsettle();
    } else if (away > IN_STEP) {
      const haste = away > FAR ? HASTE.far : HASTE.near;
      sound.setRate(rate * (ahead > 0 ? 1 - haste : 1 + haste));
      this.hasteUntil = now + (away / haste / rate) * 1000;
    }
  }

  private readonly tick = (): void => {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.stop);
    if (!this.playing.peek()) return;
    const now = this.position();
    const { value: stretch } = this.stretch;
    if (stretch && now >= stretch.end) {
      this.reach(stretch.end);
      return;
    }
    this.arrive(now);
    for (const sound of this.sounds.values()) if (sound !== this.current) this.follow(sound);
    // A frame comes too seldom to stop in time, and not at all while the page is hidden.
    if (stretch) this.stop = setTimeout(this.tick, ((stretch.end - now) / this.rate.peek()) * 1000);
    this.frame = requestAnimationFrame(this.tick);
  };

  /** The end of the stretch, or of the unit, was reached. */
  private reach(end: number): void {
    const { value: stretch } = this.stretch;
    this.arrive(end);
    if (stretch?.loop) {
      this.seek(stretch.start);
      for (const sound of this.sounds.values()) sound.play();
      return;
    }
    this.pause();
    this.stretch.value = null;
    for (const sound of this.sounds.values()) sound.put(end - this.unit.start);
    this.time.value = end;
  }

  /** The sound has come to `now`; what it passed since it was last asked was heard. */
  private arrive(now: number): void {
    const audible = this.volume.peek() > 0;
    if (this.heard) this.heard.end = Math.max(this.heard.end, now);
    else if (audible && this.playing.peek()) this.heard = { start: now, end: now };
    if (this.heard && this.heard.end - this.heard.start >= TELL_EVERY) {
      this.tell();
      this.heard = { start: now, end: now };
    }
    this.time.value = now;
  }

  private tell(): void {
    const heard = this.heard;
    this.heard = null;
    if (heard && heard.end > heard.start) this.given.onHeard?.(heard.start, heard.end);
  }
}

interface Around {
  readonly signal: AbortSignal;
  readonly link: () => string;
  /** The whole sound; the link is renewed where it ran out. */
  readonly fetch: () => Promise<Response>;
  readonly onChange: () => void;
  readonly onTrouble: (trouble: Trouble) => void;
  readonly onTick: () => void;
  readonly onEnd: () => void;
  /** It was started or stopped by a key of the headphones, or the browser plays nothing before a key was pressed. */
  readonly onOutside: (plays: boolean) => void;
}

/**
 * One track, in seconds from the start of the clip. It plays while it loads; meanwhile the whole of it is fetched, so
 * that from then on no link runs out, no connection breaks, and every place can be gone to at once.
 */
class Sound {
  /** It will never be heard. */
  broken = false;
  private wanted = false;
  /** Where to go once anything has loaded. */
  private target: number | null = null;
  private whole: Blob | null = null;
  private address = "";
  private fetching = false;
  private wait = FIRST_WAIT_MS;
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly element: HTMLAudioElement,
    private readonly around: Around,
  ) {
    const on = (name: string, act: () => void) =>
      element.addEventListener(name, act, { signal: around.signal });
    element.preload = "auto";
    element.preservesPitch = true;
    on("loadedmetadata", () => {
      if (this.target !== null) element.currentTime = this.target;
      this.target = null;
    });
    on("canplaythrough", () => void this.fetchWhole());
    for (const name of ["canplay", "playing", "waiting", "seeking", "seeked", "emptied"])
      on(name, around.onChange);
    on("timeupdate", around.onTick);
    on("ended", around.onEnd);
    // These come late: what was told may be over.
    on("play", () => {
      if (!this.wanted && !element.paused) around.onOutside(true);
    });
    on("pause", () => {
      if (this.wanted && element.paused && !element.ended && !element.error) around.onOutside(false);
      this.change();
    });
    on("error", () => {
      if (this.address) this.breaks("unplayable");
      else void this.fetchWhole();
    });
    addEventListener("online", () => void this.fetchWhole(), { signal: around.signal });
    element.src = around.link();
  }

  get at(): number {
    return this.target ?? this.element.currentTime;
  }

  /** Whether it could go on playing now. */
  get ready(): boolean {
    return this.element.readyState >= 3 && !this.element.seeking;
  }

  play(): void {
    this.wanted = true;
    this.element.play().catch((error: unknown) => {
      const refused = error instanceof DOMException && error.name === "NotAllowedError";
      if (refused) this.around.onOutside(false);
    });
  }

  pause(): void {
    this.wanted = false;
    this.element.pause();
  }

  put(seconds: number): void {
    if (this.element.readyState >= 1) this.element.currentTime = seconds;
    else this.target = seconds;
  }

  setVolume(volume: number): void {
    this.element.volume = volume;
    // Where the volume is the device's alone (iOS), a track can only be muted.
    this.element.muted = volume === HUSHED && this.element.volume !== HUSHED;
  }

  setRate(rate: number): void {
    if (rate === this.element.playbackRate) return;
    this.element.defaultPlaybackRate = rate;
    this.element.playbackRate = rate;
  }

  dispose(): void {
    clearTimeout(this.again);
    this.pause();
    this.element.removeAttribute("src");
    this.element.load();
    if (this.address) URL.revokeObjectURL(this.address);
  }

  private async fetchWhole(): Promise<void> {
    if (this.fetching || this.whole || this.broken) return;
    this.fetching = true;
    clearTimeout(this.again);
    try {
      const answer = await this.around.fetch();
      if (answer.ok) {
        this.whole = await answer.blob();
        this.change();
      } else if (answer.status >= 500 || answer.status === 429) this.later();
      else if (this.element.error) this.breaks("gone");
    } catch {
      this.later();
    } finally {
      this.fetching = false;
    }
  }

  private later(): void {
    if (this.around.signal.aborted) return;
    if (this.element.error) this.around.onTrouble("offline");
    this.again = setTimeout(() => void this.fetchWhole(), this.wait);
    this.wait = Math.min(LONGEST_WAIT_MS, 2 * this.wait);
  }

  /** Play from the whole sound, once it is there and nobody listens; or at once where what was listened to broke off. */
  private change(): void {
    const { element, whole } = this;
    if (!whole || this.address || this.around.signal.aborted || (this.wanted && !element.error)) return;
    this.target = this.at;
    this.address = URL.createObjectURL(whole);
    element.src = this.address;
    if (this.wanted) this.play();
  }

  private breaks(trouble: Trouble): void {
    this.broken = true;
    this.around.onTrouble(trouble);
  }
}
