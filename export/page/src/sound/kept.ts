// How loud and how fast somebody listens: the same for the next draft, too.

import { effect } from "@preact/signals";
import { lasting } from "../storage";
import { restored } from "../work/filters";
import type { Player } from "./player";

const KEPT = "prelabel.sound";

/** A player that begins as loud and as fast as the last one was. Silence is not kept: it would look like a fault. */
export function asBefore(player: Player): Player {
  const { rate, volume } = restored(lasting.getItem(KEPT), { rate: 1, volume: 1 });
  player.setRate(rate);
  player.setVolume(volume);
  effect(() => {
    const now = { rate: player.rate.value, volume: player.volume.value };
    if (now.volume > 0) lasting.setItem(KEPT, JSON.stringify(now));
  });
  return player;
}
