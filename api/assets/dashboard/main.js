// The story of the page: learn what there is, draw the frame, draw the view that the address names, again on each change.

import { ask, Refusal } from "./api.js";
import { PAGES, read, write } from "./address.js";
import { account } from "./account.js";
import { controls } from "./controls.js";
import { announce, h } from "./dom.js";
import { failure } from "./parts.js";
import { signInForm } from "./sign_in.js";
import { makeView } from "./view.js";

const main = document.getElementById("main");
let context;
let drawing = new AbortController();

async function start() {
  try {
    context = await ask("/dashboard/context");
  } catch (error) {
    context = undefined;
    if (error instanceof Refusal && error.status === 401) showSignIn();
    else main.replaceChildren(failure(error, start));
    return;
  }
  await draw();
}

async function draw() {
  // Nobody is signed in: the form stays, and what is asked for waits in the address.
  if (context === undefined) return;
  drawing.abort();
  drawing = new AbortController();
  const { signal } = drawing;
  const state = read();
  // Controls are made anew; whoever works by keyboard stays where they were, and an open menu stays open.
  const focused = document.activeElement?.id;
  main.setAttribute("aria-busy", "true");
  document.title = `${PAGES[state.page]} · Analytics`;
  document.getElementById("account").replaceChildren(account(context, start));
  drawPages(state);
  const view = makeView(state, context, signal, refresh);
  document.getElementById("controls").replaceChildren(...controls(view));
  if (focused && document.activeElement === document.body)
    document.getElementById(focused)?.focus({ preventScroll: true });
  const page = await import(`./pages/${state.page}.js`);
  if (signal.aborted) return;
  main.replaceChildren(h("h1", { class: "unseen" }, PAGES[state.page]), ...page.show(view).flat());
  main.removeAttribute("aria-busy");
}

/** After an upload: there may be other days and names now. */
async function refresh() {
  context = await ask("/dashboard/context");
  drawPages(read());
}

function drawPages(state) {
  const link = ([page, title]) =>
    h(
      "a",
      {
        href: write({ ...state, page, tab: [], product: "", customer: "" }),
        "aria-current": page === state.page ? "page" : null,
      },
      title,
    );
  const pages = document.getElementById("pages");
  pages.replaceChildren(...Object.entries(PAGES).map(link));
  // On a narrow screen the names scroll: the current one comes into sight.
  const current = pages.querySelector("[aria-current]");
  pages.scrollLeft = current.offsetLeft + (current.offsetWidth - pages.clientWidth) / 2;
}

function showSignIn(why = "") {
  drawing.abort();
  document.title = "Sign in · Analytics";
  main.removeAttribute("aria-busy");
  for (const id of ["pages", "controls", "account"]) document.getElementById(id).replaceChildren();
  main.replaceChildren(signInForm(start, why));
}

document.querySelector(".skip").addEventListener("click", (event) => {
  // Not a change of address: that would draw the view anew.
  event.preventDefault();
  main.focus();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='/dashboard']");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || link.hasAttribute("download") || context === undefined) return;
  event.preventDefault();
  history.pushState(null, "", link.getAttribute("href"));
  window.scrollTo(0, 0);
  draw().then(() => announce(`${document.title}`));
});
window.addEventListener("popstate", draw);
window.addEventListener("go", draw);
window.addEventListener("theme", draw);
window.addEventListener("signed-out", () => {
  // Nobody was signed in before the first answer; `start` sees to that.
  if (context === undefined) return;
  context = undefined;
  showSignIn("You have been signed out: the sign-in has ended, or its key has been revoked.");
});
start();
