/** What a view reads from the server: when it opens, and again when a lost line is back. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { call } from "../api/http.ts";
import { t } from "../i18n/index.ts";
import { wordsFor } from "../state/notices.ts";
import { link } from "../state/session.ts";

export interface Read<T> {
  /** Null until it is there. */
  value: T | null;
  error: string | null;
  /** Read it again; what is shown stays until it has come. */
  again: () => void;
  set: (change: (held: T) => T) => void;
}

export function useRead<T>(path: string): Read<T> {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<string | null>(null);
  const latest = useRef(0); // An answer that another has overtaken is old.
  const isLost = link.value.state === "lost";
  const again = useCallback(() => {
    latest.current += 1;
    const own = latest.current;
    call<T>("GET", path).then(
      (found) => {
        if (own !== latest.current) return;
        setValue(found);
        setError(null);
      },
      (refusal: unknown) => {
        if (own === latest.current) setError(wordsFor(refusal));
      },
    );
  }, [path]);
  useEffect(() => {
    setValue(null);
    setError(null);
    return () => {
      latest.current += 1;
    };
  }, [path]);
  useEffect(() => {
    if (isLost) setError(t("error.offline"));
    else again();
  }, [again, isLost]);
  const set = (change: (held: T) => T) => setValue((held) => (held === null ? null : change(held)));
  return { value, error, again, set };
}
