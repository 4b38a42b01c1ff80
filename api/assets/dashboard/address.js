// The address is the state: page, range, comparison, zone and filters. A view can be shared, and the back button works.

import { DEFAULT_PRESET, PRESETS } from "./dates.js";

/** Pages by name in the address. */
export const PAGES = {
  overview: "Overview",
  sales: "Sales",
  customers: "Customers",
  products: "Products",
  live: "Live",
  data: "Data",
};

export const FILTERS = ["region", "channel", "category"];
export const COMPARISONS = {
  previous_period: "Previous period",
  previous_year: "Previous year",
  none: "No comparison",
};
/** Days over which a customer is valued. */
export const HORIZONS = { 30: "30 days", 90: "90 days", 365: "1 year", 730: "2 years", 1825: "5 years" };
const DEFAULT_HORIZON = "365";

/** What the address of the browser says; whatever it says wrong is as if it were not there. */
export function read(location = window.location) {
  const query = new URLSearchParams(location.search);
  const page = location.pathname.split("/")[2] || "overview";
  const range = query.get("range");
  const compare = query.get("compare");
  const horizon = query.get("horizon");
  return {
    page: page in PAGES ? page : "overview",
    range: range in PRESETS ? range : DEFAULT_PRESET,
    from: query.get("from") ?? "",
    to: query.get("to") ?? "",
    compare: compare in COMPARISONS ? compare : "previous_period",
    tz: query.get("tz") ?? "",
    product: query.get("product") ?? "",
    customer: query.get("customer") ?? "",
    horizon: Object.hasOwn(HORIZONS, horizon) ? horizon : DEFAULT_HORIZON,
    tab: query.getAll("tab"),
    ...Object.fromEntries(FILTERS.map((name) => [name, query.getAll(name)])),
  };
}

/** The address of `state`, without what goes without saying. */
export function write(state) {
  const query = new URLSearchParams();
  if (state.range !== DEFAULT_PRESET) query.set("range", state.range);
  if (state.range === "custom") {
    query.set("from", state.from);
    query.set("to", state.to);
  }
  if (state.compare !== "previous_period") query.set("compare", state.compare);
  for (const name of ["tz", "product", "customer"]) if (state[name]) query.set(name, state[name]);
  if (state.customer && state.horizon !== DEFAULT_HORIZON) query.set("horizon", state.horizon);
  for (const name of state.tab) query.append("tab", name);
  for (const name of FILTERS) for (const value of state[name]) query.append(name, value);
  const path = state.page === "overview" ? "/dashboard" : `/dashboard/${state.page}`;
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Notes `changes` in the address of a view that has drawn them itself. */
export function stay(changes) {
  history.replaceState(null, "", write({ ...read(), ...changes }));
}

/** As `stay`, but the back button leads to the view before. */
export function enter(changes) {
  history.pushState(null, "", write({ ...read(), ...changes }));
}

/** Goes to the current view with `changes`; whoever listens draws it. */
export function go(changes) {
  enter(changes);
  window.dispatchEvent(new Event("go"));
}
