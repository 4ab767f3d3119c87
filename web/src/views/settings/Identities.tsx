/** The logins of the organisation's provider that open one's account: linking one, and unlinking it. */
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { call } from "../../api/http.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { FormError } from "../../parts/FormError.tsx";
import { useOffered } from "../../parts/useOffered.ts";
import { useRead } from "../../parts/useRead.ts";
import { useSubmit } from "../../parts/useSubmit.ts";
import { say, sayError } from "../../state/notices.ts";
import { backFrom, finishLink, leaveToLink } from "../../state/oidc.ts";
import { go } from "../../state/route.ts";
import { type Proof, useProof } from "./useProof.tsx";

interface Identity {
  id: number;
  issuer: string;
  subject: string;
  created_at: string;
}

export function Identities({ needsCode }: { needsCode: boolean }): VNode | null {
  const held = useRead<{ items: Identity[] }>("/auth/oidc/identities");
  const isOffered = useOffered();
  const proof = useProof(needsCode);
  const form = useSubmit(() => leaveToLink(proof.given));
  useEffect(() => {
    if (backFrom() === "link") {
      finishLink().then(() => {
        say(t("identities.linked"));
        held.again();
      }, sayError);
    } else if (backFrom() === "login") go("/", "replace"); // Another tab has signed in meanwhile.
  }, []);
  const items = held.value?.items ?? [];
  if (!isOffered && items.length === 0) return null;
  return (
    <section class="settings-section">
      <h2>{t("identities.title")}</h2>
      <p class="hint">{t("identities.text")}</p>
      <ul class="cards">
        {items.map((one) => (
          <IdentityLine key={one.id} identity={one} proof={proof} onGone={held.again} />
        ))}
      </ul>
      <form onSubmit={form.submit}>
        {proof.fields}
        <FormError text={form.error} />
        {isOffered && (
          <button type="submit" class="button button-primary" disabled={form.isBusy}>
            {t("identities.link")}
          </button>
        )}
      </form>
    </section>
  );
}

interface LineProps {
  identity: Identity;
  proof: Proof;
  onGone: () => void;
}

function IdentityLine({ identity, proof, onGone }: LineProps): VNode {
  const { id, issuer, subject, created_at } = identity;
  const form = useSubmit(async () => {
    await proof.stepUp();
    await call("DELETE", `/auth/oidc/identities/${id}`);
    onGone();
  });
  const place = URL.canParse(issuer) ? new URL(issuer).host : issuer;
  return (
    <li class="card">
      <div class="result-text">
        <strong>{place}</strong>
        <small>
          {subject} · {t("passkeys.since", { time: shortMomentOf(created_at) })}
        </small>
        <FormError text={form.error} />
      </div>
      <button
        type="button"
        class="button"
        aria-label={t("identities.remove_one", { name: `${place}, ${subject}` })}
        disabled={form.isBusy}
        onClick={form.submit}
      >
        {t("identities.remove")}
      </button>
    </li>
  );
}
