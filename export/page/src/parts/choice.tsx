import { useId } from "preact/hooks";
import "./choice.css";

interface Given<Value extends string> {
  readonly label: string;
  /** The label is read, not seen. */
  readonly bare?: boolean;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly lang?: string }[];
  readonly chosen: Value;
  readonly onChoose: (value: Value) => void;
}

/** One of a few, all of them in view. */
export function Choice<Value extends string>({
  label,
  bare = false,
  options,
  chosen,
  onChoose,
}: Given<Value>) {
  const name = useId();
  return (
    <fieldset class="field">
      <legend class={bare ? "hidden" : ""}>{label}</legend>
      <div class="choice">
        {options.map((option) => (
          <label key={option.value} lang={option.lang}>
            <input
              type="radio"
              name={name}
              checked={option.value === chosen}
              onChange={() => onChoose(option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
