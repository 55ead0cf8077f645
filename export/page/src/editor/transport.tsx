// The controls of the sound.

import type { Unit } from "../document/types";
import type { Player } from "../sound/player";
import { say } from "../words/transport";
import { clock } from "./times";
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
      <label>
        {words.speed}
        <select
          value={String(player.rate.value)}
          onChange={(event) => player.setRate(Number(event.currentTarget.value))}
        >
          {RATES.map((rate) => (
            <option value={String(rate)}>{rate}×</option>
          ))}
        </select>
      </label>
      <fieldset class="segments" title={hint("track")}>
        <legend>{words.track}</legend>
        {(["mix", "voice"] as const).map((track) => (
          <label>
            <input
              type="radio"
              name="track"
              checked={player.track.value === track}
              onChange={() => player.setTrack(track)}
            />
            <span>{words.tracks[track]}</span>
          </label>
        ))}
      </fieldset>
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
