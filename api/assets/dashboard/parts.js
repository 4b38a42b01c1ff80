// The parts that pages are made of: sections that load by themselves, tiles, tables, bars, tabs, empty states.

import { go } from "./address.js";
import { loadSample } from "./api.js";
import { h, save, svg } from "./dom.js";

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

/**
 * A table. Columns: `{title, cell(row), number, wraps, csv(row)}`; a cell is a text or a node. Wide ones scroll in
 * themselves.
 */
export function table(caption, columns, rows) {
  const head = columns.map((column) => h("th", { scope: "col", class: column.number ? "number" : null }, column.title));
  const cell = (row) => (column, index) =>
    h(
      index === 0 ? "th" : "td",
      { scope: index === 0 ? "row" : null, class: column.number ? "number" : column.wraps ? "wraps" : null },
      column.cell(row),
    );
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, head)),
      h(
        "tbody",
        {},
        rows.map((row) => h("tr", {}, columns.map(cell(row)))),
      ),
    ),
  );
}

/** A button that saves the rows of a table as CSV. */
export function csvButton(name, columns, rows) {
  return h(
    "button",
    {
      class: "small",
      "aria-label": `Save ${name} as CSV`,
      onclick: () => {
        const lines = [
          columns.map((column) => column.title),
          ...rows.map((row) => columns.map((column) => (column.csv ?? column.cell)(row))),
        ];
        save(
          `${name}.csv`,
          new Blob([lines.map((line) => line.map(csvField).join(",")).join("\r\n"), "\r\n"], { type: "text/csv" }),
        );
      },
    },
    "CSV",
  );
}

/** Spreadsheets run texts that begin with these as formulas, so they get an apostrophe before them; numbers do not. */
function csvField(value) {
  const text = String(value ?? "");
  const harmless = /^-?\d+(\.\d+)?$/.test(text) || !/^[=+\-@\t\r]/.test(text) ? text : `'${text}`;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Bars beside names: rows of `{name, value, label, note}`, where `value` only measures the bar. */
export function bars(caption, rows, titles = ["Name", "Revenue", "Share"]) {
  const most = Math.max(...rows.map((row) => Math.abs(Number(row.value))), 0);
  const bar = (row) => {
    const fill = h("span", { class: Number(row.value) < 0 ? "fill negative" : "fill" });
    fill.style.width = `${most === 0 ? 0 : (Math.abs(Number(row.value)) / most) * 100}%`;
    return h(
      "tr",
      {},
      h(
        "th",
        { scope: "row" },
        h("span", { class: "bar", "aria-hidden": "true" }, fill),
        h("span", { class: "bar-name", title: row.name }, row.name),
      ),
      h("td", { class: "number" }, row.label),
      row.note !== undefined && h("td", { class: "number muted" }, row.note),
    );
  };
  return h(
    "table",
    { class: "bars" },
    h("caption", { class: "unseen" }, caption),
    h(
      "thead",
      { class: "unseen" },
      h(
        "tr",
        {},
        titles.map((title) => h("th", { scope: "col" }, title)),
      ),
    ),
    h("tbody", {}, rows.map(bar)),
  );
}

/** Tabs with the arrow keys; the chosen one is in the address. Panels: `{name, title, fill()}`. */
export function tabs(view, label, panels) {
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
    const address = new URL(location);
    address.searchParams.set("tab", one.name);
    history.replaceState(null, "", address);
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
  choose(panels.find((one) => one.name === view.state.tab) ?? panels[0], false);
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
