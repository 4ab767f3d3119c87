"""The page behind the link of a letter: one field for a new password, in French or English.

It stands by itself, so that it is there where the web page was not built.
"""

from __future__ import annotations

import base64
import hashlib

# The web page's colours and measures (web/src/styles/base.css).
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif;
  --paper: light-dark(#fff, #1c1d21); --side: light-dark(#f4f3f0, #151619);
  --ink: light-dark(#1f2023, #e6e5e1); --soft: light-dark(#5b5b57, #a5a5a3);
  --line: light-dark(#8a877e, #80828c); --accent: light-dark(#2b6a59, #6fc0a9);
  --on: light-dark(#fff, #10201b) }
body { margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: var(--side); color: var(--ink) }
main { box-sizing: border-box; width: min(100%, 26rem); padding: 2rem; border-radius: 8px;
  background: var(--paper) }
h1 { margin: 0 0 1rem; font-size: 1.4rem }
label { font-weight: 600 }
small { display: block; margin: .25rem 0 1rem; color: var(--soft); font-size: .875rem }
input, button { box-sizing: border-box; width: 100%; padding: .6rem .75rem; border-radius: 8px;
  font: inherit }
input { border: 1px solid var(--line); background: var(--paper); color: inherit }
button { border: 0; background: var(--accent); color: var(--on); font-weight: 600 }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
a { color: var(--accent) }
"""
SCRIPT = """
const WORDS = {
  en: {
    title: "New password", hint: "At least 8 characters.", button: "Set it", enter: "Sign in",
    done: "Your password is set.", offline: "The server cannot be reached; try again.",
  },
  fr: {
    title: "Nouveau mot de passe", hint: "Au moins 8 caractères.", button: "L’enregistrer",
    enter: "Se connecter", done: "Votre mot de passe est enregistré.",
    offline: "Le serveur ne répond pas ; réessayez.",
    refused: "Cela n’a pas abouti ; réessayez plus tard.",
    unauthenticated: "Ce lien n’est plus valable ; demandez-en un nouveau.",
    invalid: "Ce mot de passe ne convient pas : il faut de 8 à 128 caractères.",
    rate_limited: "Trop d’essais ; réessayez dans quelques minutes.",
  },
};
const spoken = navigator.languages.find((one) => /^(en|fr)\\b/.test(one)) || "en";
const language = spoken.slice(0, 2), words = WORDS[language];
document.documentElement.lang = language;
document.title = words.title;
for (const one of document.querySelectorAll("[data-word]")) one.textContent = words[one.dataset.word];
const form = document.forms[0], out = document.querySelector("output");
async function set() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
  const body = JSON.stringify({token, new_password: form.elements.password.value});
  const headers = {"Content-Type": "application/json"};
  const answer = await fetch("/auth/password/reset", {method: "POST", headers, body});
  if (!answer.ok) {
    const {code, detail} = await answer.json();
    return language === "en" ? detail : words[code] || words.refused;
  }
  history.replaceState(null, "", location.pathname);
  form.remove();
  document.querySelector("p[hidden]").hidden = false;
  return words.done;
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  out.textContent = await set().catch(() => words.offline);
});
"""  # noqa: RUF001 - French has this apostrophe
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>New password</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>
<body><main><h1 data-word="title">New password</h1>
<form><label for="password" data-word="title">New password</label>
<input id="password" name="password" type="password" minlength="8" maxlength="128"
autocomplete="new-password" aria-describedby="hint" autofocus required>
<small id="hint" data-word="hint">At least 8 characters.</small>
<button data-word="button">Set it</button></form>
<p><output role="status"></output></p><p hidden><a href="/" data-word="enter">Sign in</a></p>
</main><script>{SCRIPT}</script></body></html>"""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; script-src {_hash(SCRIPT)}; style-src {_hash(STYLE)}; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
