/** What a view reads from the server when it opens. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { call } from "../api/http.ts";
import { wordsFor } from "../state/notices.ts";

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
  const again = useCallback(() => {
    let isOver = false;
    call<T>("GET", path).then(
      (found) => {
        if (!isOver) setValue(found);
      },
      (refusal: unknown) => {
        if (!isOver) setError(wordsFor(refusal));
      },
    );
    return () => {
      isOver = true;
    };
  }, [path]);
  useEffect(() => {
    setValue(null);
    setError(null);
    return again();
  }, [again]);
  const set = (change: (held: T) => T) => setValue((held) => (held === null ? null : change(held)));
  return { value, error, again: () => void again(), set };
}
