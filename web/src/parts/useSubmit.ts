/** The state of a form that is sent: busy, and what was refused. */
import { useState } from "preact/hooks";
import { asRefusal, type Refusal } from "../api/refusal.ts";
import { wordsFor } from "../state/notices.ts";

export interface Submission {
  isBusy: boolean;
  refusal: Refusal | null;
  error: string | null;
  submit: (event?: Event) => void;
}

export function useSubmit(work: () => Promise<void>): Submission {
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const submit = (event?: Event): void => {
    event?.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setRefusal(null);
    work()
      .catch((error: unknown) => setRefusal(asRefusal(error)))
      .finally(() => setBusy(false));
  };
  return { isBusy, refusal, error: refusal && wordsFor(refusal), submit };
}
