import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Links, Player } from "../../src/sound/player";

const LINKS: Links = { mix: "/mix", voice: "/voice", mix_peaks: "/mix/peaks", voice_peaks: "/voice/peaks" };

/** A media element whose sound has loaded at once, and goes on by the faked clock. */
class Element extends EventTarget {
  readyState = 0;
  paused = true;
  muted = false;
  volume = 1;
  seeking = false;
  defaultPlaybackRate = 1;
  preload = "";
  preservesPitch = false;
  error: { code: number } | null = null;
  readonly put: number[] = [];
  private address = "";
  private speed = 1;
  private from = 0;
  private since = 0;

  constructor(
    readonly length: number,
    /** How far the clock of this one goes wrong. */
    private readonly skew = 1,
  ) {
    super();
  }

  get src(): string {
    return this.address;
  }
  set src(address: string) {
    this.address = address;
    this.from = 0;
    this.error = null;
    this.paused = true;
    this.load();
    setTimeout(() => {
      if (this.address !== address || this.error) return;
      this.readyState = 4;
      for (const name of ["loadedmetadata", "canplay", "canplaythrough"]) this.tell(name);
    });
  }
  get ended(): boolean {
    return this.currentTime >= this.length;
  }
  get currentTime(): number {
    const passed = this.paused ? 0 : ((performance.now() - this.since) / 1000) * this.speed * this.skew;
    return Math.min(this.length, this.from + passed);
  }
  set currentTime(seconds: number) {
    this.put.push(seconds);
    this.settle(seconds);
  }
  get playbackRate(): number {
    return this.speed;
  }
  set playbackRate(rate: number) {
    this.settle(this.currentTime);
    this.speed = rate;
  }
  load(): void {
    this.readyState = 0;
  }
  removeAttribute(): void {
    this.address = "";
  }
  async play(): Promise<void> {
    if (!this.paused) return;
    this.settle(this.currentTime);
    this.paused = false;
    setTimeout(() => this.tell("play"));
  }
  pause(): void {
    if (this.paused) return;
    this.settle(this.currentTime);
    this.paused = true;
    setTimeout(() => this.tell("pause"));
  }
  fail(): void {
    this.error = { code: 2 };
    this.tell("error");
  }
  tell(name: string): void {
    this.dispatchEvent(new Event(name));
  }
  private settle(seconds: number): void {
    this.from = seconds;
    this.since = performance.now();
  }
}

const elements: Element[] = [];
const heard: [number, number][] = [];
let answers: (() => Response | Promise<Response>)[] = [];
let asked: string[] = [];
let page: EventTarget;

function player(made: () => Element = () => new Element(60)): Player {
  return new Player({
    unit: { start: 100, end: 160 },
    links: LINKS,
    renew: async () => ({ ...LINKS, mix: "/mix?new" }),
    onHeard: (start, end) => heard.push([start, end]),
    element: () => {
      const element = made();
      elements.push(element);
      return element as unknown as HTMLAudioElement;
    },
  });
}

const after = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const element = (place: number): Element => elements[place] as Element;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  vi.stubGlobal("requestAnimationFrame", (act: () => void) => setTimeout(act, 16));
  vi.stubGlobal("cancelAnimationFrame", (frame: number) => clearTimeout(frame));
  page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("fetch", async (address: string) => {
    asked.push(address);
    return (answers.shift() ?? (() => new Response("sound")))();
  });
  elements.length = 0;
  heard.length = 0;
  answers = [];
  asked = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("the clip's beginning is where the unit begins in the recording", async () => {
  const sound = player();
  expect(sound.time.value).toBe(100);

  await after(10);
  sound.playFrom(110);
  await after(1000);

  expect(element(0).currentTime).toBeCloseTo(11, 1);
  expect(sound.time.value).toBeCloseTo(111, 1);
});

test("a place that is asked for before anything has loaded is gone to once it has", async () => {
  const sound = player();
  sound.seek(130);
  await after(10);

  expect(element(0).currentTime).toBe(30);
});

test("a span stops at its end exactly, however fast it is played", async () => {
  const sound = player();
  await after(10);
  sound.setRate(1.5);
  sound.playSpan(110, 111.234);
  await after(2000);

  expect(sound.playing.value).toBe(false);
  expect(sound.time.value).toBe(111.234);
  expect(element(0).currentTime).toBeCloseTo(11.234, 9);
  expect(sound.stretch.value).toBeNull();
});

test("a span stops at its end while no frames come, because the page is hidden", async () => {
  vi.stubGlobal("requestAnimationFrame", () => 0);
  const sound = player();
  await after(10);
  sound.playSpan(110, 112);
  await after(2010);

  expect(sound.time.value).toBe(112);
});

test("a span that was stopped goes on to its end; after its end the sound goes on freely", async () => {
  const sound = player();
  await after(10);
  sound.playSpan(110, 112);
  await after(500);
  sound.toggle();
  sound.toggle();
  await after(3000);
  expect(sound.time.value).toBe(112);

  sound.toggle();
  await after(3000);
  expect(sound.time.value).toBeGreaterThan(114);
});

test("a loop begins again at its end, until somebody goes elsewhere", async () => {
  const sound = player();
  await after(10);
  sound.playSpan(110, 111, { loop: true });
  await after(3500);
  expect(sound.playing.value).toBe(true);
  expect(sound.time.value).toBeCloseTo(110.5, 1);

  sound.playFrom(110.5);
  await after(1500);
  expect(sound.time.value).toBeCloseTo(112, 1);
});

test("a span is forgotten when somebody goes out of it", async () => {
  const sound = player();
  await after(10);
  sound.playSpan(110, 112);
  sound.seek(120);
  await after(1000);

  expect(sound.playing.value).toBe(true);
  expect(sound.time.value).toBeCloseTo(121, 1);
});

test("a span is cut to the unit, and one that lies beside it is not played", async () => {
  const sound = player();
  await after(10);
  sound.playSpan(170, 180);
  expect(sound.playing.value).toBe(false);

  sound.playSpan(90, 101);
  expect(sound.time.value).toBe(100);
});

test("at the end of the unit the sound stops, and playing begins again", async () => {
  const sound = player();
  await after(10);
  sound.playFrom(159);
  await after(1010);
  element(0).tell("ended");
  expect([sound.playing.value, sound.time.value]).toEqual([false, 160]);

  sound.play();
  await after(1000);
  expect(sound.time.value).toBeCloseTo(101, 1);
});

test("what was heard is told: from where to where, without what was skipped", async () => {
  const sound = player();
  await after(10);
  sound.playFrom(110);
  await after(1000);
  sound.seek(130);
  await after(1000);
  sound.pause();

  expect(heard.map((span) => span.map(Math.round))).toEqual([
    [110, 111],
    [130, 131],
  ]);
});

test("long listening is told bit by bit, without a gap", async () => {
  const sound = player();
  await after(10);
  sound.playFrom(110);
  await after(12_000);
  sound.pause();

  expect(heard).toHaveLength(3);
  expect(heard[1]?.[0]).toBe(heard[0]?.[1]);
  expect(heard[2]?.[0]).toBe(heard[1]?.[1]);
  expect(heard[2]?.[1]).toBeCloseTo(122, 1);
});

test("a loop is told each time", async () => {
  const sound = player();
  await after(10);
  sound.playSpan(110, 111, { loop: true });
  await after(2100);

  expect(heard.map((span) => span.map(Math.round))).toEqual([
    [110, 111],
    [110, 111],
  ]);
});

test("what is played without volume was not heard", async () => {
  const sound = player();
  await after(10);
  sound.setVolume(0);
  sound.playFrom(110);
  await after(1000);
  sound.setVolume(1);
  await after(1000);
  sound.pause();

  expect(heard.map((span) => span.map(Math.round))).toEqual([[111, 112]]);
});

test("the voice is loaded when it is first asked for, and then heard from the same place on", async () => {
  const sound = player();
  await after(10);
  expect(elements).toHaveLength(1);
  sound.playFrom(110);
  const change = sound.setTrack("voice");
  await after(1000);
  await change;

  expect(sound.track.value).toBe("voice");
  expect(element(0).volume).toBeLessThan(0.001);
  expect(element(1).volume).toBe(1);
  expect(Math.abs(element(0).currentTime - element(1).currentTime)).toBeLessThan(0.03);
  expect(sound.other).toBe("mix");
});

test("a track whose clock goes wrong is kept in step, and is never moved while it is heard", async () => {
  let made = 0;
  const sound = player(() => {
    made += 1;
    return new Element(60, made === 1 ? 1.02 : 1);
  });
  await after(10);
  sound.playFrom(110);
  void sound.setTrack("voice");
  await after(1000);
  const before = element(1).put.length;
  await after(20_000);

  expect(sound.track.value).toBe("voice");
  expect(Math.abs(element(0).currentTime - element(1).currentTime)).toBeLessThan(0.03);
  expect(element(1).playbackRate).toBe(1);
  expect(element(1).put).toHaveLength(before);
});

test("a track that fell behind catches up, and then plays as fast as the other one again", async () => {
  const sound = player();
  await after(10);
  sound.playFrom(110);
  void sound.setTrack("voice");
  await after(1000);
  element(0).currentTime -= 0.1;
  await after(3000);

  expect(Math.abs(element(0).currentTime - element(1).currentTime)).toBeLessThan(0.021);
  expect([element(0).playbackRate, element(1).playbackRate]).toEqual([1, 1]);
});

test("a draft without a voice alone says so, and the mix goes on", async () => {
  const sound = player();
  await after(10);
  sound.playFrom(110);
  const change = sound.setTrack("voice");
  answers = [() => new Response("", { status: 404 })];
  element(1).fail();
  await after(1000);
  await change;

  expect(sound.trouble.value).toBe("voice_gone");
  expect(sound.voiceGone.value).toBe(true);
  expect([sound.track.value, sound.other, sound.playing.value]).toEqual(["mix", "voice", true]);
});

test("sound that is not kept any more is told, and is not asked for again", async () => {
  answers = [() => new Response("", { status: 404 })];
  const sound = player();
  element(0).fail();
  await after(120_000);

  expect(sound.trouble.value).toBe("gone");
  expect(asked).toEqual(["/mix"]);
});

test("a link that ran out is renewed, and the sound goes on where it broke off", async () => {
  const sound = player();
  answers = [() => new Response("", { status: 500 }), () => new Response("", { status: 403 })];
  await after(10);
  sound.playFrom(110);
  await after(500);
  element(0).fail();
  await after(2000);

  expect(asked).toEqual(["/mix", "/mix", "/mix?new"]);
  expect(element(0).src).toMatch(/^blob:/);
  expect(sound.playing.value).toBe(true);
  expect(sound.trouble.value).toBeNull();
  expect(sound.time.value).toBeGreaterThan(110.5);
});

test("while no answer comes that is said, and asked again until one comes", async () => {
  const lost = () => Promise.reject(new TypeError("no network"));
  answers = [lost, lost, lost];
  const sound = player();
  element(0).fail();
  await after(2500);
  expect(sound.trouble.value).toBe("offline");
  expect(asked).toHaveLength(2);

  page.dispatchEvent(new Event("online"));
  await after(10);
  expect(asked).toHaveLength(3);
  await after(10_000);

  expect(asked).toHaveLength(4);
  expect(sound.trouble.value).toBeNull();
});

test("the whole sound takes the place of what is loaded bit by bit only while nobody listens", async () => {
  const sound = player();
  sound.playFrom(110);
  await after(500);
  expect(element(0).src).toBe("/mix");

  sound.pause();
  await after(10);

  expect(element(0).src).toMatch(/^blob:/);
  expect(element(0).currentTime).toBeCloseTo(10.5, 1);
});

test("what is played and stopped at once stays as it was left, though the element tells it later", async () => {
  const sound = player();
  await after(10);
  sound.play();
  sound.pause();
  await after(10);
  expect(sound.playing.value).toBe(false);

  sound.play();
  sound.pause();
  sound.play();
  await after(10);
  expect(sound.playing.value).toBe(true);
});

test("a key of the headphones stops the sound and lets it go on", async () => {
  const sound = player();
  await after(10);
  sound.playFrom(110);
  await after(500);
  element(0).pause();
  await after(10);
  expect(sound.playing.value).toBe(false);

  void element(0).play();
  await after(500);
  expect(sound.playing.value).toBe(true);
  expect(sound.time.value).toBeCloseTo(111, 1);
});

test("what the browser cannot play is told", async () => {
  const sound = player();
  await after(10);
  element(0).fail();
  await after(10);

  expect(sound.trouble.value).toBe("unplayable");
});

test("a player that is put away plays no more, asks for nothing, and has told what was heard", async () => {
  const sound = player();
  await after(10);
  sound.playFrom(110);
  await after(500);
  sound.dispose();
  await after(5000);

  expect(element(0).paused).toBe(true);
  expect(heard.map((span) => span.map((one) => one.toFixed(1)))).toEqual([["110.0", "110.5"]]);
});
