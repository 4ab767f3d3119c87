/** Why a form was not taken; screen readers say it when it appears. */
import type { VNode } from "preact";

export function FormError({ text }: { text: string | null }): VNode {
  return (
    <p class="form-error" role="alert">
      {text}
    </p>
  );
}
