// The bar of range, comparison, filters and zone. Each choice goes into the address, and the view is drawn from there.

import { COMPARISONS, FILTERS, go } from "./address.js";
import { anchorOf, isDay, PRESETS } from "./dates.js";
import { h } from "./dom.js";
import { day, days, named, words } from "./format.js";

/** Pages that look at a range of days. */
const WITH_RANGE = ["overview", "sales", "customers", "products"];

/** The bar for `view`. */
export function controls(view) {
  const { state, context } = view;
  if (!WITH_RANGE.includes(state.page) || view.isEmpty) return [];
  const compares = state.page === "overview" || state.page === "sales";
  const names = { region: context.regions, channel: context.channels, category: context.categories };
  return [
    h(
      "div",
      { class: "controls" },
      rangeChoice(view),
      compares && choice("Comparison", COMPARISONS, state.compare, (compare) => go({ compare })),
      FILTERS.map((name) => filter(name, names[name], state[name])),
      zoneChoice(view),
      FILTERS.some((name) => state[name].length > 0) &&
        h("button", { class: "plain", onclick: () => go({ region: [], channel: [], category: [] }) }, "Clear filters"),
    ),
    h(
      "p",
      { class: "range-note" },
      days(view.range.first, view.range.last),
      state.range !== "custom" &&
        anchorOf(context) !== context.today &&
        h("span", { class: "muted" }, ` · counted back from the newest order (${day(context.last_day)})`),
    ),
  ];
}

function choice(label, options, current, chosen) {
  const option = ([value, name]) => h("option", { value, selected: value === current }, name);
  return h(
    "select",
    { id: `choose-${label}`, "aria-label": label, onchange: (event) => chosen(event.target.value) },
    Object.entries(options).map(option),
  );
}

function rangeChoice({ state, range }) {
  const select = choice("Range", PRESETS, state.range, (preset) =>
    go(
      preset === "custom" ? { range: preset, from: range.first, to: range.last } : { range: preset, from: "", to: "" },
    ),
  );
  if (state.range !== "custom") return select;
  const input = (label, name, value) =>
    h("input", {
      id: `choose-${name}`,
      type: "date",
      "aria-label": label,
      value,
      min: "1900-01-01",
      max: "2199-12-31",
      onchange: (event) => {
        if (!isDay(event.target.value)) return;
        const changed = { from: range.first, to: range.last, [name]: event.target.value };
        // The other end follows, so that a range never runs backwards.
        if (changed.from > changed.to) changed[name === "from" ? "to" : "from"] = event.target.value;
        go(changed);
      },
    });
  return [select, input("First day", "from", range.first), input("Last day", "to", range.last)];
}

function filter(name, values, chosen) {
  if (values.length < 2 && chosen.length === 0) return null;
  const all = [...new Set([...values, ...chosen])];
  const box = (value) =>
    h(
      "label",
      {},
      h("input", {
        type: "checkbox",
        checked: chosen.includes(value),
        value,
        id: `filter-${name}-${value}`,
        onchange: (event) =>
          go({ [name]: event.target.checked ? [...chosen, value] : chosen.filter((one) => one !== value) }),
      }),
      named(value),
    );
  const summary =
    chosen.length === 0 ? words(name) : `${words(name)}: ${chosen.length === 1 ? named(chosen[0]) : chosen.length}`;
  const open = document.getElementById(`filter-${name}`)?.open;
  const menu = h(
    "details",
    { class: chosen.length > 0 ? "menu chosen" : "menu", id: `filter-${name}`, open },
    h("summary", {}, summary),
    h("div", { class: "menu-list", role: "group", "aria-label": words(name) }, all.map(box)),
  );
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  return menu;
}

function zoneChoice({ state, context }) {
  const known = Intl.supportedValuesOf("timeZone");
  const zones = state.tz && !known.includes(state.tz) ? [state.tz, ...known] : known;
  const options = { "": `${context.time_zone} (store)`, ...Object.fromEntries(zones.map((zone) => [zone, zone])) };
  return choice("Time zone", options, state.tz, (tz) => go({ tz }));
}

// A menu closes when something else is pressed.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target)) menu.open = false;
});
