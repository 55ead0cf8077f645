// What is known of how a correction came about.

import type { Correction } from "../api/client";
import { covered, type Span, seconds, within } from "../document/spans";
import type { Unit } from "../document/types";

/** How much of the unit was heard, 0 to 1; null: the correction does not say. */
export function shareHeard(played: Correction["played"], unit: Unit): number | null {
  if (!played) return null;
  const spans = played.reduce<readonly Span[]>((sum, [start, end]) => covered(sum, start, end), []);
  const length = unit.end - unit.start;
  return length > 0 ? seconds(within(spans, unit.start, unit.end)) / length : null;
}

/** `7:05`; `1:07:05` from an hour on. */
export function lasted(time: number): string {
  const whole = Math.round(time);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
