// The form that turns an API key into a sign-in. The key leaves this page in one request and is kept nowhere.

import { signIn } from "./api.js";
import { h } from "./dom.js";

const REFUSED = {
  401: "This is not a key of this store, or it has been revoked.",
  403: "This key may not read the figures. Sign in with one that has the scope read.",
  429: "Too many tries from here. Wait a minute and try again.",
};

/** The form; `done` is called once signed in; `why` says why it is shown. */
export function signInForm(done, why) {
  const key = h("input", {
    id: "key",
    name: "key",
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    required: true,
    placeholder: "eap_…",
    "aria-describedby": "key-help key-problem",
  });
  const problem = h("p", { id: "key-problem", class: "problem", role: "alert" });
  const button = h("button", { class: "primary" }, "Sign in");
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    problem.textContent = "";
    try {
      await signIn(key.value.trim());
      key.value = "";
      await done();
    } catch (error) {
      problem.textContent = REFUSED[error.status] ?? error.message;
      button.disabled = false;
      key.focus();
    }
  };
  return h(
    "form",
    { class: "card sign-in", onsubmit: submit },
    h("h1", {}, "Sign in"),
    why && h("p", { role: "status" }, why),
    h("label", { for: "key" }, "API key"),
    key,
    h(
      "p",
      { id: "key-help", class: "muted" },
      "A key with the scope read. Whoever runs the service makes one with ",
      h("code", {}, "eap-api keys create"),
      ".",
    ),
    problem,
    button,
  );
}
