import { type Signal, signal } from "@preact/signals";
import { restored } from "./filters";

/** A choice that `storage` keeps under `name` for as long as it keeps things; `usual` before any. */
export function kept<Value extends object>(storage: Storage, name: string, usual: Value): Signal<Value> {
  const chosen = signal(restored(storage.getItem(name), usual));
  chosen.subscribe((value) => storage.setItem(name, JSON.stringify(value)));
  return chosen;
}
