/** Whether there is a provider to sign in with; not while it is out of reach. */
import { useEffect, useState } from "preact/hooks";
import { isOffered } from "../state/oidc.ts";

export function useOffered(): boolean {
  const [isThere, setThere] = useState(false);
  useEffect(() => {
    isOffered().then(setThere, () => {});
  }, []);
  return isThere;
}
