// How times are shown: minutes and seconds of what is heard, with tenths.

/** `1:02.3`; `1:00:02.3` from an hour on. */
export function clock(seconds: number): string {
  const tenths = Math.max(0, Math.round(seconds * 10));
  const whole = Math.floor(tenths / 10);
  const tail = `${String(whole % 60).padStart(2, "0")}.${tenths % 10}`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${tail}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${tail}`;
}

/** The seconds of a text that `clock` might have written; null where it is none. */
export function read(text: string): number | null {
  const found = /^\s*(?:(?:(\d+):)?(\d{1,3}):)?(\d{1,2}(?:[.,]\d{1,3})?)\s*$/.exec(text);
  if (!found) return null;
  const [, hours = "0", minutes = "0", seconds = "0"] = found;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(",", "."));
}
