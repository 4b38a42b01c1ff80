// What a page is given: the state of the address, what there is, and a way to ask that asks each thing once.

import { ask } from "./api.js";
import { FILTERS } from "./address.js";
import { granularityFor, rangeOf } from "./dates.js";

/** The view of `state`. `refresh` is for pages that change the data. */
export function makeView(state, context, signal, refresh) {
  const range = rangeOf(state, context);
  const filters = Object.fromEntries(FILTERS.map((name) => [name, state[name]]));
  const asked = new Map();
  const once = (path, parameters) => {
    const key = path + JSON.stringify(parameters);
    if (!asked.has(key)) {
      const answer = ask(path, parameters, signal);
      asked.set(key, answer);
      // What failed may be asked for again.
      answer.catch(() => asked.delete(key));
    }
    return asked.get(key);
  };
  return {
    state,
    context,
    signal,
    range,
    refresh,
    granularity: granularityFor(range),
    timeZone: state.tz || context.time_zone,
    isEmpty: context.last_day === null,
    /** Parameters that every report takes. */
    query: { start_date: range.first, end_date: range.last, tz: state.tz, ...filters },
    ask: once,
  };
}

/** The sales of the view, with series and comparison. */
export function salesOf(view) {
  // All time has nothing before it.
  const pointless = view.state.range === "all" && view.state.compare === "previous_period";
  const compare = view.state.compare === "none" || pointless ? "" : view.state.compare;
  return view.ask("/api/v1/analytics/sales", { ...view.query, granularity: view.granularity, compare, limit: 10 });
}

/** The series that `sales` is compared with; null without one. */
export async function comparedSeries(view, sales) {
  if (!sales.comparison) return null;
  const { start_date, end_date } = sales.comparison;
  const earlier = await view.ask("/api/v1/analytics/sales", {
    ...view.query,
    start_date,
    end_date,
    granularity: view.granularity,
    limit: 1,
  });
  return earlier.series;
}
