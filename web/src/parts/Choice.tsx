/** One of several, as radio buttons under what they are about. */
import type { VNode } from "preact";
import { useId } from "preact/hooks";

interface Props<T> {
  legend: string;
  options: readonly (readonly [T, string | VNode])[];
  value: T;
  onChoose: (value: T) => void;
  hint?: string;
}

export function Choice<T>({ legend, options, value, onChoose, hint }: Props<T>): VNode {
  const name = useId();
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {hint && <p class="hint">{hint}</p>}
      {options.map(([one, label]) => (
        <label key={String(one)} class="check">
          <input type="radio" name={name} checked={one === value} onChange={() => onChoose(one)} />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

interface SwitchProps {
  label: string;
  hint?: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

/** On or off. */
export function Toggle({ label, hint, isOn, onChange }: SwitchProps): VNode {
  return (
    <label class="check">
      <input
        type="checkbox"
        role="switch"
        aria-checked={isOn}
        checked={isOn}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>
        {label}
        {hint && <small>{hint}</small>}
      </span>
    </label>
  );
}
