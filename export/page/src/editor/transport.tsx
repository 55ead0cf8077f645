// The controls of the sound.

import type { Unit } from "../document/types";
import type { Player } from "../sound/player";
import { clock } from "../times";
import { say as soundWords } from "../words/sound";
import { say } from "../words/transport";
import { hint } from "./tools";

const RATES = [0.5, 0.6, 0.75, 0.9, 1, 1.25, 1.5, 2];

/** Whatever has sound, and a sentence that can be repeated. */
interface Sounding {
  readonly player: Player;
  readonly loops: boolean;
  readonly obey: (command: "loop") => void;
}

export function Transport({ bench, unit }: { bench: Sounding; unit: Unit }) {
  const { player } = bench;
  const words = say.value;
  const playing = player.playing.value;
  const voiceGone = player.voiceGone.value ? soundWords.value.trouble.voice_gone : null;
  return (
    <div class="transport" role="toolbar" aria-label={words.toolbar}>
      <button
        type="button"
        class="round"
        title={hint("back")}
        aria-label={words.back}
        onClick={() => player.back(2)}
      >
        <span aria-hidden="true">↺</span>
      </button>
      <button
        type="button"
        class="round primary"
        title={hint("toggle")}
        aria-label={playing ? words.pause : words.play}
        onClick={() => player.toggle()}
      >
        <span aria-hidden="true">{playing ? "▮▮" : "▶"}</span>
      </button>
      <button
        type="button"
        class="round"
        title={hint("loop")}
        aria-label={words.loop}
        aria-pressed={bench.loops}
        onClick={() => bench.obey("loop")}
      >
        <span aria-hidden="true">⟳</span>
      </button>
      <Clock bench={bench} unit={unit} />
      <label title={words.speed}>
        <span class="hidden">{words.speed}</span>
        <select
          value={String(player.rate.value)}
          onChange={(event) => player.setRate(Number(event.currentTarget.value))}
        >
          {RATES.map((rate) => (
            <option value={String(rate)}>{rate}×</option>
          ))}
        </select>
      </label>
      <label class="volume" title={words.volume}>
        <span class="hidden">{words.volume}</span>
        <span aria-hidden="true">♪</span>
        <input
          type="range"
          min={0}
          max={100}
          step={5}
          value={Math.round(100 * player.volume.value)}
          aria-valuetext={`${Math.round(100 * player.volume.value)} %`}
          onInput={(event) => player.setVolume(Number(event.currentTarget.value) / 100)}
        />
      </label>
      <fieldset class="segments" title={voiceGone ?? hint("track")}>
        <legend>{words.track}</legend>
        {(["mix", "voice"] as const).map((track) => (
          <label>
            <input
              type="radio"
              name="track"
              checked={player.track.value === track}
              disabled={track === "voice" && voiceGone !== null}
              onChange={() => player.setTrack(track)}
            />
            <span>{words.tracks[track]}</span>
          </label>
        ))}
      </fieldset>
      <p class="sound-said" role="status">
        {player.trouble.value && soundWords.value.trouble[player.trouble.value]}
      </p>
    </div>
  );
}

/** By itself, because it changes with every frame. */
function Clock({ bench, unit }: { bench: Sounding; unit: Unit }) {
  return (
    <span class="clock">
      {clock(bench.player.time.value - unit.start)} <span class="soft">/ {clock(unit.end - unit.start)}</span>
    </span>
  );
}
