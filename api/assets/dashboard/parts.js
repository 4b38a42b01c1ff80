// The parts that pages are made of: sections that load by themselves, tiles, tabs, empty states.

import { go, read, stay } from "./address.js";
import { loadSample } from "./api.js";
import { h, svg } from "./dom.js";

let numbers = 0;

/**
 * A card that shows `fill(data, tools)` once `load` has it. A failure stays in its card. A bare one has its title for
 * screen readers only.
 */
export function section(view, title, load, fill, { wide = false, note = undefined, bare = false } = {}) {
  const id = `section-${(numbers += 1)}`;
  const tools = h("div", { class: "tools" });
  const body = h("div", { class: "card-body", "aria-busy": "true" }, h("p", { class: "loading" }, "Loading…"));
  const card = h(
    "section",
    { class: wide ? "card wide" : "card", "aria-labelledby": id },
    h(
      "header",
      { class: bare ? "unseen" : null },
      h("h2", { id }, title),
      note && h("p", { class: "muted" }, note),
      tools,
    ),
    body,
  );
  const attempt = async () => {
    try {
      const data = await load();
      if (view.signal.aborted) return;
      body.replaceChildren(...[fill(data, tools)].flat(Infinity).filter(Boolean));
    } catch (error) {
      if (view.signal.aborted || error.name === "AbortError") return;
      body.replaceChildren(failure(error, attempt));
    }
    body.removeAttribute("aria-busy");
  };
  attempt();
  return card;
}

/** What went wrong, and a way to try again. */
export function failure(error, again) {
  const fields = (error.problem?.errors ?? [])
    .filter((one) => one.field)
    .map((one) => h("li", {}, h("code", {}, one.field), ` ${one.reason}`));
  return h(
    "div",
    { class: "empty", role: "alert" },
    h("p", {}, error.message || "Something went wrong."),
    fields.length > 0 && h("ul", {}, fields),
    h("button", { onclick: again }, "Try again"),
  );
}

/** For a store without orders. Administrators may look around with the sample. */
export function emptyStore(view) {
  const sample = h(
    "button",
    {
      onclick: async () => {
        sample.disabled = true;
        await loadSample()
          .then(view.refresh)
          .then(
            () => go({}),
            (error) => sample.replaceWith(failure(error, () => go({}))),
          );
      },
    },
    "Look around with sample orders",
  );
  return h(
    "section",
    { class: "card wide empty" },
    h("h2", {}, "No orders yet"),
    h(
      "p",
      {},
      "Upload a CSV on ",
      h("a", { href: "/dashboard/data" }, "Data"),
      ", or run ",
      h("code", {}, "eap import FILE"),
      ".",
    ),
    h("p", { class: "muted" }, "The figures appear here as soon as the first orders have landed."),
    view.context.scopes.includes("admin") && sample,
  );
}

/** For a range without orders. */
export function emptyRange(view) {
  return h(
    "div",
    { class: "empty" },
    h(
      "p",
      {},
      "No orders in these days",
      view.state.region.length + view.state.channel.length + view.state.category.length > 0
        ? " with these filters."
        : ".",
    ),
    h(
      "button",
      { onclick: () => go({ range: "all", from: "", to: "", region: [], channel: [], category: [] }) },
      "Show all time",
    ),
  );
}

/** Tabs with the arrow keys; the chosen ones are in the address. Panels: `{name, title, fill()}`. */
export function tabs(label, panels) {
  const id = `tabs-${(numbers += 1)}`;
  const panel = h("div", { role: "tabpanel", id: `${id}-panel`, tabindex: "0" });
  const buttons = panels.map((one) =>
    h(
      "button",
      {
        role: "tab",
        id: `${id}-${one.name}`,
        "aria-controls": `${id}-panel`,
        onclick: () => choose(one, true),
      },
      one.title,
    ),
  );
  const choose = (one, remember) => {
    buttons.forEach((button, index) => {
      const chosen = panels[index] === one;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `${id}-${one.name}`);
    panel.replaceChildren(...[one.fill()].flat(Infinity).filter(Boolean));
    if (!remember) return;
    const state = read();
    const others = state.tab.filter((name) => !panels.some((panel) => panel.name === name));
    // What goes without saying stays out of the address.
    stay({ tab: one === panels[0] ? others : [...others, one.name] });
  };
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs" }, buttons);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = buttons.indexOf(document.activeElement);
    const to = Number.isFinite(step)
      ? (at + step + buttons.length) % buttons.length
      : step < 0
        ? 0
        : buttons.length - 1;
    choose(panels[to], true);
    buttons[to].focus();
  });
  choose(panels.find((one) => read().tab.includes(one.name)) ?? panels[0], false);
  return h("div", {}, list, panel);
}

/** A figure with its change and its course. */
export function tile(
  label,
  value,
  { change = undefined, goodWhen = "up", note = undefined, course = undefined, title = undefined } = {},
) {
  return h(
    "div",
    { class: "tile" },
    h("dt", {}, label),
    h(
      "dd",
      {},
      h("span", { class: "figure", title }, value),
      changeOf(change, goodWhen),
      note && h("span", { class: "muted" }, note),
    ),
    course && sparkline(course),
  );
}

function changeOf(change, goodWhen) {
  if (change === undefined) return null;
  if (change === null) return h("span", { class: "change muted" }, "no earlier figure");
  const falls = change.startsWith("-");
  const good =
    change.startsWith("0") && Number.parseFloat(change) === 0 ? "" : falls === (goodWhen === "down") ? "good" : "bad";
  return h("span", { class: `change ${good}` }, change);
}

/** A line without axes; its numbers only place points. */
function sparkline(values) {
  const numbers = values.map(Number);
  if (numbers.length < 2) return null;
  const [low, high] = [Math.min(0, ...numbers), Math.max(...numbers, 1e-9)];
  const point = (value, index) =>
    `${((index / (numbers.length - 1)) * 100).toFixed(2)},${(27 - ((value - low) / (high - low)) * 25).toFixed(2)}`;
  return svg(
    "svg",
    { viewBox: "0 0 100 28", preserveAspectRatio: "none", class: "sparkline", "aria-hidden": "true" },
    svg("polyline", { points: numbers.map(point).join(" "), "vector-effect": "non-scaling-stroke" }),
  );
}
