import { type Signal, signal } from "@preact/signals";
import type { Keeping } from "../storage";
import { restored } from "./filters";

/** A choice that `storage` keeps under `name` for as long as it keeps things; `usual` before any. */
export function kept<Value extends object>(storage: Keeping, name: string, usual: Value): Signal<Value> {
  const chosen = signal(restored(storage.getItem(name), usual));
  chosen.subscribe((value) => storage.setItem(name, JSON.stringify(value)));
  return chosen;
}
