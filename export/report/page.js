"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const peaks = Int8Array.from(atob(data.peaks), (c) => c.charCodeAt(0));
  const bins = peaks.length / 2;
  const audio = document.getElementById("audio");
  const detail = document.getElementById("detail");
  const overview = document.getElementById("overview");
  const overviewCanvas = document.getElementById("overview-canvas");
  const rows = document.getElementById("rows");
  const list = rows ? [...rows.children] : [];
  const GUTTER = 44, SHORTEST = 4, LONGEST = 600;
  // Times are those of the recording; the sound begins where the work unit does.
  const origin = data.start, duration = Math.max(data.duration, 0.1), ending = origin + duration;
  const heard = () => audio.currentTime + origin;
  const view = { start: origin, span: duration <= 90 ? duration : 60 };
  let stopAt = null;      // where the span that was asked for ends
  let current = -1;       // the sentence under the cursor
  let hovered = -1;

  // --- Sound -------------------------------------------------------------------------------------------------

  const names = ["mix", "voice"].filter((name) => data.sounds[name]);
  let sound = names[0] || null;
  if (sound) audio.src = data.sounds[sound];
  document.getElementById("play").disabled = !sound;

  const ready = (then) => {
    if (audio.readyState >= 1) then();
    else audio.addEventListener("loadedmetadata", then, { once: true });
  };

  const start = () => audio.play().catch(() => { /* the browser said why in its console; the button shows it */ });

  function seek(time) {
    stopAt = null;
    ready(() => { audio.currentTime = Math.min(Math.max(time, origin), ending) - origin; moved(); });
  }

  function playSpan(from, to) {
    if (!sound) return;
    ready(() => { audio.currentTime = from - origin; stopAt = to; show(from, to); start(); moved(); });
  }

  function playSentence(n, scroll) {
    const [from, to] = data.sentences[n];
    current = n;
    if (scroll) list[n].scrollIntoView({ block: "nearest" });
    if (sound) playSpan(from, to); else { show(from, to); mark(); draw(); }
  }

  function toggle() {
    if (!sound) return;
    if (!audio.paused) { audio.pause(); return; }
    stopAt = null;
    start();
  }

  function choose(name) {
    const time = audio.currentTime, playing = !audio.paused;
    sound = name;
    audio.src = data.sounds[name];
    audio.addEventListener("loadedmetadata", () => { audio.currentTime = time; if (playing) start(); }, { once: true });
    const picture = document.getElementById("picture");
    if (picture && data.pictures[name]) picture.src = data.pictures[name];
  }

  function moved() {
    if (stopAt !== null && heard() >= stopAt) {
      audio.pause();
      audio.currentTime = stopAt - origin;
      stopAt = null;
      return;  // the sentence that was asked for stays marked
    }
    const time = heard();
    if (stopAt === null || current < 0) current = sentenceAt(time);
    if (!audio.paused && (time < view.start || time > view.start + view.span)) turnTo(time);
    document.getElementById("now").textContent = clock(time);
    mark();
    draw();
  }

  function frame() { moved(); if (!audio.paused) requestAnimationFrame(frame); }

  audio.addEventListener("timeupdate", moved);  // also while the page is hidden, when no frames come
  for (const kind of ["play", "pause", "ended"]) {
    audio.addEventListener(kind, () => {
      const button = document.getElementById("play");
      button.setAttribute("aria-label", audio.paused ? "Play" : "Pause");
      document.getElementById("play-shape")
        .setAttribute("d", audio.paused ? "M4 2.5v11l9.5-5.5z" : "M4 3h3v10H4zM9 3h3v10H9z");
      if (kind === "play") requestAnimationFrame(frame);
    });
  }

  function sentenceAt(time) {
    let low = 0, high = data.sentences.length;
    while (low < high) { const mid = (low + high) >> 1; if (data.sentences[mid][0] <= time) low = mid + 1; else high = mid; }
    for (let n = low - 1; n >= Math.max(0, low - 4); n--) if (time < data.sentences[n][1]) return n;
    return -1;
  }

  function mark() {
    for (const row of rows ? rows.querySelectorAll(".now") : []) if (row !== list[current]) row.classList.remove("now");
    if (current >= 0) list[current].classList.add("now");
  }

  function step(by) {
    if (!list.length) return;
    let n = current;
    if (n < 0) {
      n = data.sentences.findIndex((sentence) => sentence[0] >= heard());
      n = (n < 0 ? data.sentences.length : n) - (by > 0 ? 1 : 0);
    }
    do n += by; while (list[n] && getComputedStyle(list[n]).display === "none");
    if (list[n]) playSentence(n, true);
  }

  // --- What is seen ------------------------------------------------------------------------------------------

  function clock(seconds) {
    const tenths = Math.round(Math.max(0, seconds) * 10);
    const hours = Math.floor(tenths / 36000), minutes = Math.floor(tenths / 600) % 60;
    const rest = String(Math.floor(tenths / 10) % 60).padStart(2, "0") + "." + (tenths % 10);
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  }

  function place(startAt, span) {
    view.span = Math.min(Math.max(span, Math.min(SHORTEST, duration)), Math.min(duration, LONGEST));
    view.start = Math.min(Math.max(startAt, origin), ending - view.span);
    const shown = document.getElementById("span-shown");
    shown.textContent = view.span < duration ? `${clock(view.start)}–${clock(view.start + view.span)}` : "";
    document.getElementById("closer").disabled = view.span <= Math.min(SHORTEST, duration);
    document.getElementById("wider").disabled = view.span >= Math.min(duration, LONGEST);
    draw();
  }

  const turnTo = (time) => place(time - view.span * 0.04, view.span);
  const show = (from, to) => { if (from < view.start || to > view.start + view.span) turnTo(from); };
  const zoom = (by, around) => {
    const share = (around - view.start) / view.span;
    const span = Math.min(Math.max(view.span * by, SHORTEST), LONGEST);
    place(around - share * span, span);
  };
  const focusTime = () => {
    const time = heard();
    return time >= view.start && time <= view.start + view.span ? time : view.start + view.span / 2;
  };

  const colours = {};
  function readColours() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["ink", "soft", "line", "sunk", "wave", "unwritten", "cursor", "accent", "card", "none", "b-ink",
      "b0", "b1", "b2", "b3", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"]) {
      colours[name] = style.getPropertyValue("--" + name).trim();
    }
    colours.font = getComputedStyle(document.body).fontFamily;
  }
  const speakerColour = (n) => (n < 0 ? colours.none : colours["s" + (n % 8)]);

  // Sentences that overlap stand in different lines of their track.
  const line = [];
  let lines = 1;
  {
    const ends = [];
    data.sentences.forEach(([from, to], n) => {
      let free = ends.findIndex((end) => end <= from + 1e-3);
      if (free < 0) free = ends.length < 3 ? ends.length : 2;
      ends[free] = to;
      line[n] = free;
    });
    lines = Math.max(1, ends.length);
  }
  const LANE = data.speakers.length > 6 ? 8 : 12;
  const TOP = 18, WAVE = 92;
  const lanesAt = TOP + WAVE + 6;
  const blocksAt = lanesAt + Math.max(1, data.speakers.length) * LANE + 6;
  const BLOCK = lines > 1 ? 17 : 24;
  const height = blocksAt + lines * (BLOCK + 2) + 2;

  function prepared(canvas, tall) {
    const ratio = window.devicePixelRatio || 1, wide = canvas.parentElement.clientWidth;
    const style = getComputedStyle(canvas.parentElement);
    const inner = canvas === detail ? wide - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) : wide;
    const width = Math.max(100, inner);
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(tall * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(tall * ratio);
      canvas.style.height = tall + "px";
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, tall);
    return [context, width];
  }

  let waiting = false;
  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; drawDetail(); drawOverview(); });
  }

  function drawDetail() {
    const [c, width] = prepared(detail, height);
    const wide = width - GUTTER;
    const x = (time) => GUTTER + ((time - view.start) / view.span) * wide;
    const end = view.start + view.span;
    c.font = "11px " + colours.font;
    c.textBaseline = "alphabetic";

    // time axis
    const steps = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300];
    const tick = steps.find((one) => (one / view.span) * wide >= 80) || 300;
    c.fillStyle = colours.soft;
    c.strokeStyle = colours.line;
    c.lineWidth = 1;
    for (let time = Math.ceil(view.start / tick) * tick; time <= end; time += tick) {
      const at = Math.round(x(time)) + 0.5;
      c.beginPath(); c.moveTo(at, TOP - 4); c.lineTo(at, TOP + WAVE); c.stroke();
      const text = tick < 1 ? clock(time) : clock(time).slice(0, -2);
      if (at + 30 < width) c.fillText(text, at + 3, 11);
    }

    // voice that nobody wrote down
    for (const [from, to] of data.unwritten) {
      if (to < view.start || from > end) continue;
      const left = Math.max(GUTTER, x(from)), right = Math.min(width, x(to));
      c.save();
      c.beginPath(); c.rect(left, TOP, right - left, WAVE); c.clip();
      c.globalAlpha = 0.16; c.fillStyle = colours.unwritten; c.fillRect(left, TOP, right - left, WAVE);
      c.globalAlpha = 0.5; c.strokeStyle = colours.unwritten;
      c.beginPath();
      for (let at = left - WAVE; at < right; at += 7) { c.moveTo(at, TOP + WAVE); c.lineTo(at + WAVE, TOP); }
      c.stroke();
      c.restore();
    }

    // waveform
    const middle = TOP + WAVE / 2, half = WAVE / 2 - 2;
    c.strokeStyle = colours.line;
    c.beginPath(); c.moveTo(GUTTER, middle + 0.5); c.lineTo(width, middle + 0.5); c.stroke();
    c.fillStyle = colours.wave;
    const perPixel = (view.span / wide) * data.peaksPerSecond;
    const first = (view.start - origin) * data.peaksPerSecond;
    if (bins && perPixel >= 1) {
      for (let pixel = 0; pixel < wide; pixel++) {
        const from = Math.floor(first + pixel * perPixel), to = Math.min(bins, Math.max(from + 1, Math.floor(first + (pixel + 1) * perPixel)));
        let low = 127, high = -127;
        for (let bin = from; bin < to; bin++) { low = Math.min(low, peaks[2 * bin]); high = Math.max(high, peaks[2 * bin + 1]); }
        if (high >= low) c.fillRect(GUTTER + pixel, middle - (high / 127) * half - 0.4, 1, ((high - low) / 127) * half + 0.8);
      }
    } else if (bins) {
      const from = Math.max(0, Math.floor(first)), to = Math.min(bins, Math.ceil(first + view.span * data.peaksPerSecond) + 1);
      c.save();
      c.beginPath(); c.rect(GUTTER, TOP, wide, WAVE); c.clip();
      c.beginPath();
      const at = (bin) => x(origin + (bin + 0.5) / data.peaksPerSecond);
      for (let bin = from; bin < to; bin++) c.lineTo(at(bin), middle - (peaks[2 * bin + 1] / 127) * half - 0.4);
      for (let bin = to - 1; bin >= from; bin--) c.lineTo(at(bin), middle - (peaks[2 * bin] / 127) * half + 0.4);
      c.fill();
      c.restore();
    }

    // speakers
    c.textAlign = "right";
    c.font = (LANE < 12 ? "9px " : "11px ") + colours.font;
    data.speakers.forEach((name, n) => {
      const top = lanesAt + n * LANE;
      c.fillStyle = colours.sunk; c.fillRect(GUTTER, top + 1, wide, LANE - 2);
      c.fillStyle = speakerColour(n); c.fillText(name, GUTTER - 6, top + LANE - 2.5, GUTTER - 8);
    });
    if (!data.speakers.length) { c.fillStyle = colours.sunk; c.fillRect(GUTTER, lanesAt + 1, wide, LANE - 2); }
    c.textAlign = "left";
    for (const [from, to, speaker] of data.turns) {
      if (to < view.start || from > end) continue;
      const left = Math.max(GUTTER, x(from)), right = Math.min(width, x(to));
      c.fillStyle = speakerColour(speaker);
      rounded(c, left, lanesAt + speaker * LANE + 1, Math.max(1, right - left), LANE - 2, 3);
    }

    // sentences
    c.font = "12px " + colours.font;
    data.sentences.forEach(([from, to, , grade], n) => {
      if (to < view.start || from > end) return;
      const left = Math.max(GUTTER, x(from)), right = Math.min(width, x(to)), top = blocksAt + line[n] * (BLOCK + 2);
      c.fillStyle = colours["b" + grade];
      rounded(c, left, top, Math.max(1.5, right - left - 1), BLOCK, 4);
      if (right - left > 26) {
        c.save();
        c.beginPath(); c.rect(left + 4, top, right - left - 9, BLOCK); c.clip();
        c.fillStyle = colours["b-ink"];
        c.fillText(textOf(n).slice(0, 200), left + 5, top + BLOCK / 2 + 4.5);
        c.restore();
      }
      if (n === current || n === hovered) {
        c.strokeStyle = n === current ? colours.cursor : colours.ink;
        c.lineWidth = 2;
        c.strokeRect(left + 1, top + 1, Math.max(1, right - left - 3), BLOCK - 2);
        c.lineWidth = 1;
      }
    });

    const now = heard();
    if (now >= view.start && now <= end) {
      c.fillStyle = colours.cursor;
      c.fillRect(x(now) - 0.75, TOP - 4, 1.5, height - TOP + 2);
    }
  }

  function drawOverview() {
    const [c, width] = prepared(overviewCanvas, 76);
    const wide = width - GUTTER, x = (time) => GUTTER + ((time - origin) / duration) * wide;
    for (const [from, to] of data.unwritten) {
      c.fillStyle = colours.unwritten;
      c.fillRect(x(from), 73, Math.max(2, x(to) - x(from)), 3);
    }
    if (view.span < duration) {
      const left = x(view.start), right = Math.max(left + 4, x(view.start + view.span));
      c.fillStyle = "rgb(0 0 0 / .3)";
      c.fillRect(GUTTER, 0, left - GUTTER, 76); c.fillRect(right, 0, width - right, 76);
      c.strokeStyle = "#fff"; c.lineWidth = 1.5;
      c.strokeRect(left + 0.75, 0.75, right - left - 1.5, 74.5);
    }
    c.fillStyle = colours.cursor;
    c.fillRect(x(heard()) - 1, 0, 2, 76);
  }

  function rounded(c, left, top, width, tall, radius) {
    c.beginPath();
    c.roundRect(left, top, width, tall, Math.min(radius, width / 2, tall / 2));
    c.fill();
  }

  function textOf(n) {
    const said = list[n].querySelector(".said");
    const heard = said.querySelector(".heard");
    return heard ? said.firstChild.textContent : said.textContent;
  }

  // --- Hands -------------------------------------------------------------------------------------------------

  const timeUnder = (event) => {
    const box = detail.getBoundingClientRect();
    return view.start + ((event.clientX - box.left - GUTTER) / (box.width - GUTTER)) * view.span;
  };
  const blockUnder = (event) => {
    const box = detail.getBoundingClientRect(), down = event.clientY - box.top, time = timeUnder(event);
    if (down < blocksAt || event.clientX - box.left < GUTTER) return -1;
    const wanted = Math.floor((down - blocksAt) / (BLOCK + 2));
    return data.sentences.findIndex(([from, to], n) => line[n] === wanted && time >= from && time < to);
  };

  const tip = document.createElement("div");
  tip.className = "tip"; tip.hidden = true; tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  function tell(text, event) {
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.max(4, event.clientY - tip.offsetHeight - 12) + "px";
  }

  detail.addEventListener("click", (event) => {
    const n = blockUnder(event);
    if (n >= 0) playSentence(n, true); else seek(timeUnder(event));
  });
  detail.addEventListener("mousemove", (event) => {
    const n = blockUnder(event);
    if (n !== hovered) { hovered = n; draw(); }
    if (n >= 0) tell(`${list[n].querySelector(".sure").textContent} · ${textOf(n)}`, event);
    else tell(event.offsetX >= GUTTER ? clock(timeUnder(event)) : "", event);
  });
  detail.addEventListener("mouseleave", () => { hovered = -1; tell(""); draw(); });
  detail.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : 0.8, timeUnder(event)); return; }
    const sideways = event.shiftKey ? event.deltaY : event.deltaX;
    if (Math.abs(sideways) > (event.shiftKey ? 0 : Math.abs(event.deltaY))) {
      event.preventDefault();
      place(view.start + (sideways / 800) * view.span, view.span);
    }
  }, { passive: false });

  const overviewTime = (event) => {
    const box = overview.getBoundingClientRect();
    return origin + ((event.clientX - box.left - GUTTER) / (box.width - GUTTER)) * duration;
  };
  overview.addEventListener("pointerdown", (event) => {
    overview.setPointerCapture(event.pointerId);
    place(overviewTime(event) - view.span / 2, view.span);
  });
  overview.addEventListener("pointermove", (event) => {
    if (event.buttons) place(overviewTime(event) - view.span / 2, view.span);
    tell(event.offsetX >= 0 && overviewTime(event) >= origin ? clock(overviewTime(event)) : "", event);
  });
  overview.addEventListener("pointerleave", () => tell(""));
  overview.addEventListener("click", (event) => seek(overviewTime(event)));

  if (rows) {
    rows.addEventListener("click", (event) => {
      const row = event.target.closest("li");
      if (row && !String(getSelection())) playSentence(Number(row.dataset.n), false);
    });
    rows.addEventListener("mouseover", (event) => {
      const word = event.target.closest("b[data-p]");
      tell(word ? `confidence ${word.dataset.p}` : "", event);
    });
    rows.addEventListener("mouseleave", () => tell(""));
    document.getElementById("flagged").addEventListener("change", (event) => {
      rows.classList.toggle("only-flagged", event.target.checked);
    });
  }
  for (const button of document.querySelectorAll(".spans button")) {
    button.addEventListener("click", () => { current = -1; playSpan(Number(button.dataset.start), Number(button.dataset.end)); });
  }
  for (const input of document.querySelectorAll("input[name=sound]")) {
    input.checked = input.value === sound;
    input.addEventListener("change", () => choose(input.value));
  }
  document.getElementById("play").addEventListener("click", toggle);
  document.getElementById("previous").addEventListener("click", () => step(-1));
  document.getElementById("next").addEventListener("click", () => step(1));
  document.getElementById("closer").addEventListener("click", () => zoom(0.5, focusTime()));
  document.getElementById("wider").addEventListener("click", () => zoom(2, focusTime()));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, button, summary, a")) return;
    const does = { " ": toggle, j: () => step(1), k: () => step(-1), "+": () => zoom(0.5, focusTime()), "-": () => zoom(2, focusTime()) };
    if (does[event.key]) { event.preventDefault(); does[event.key](); }
  });

  const restyle = () => { readColours(); draw(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
  addEventListener("beforeprint", () => { readColours(); drawDetail(); drawOverview(); });
  addEventListener("afterprint", restyle);
  new ResizeObserver(draw).observe(detail.parentElement);
  readColours();
  place(origin, view.span);
  const asked = list.findIndex((row) => "#" + row.id === location.hash);
  if (asked >= 0) { current = asked; mark(); show(data.sentences[asked][0], data.sentences[asked][1]); }
})();
