// Tables and bars beside names, each with the ways to save them.

import { h } from "./dom.js";
import { csvButton, csvLink, pngButton, tablePicture } from "./exports.js";

/** More rows than these scroll in themselves. */
const MOST_ROWS_AT_ONCE = 9;

/**
 * A table. Columns: `{title, cell(row), number, wraps, breaks, csv(row), field}`; a cell is a text or a node; what `wraps`
 * does so between words, what `breaks` anywhere; a column whose `field` no row has is left out. With `tools` it can be
 * saved: as what `href` answers, where the service writes it, or as the rows shown. Wide and long ones scroll in
 * themselves, in as much `room` as the page has for them.
 */
export function table(caption, columns, rows, { tools = undefined, href = undefined, room = "tall" } = {}) {
  const shown = columns.filter(({ field }) => !field || rows.some((row) => (row[field] ?? null) !== null));
  tools?.append(href ? csvLink(caption, href) : csvButton(caption, columns, rows));
  const kind = (column) => ["number", "wraps", "breaks"].find((name) => column[name]) ?? null;
  const head = shown.map((column) => h("th", { scope: "col", class: column.number ? "number" : null }, column.title));
  const cell = (row) => (column, index) =>
    h(index === 0 ? "th" : "td", { scope: index === 0 ? "row" : null, class: kind(column) }, column.cell(row));
  return h(
    "div",
    {
      class: rows.length > MOST_ROWS_AT_ONCE ? `scroll ${room}` : "scroll",
      tabindex: "0",
      role: "group",
      "aria-label": caption,
    },
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, head)),
      h(
        "tbody",
        {},
        rows.map((row) => h("tr", {}, shown.map(cell(row)))),
      ),
    ),
  );
}

/** A column of numbers that `write` makes readable; those that are not known are dashes. */
export const numbers = (title, field, write) => ({
  title,
  field,
  number: true,
  cell: (row) => ((row[field] ?? null) === null ? "–" : write(row[field])),
  csv: (row) => row[field] ?? "",
});

/**
 * Bars beside names: rows of `{name, value, label, note, exact}`, where `value` measures the bar and goes into the CSV
 * with `exact`, what `note` says without its words. `titles` are those of name, value and note.
 */
export function bars(caption, rows, titles = ["Name", "Revenue", "Share"], tools = undefined) {
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
  const shown = h(
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
  tools?.append(...barTools(caption, titles, rows, shown));
  return shown;
}

function barTools(caption, titles, rows, shown) {
  const cells = [(row) => row.name, (row) => row.value, (row) => row.exact ?? row.note ?? ""];
  const columns = titles.map((title, index) => ({ title, cell: cells[index] }));
  return [csvButton(caption, columns, rows), pngButton(caption, () => tablePicture(caption, shown))];
}
