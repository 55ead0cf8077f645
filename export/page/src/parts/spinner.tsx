import "./spinner.css";

/** Something is on its way. `label` is read out, and seen where `seen`. */
export function Spinner({ label, seen = false }: { label: string; seen?: boolean }) {
  return (
    <span class="spinner" role="status">
      <span class="turning" aria-hidden="true" />
      <span class={seen ? "soft" : "hidden"}>{label}</span>
    </span>
  );
}
