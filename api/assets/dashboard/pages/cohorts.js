// Cohorts: customers by when they first bought, and who of them bought again when, as a heat map. Months are those of the
// view, with its filters; other grains are fitted over all orders.

import { h } from "../dom.js";
import { csvButton, pngButton, tablePicture } from "../exports.js";
import { bucket, count } from "../format.js";
import { answered, MOST_ROWS } from "../models.js";
import { section, tabs } from "../parts.js";

const FITTED = "/api/v1/analytics/customers/cohorts";
/** Periods that are shown of a grain that has many; the CSV has all. */
const MOST_SHOWN = 26;
/** More rows than these scroll in themselves. */
const MOST_ROWS_AT_ONCE = 13;

/** The section; `report` asks for the customers of the view. */
export function cohortSection(view, report) {
  const show = (customers, tools) => {
    let chosen;
    const panel = (granularity, title, fill) => ({
      name: granularity,
      title,
      fill: () => {
        chosen = granularity;
        tools.replaceChildren();
        return fill(granularity);
      },
    });
    const other = (granularity) => {
      const load = () => view.ask(FITTED, { granularity, limit: MOST_ROWS });
      // It may be there only when another grain has been chosen.
      const fill = (answer) => chosen === granularity && fitted(view, answer, tools);
      return section(view, `By ${granularity}, of all orders`, load, answered(view, fill), { bare: true });
    };
    const panels = [panel("month", "Month", () => monthly(customers, tools))];
    if (view.context.reports.includes(FITTED))
      panels.push(panel("quarter", "Quarter (all orders)", other), panel("week", "Week (all orders)", other));
    return tabs("Cohorts by", panels);
  };
  const note = "customers by when they first bought, and how many of them bought again";
  return section(view, "Cohorts", report, show, { wide: true, note });
}

function monthly({ cohorts }, tools) {
  const rows = cohorts.filter((cohort) => cohort.customers !== "0");
  const row = (cohort) => ({ label: cohort.month, customers: cohort.customers, active: cohort.retained });
  return heatMap("Cohorts by month", "month", rows.map(row), rows.map(row), tools);
}

function fitted(view, { cohorts, granularity }, tools) {
  // The first day of a period that may have begun before the range did.
  const since = granularity === "quarter" ? quarterOf(view.range.first) : view.range.first;
  const until = granularity === "quarter" ? quarterOf(view.range.last) : view.range.last;
  const rows = cohorts.filter((cohort) => cohort.label >= since && cohort.label <= until);
  return heatMap(`Cohorts by ${granularity}`, granularity, rows.slice(-MOST_SHOWN), cohorts, tools);
}

const quarterOf = (day) => `${day.slice(0, 4)}-Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`;

const periods = (length) => Array.from({ length }, (_, index) => index);

/** Rows of `{label, customers, active}`; `all` go into the CSV. */
function heatMap(caption, grain, rows, all, tools) {
  if (rows.length === 0)
    return h("div", { class: "empty" }, h("p", {}, `Nobody bought for the first time in these ${grain}s.`));
  const shown = heatTable(grain, rows);
  const columns = [
    { title: "First order", cell: (row) => row.label },
    { title: "Customers", cell: (row) => row.customers },
    ...periods(Math.max(...all.map((cohort) => cohort.active.length))).map((index) => ({
      title: `+${index}`,
      cell: (row) => row.active[index] ?? "",
    })),
  ];
  tools.append(
    csvButton(caption, columns, all),
    pngButton(caption, () => tablePicture(caption, shown)),
  );
  const scrolls = rows.length > MOST_ROWS_AT_ONCE ? "scroll taller" : "scroll";
  return h("div", { class: scrolls, tabindex: "0", role: "group", "aria-label": caption }, shown);
}

function heatTable(grain, rows) {
  const most = Math.min(MOST_SHOWN, Math.max(...rows.map((cohort) => cohort.active.length)));
  const head = (text) => h("th", { scope: "col" }, text);
  const titles = ["First order", "Customers", ...periods(most).map((index) => (index === 0 ? "First" : `+${index}`))];
  const cells = shares(rows, most);
  const line = (cohort) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, bucket(cohort.label)),
      h("td", {}, count(cohort.customers)),
      periods(most).map((index) => cells(cohort, index)),
    );
  return h(
    "table",
    { class: "heat" },
    h("caption", { class: "unseen" }, `Share of each cohort that bought, by ${grain}s since the first order`),
    h("thead", {}, h("tr", {}, titles.map(head))),
    h("tbody", {}, rows.map(line)),
  );
}

/** Makes cells: a share measures the colour and is read as a whole percent; counts stand in the title and in the CSV. */
function shares(rows, most) {
  const share = (cohort, index) => Number(cohort.active[index]) / Number(cohort.customers);
  const highest = Math.max(
    0.01,
    ...rows.flatMap((cohort) => cohort.active.slice(1, most).map((_, index) => share(cohort, index + 1))),
  );
  return (cohort, index) => {
    if (index >= cohort.active.length) return h("td", {});
    const part = share(cohort, index);
    const cell = h(
      "td",
      { class: part === 0 ? "muted" : null, title: `${count(cohort.active[index])} of ${count(cohort.customers)}` },
      part === 0 ? "–" : `${Math.round(part * 100)}%`,
    );
    const strength = index === 0 ? 0.08 : (part / highest) * 0.45;
    cell.style.background = `rgb(var(--heat) / ${strength.toFixed(3)})`;
    return cell;
  };
}
