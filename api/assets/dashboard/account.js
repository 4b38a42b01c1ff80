// The end of the top bar: light or dark, and signing out.

import { signOut } from "./api.js";
import { h } from "./dom.js";

const THEMES = { auto: "Auto", light: "Light", dark: "Dark" };

/** The controls; `signedOut` is called after signing out. */
export function account(context, signedOut) {
  return h(
    "div",
    { class: "account" },
    themeChoice(),
    context.signed_in &&
      h(
        "button",
        {
          onclick: async () => {
            await signOut();
            await signedOut();
          },
        },
        "Sign out",
      ),
  );
}

function themeChoice() {
  const current = document.documentElement.dataset.theme ?? "auto";
  const option = ([value, name]) => h("option", { value, selected: value === current }, name);
  return h(
    "select",
    {
      id: "theme",
      "aria-label": "Theme",
      onchange: (event) => {
        const theme = event.target.value;
        if (theme === "auto") {
          delete document.documentElement.dataset.theme;
          localStorage.removeItem("theme");
        } else {
          document.documentElement.dataset.theme = theme;
          localStorage.setItem("theme", theme);
        }
        window.dispatchEvent(new Event("theme"));
      },
    },
    Object.entries(THEMES).map(option),
  );
}

// Charts are drawn with the colours of the theme, so a change by the system draws them anew.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => window.dispatchEvent(new Event("theme")));
