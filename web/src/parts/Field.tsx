/** A labelled input, with what is wrong about it beside it. */
import type { JSX, VNode } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

type Given =
  | "name"
  | "value"
  | "onInput"
  | "required"
  | "autocomplete"
  | "autocapitalize"
  | "spellcheck"
  | "inputMode"
  | "minLength"
  | "maxLength"
  | "pattern";

type Props = Pick<JSX.IntrinsicElements["input"], Given> & {
  type?: "text" | "password" | "email" | "search";
  label: string;
  hint?: string;
  error?: string | undefined;
  /** The id of a datalist with what could be meant. */
  list?: string;
  /** Take the focus when it appears. */
  takesFocus?: boolean;
};

export function Field({
  label,
  hint,
  error,
  takesFocus = false,
  list,
  type = "text",
  ...input
}: Props): VNode {
  const id = useId();
  const element = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (takesFocus) element.current?.focus();
  }, [takesFocus]);
  const notes = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={element}
        type={type as "text"}
        list={list as undefined}
        {...input}
        aria-describedby={notes || undefined}
        aria-invalid={error ? "true" : undefined}
      />
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
