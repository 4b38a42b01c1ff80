// A chart of columns side by side: how many there are of each. Floats give heights only.

import { h, themeColour } from "../dom.js";
import { count, shortCount } from "../format.js";
import uPlot from "../vendor/uplot.js";
import { axis, cssWidth, mark, plot, ticks } from "./plot.js";

/** `rows` of `{name, short, value}`; `names` are those of the table's two columns. */
export function columnChart(title, { rows, names }, tools) {
  const read = (index) => [
    h("strong", {}, rows[index]?.name ?? ""),
    h("span", {}, mark("accent"), `${names[1]} `, h("b", {}, count(rows[index]?.value))),
  ];
  const columns = [
    { title: names[0], cell: (row) => row.name },
    { title: names[1], cell: (row) => row.value, shown: (row) => count(row.value) },
  ];
  const draw = () => ({ options: options(rows), data: [rows.map((_, index) => index), rows.map(heightOf)] });
  return plot(title, { points: rows.length, read, draw, columns, rows }, tools);
}

const heightOf = (row) => Number(row.value);

function options(rows) {
  return {
    scales: {
      x: { time: false, range: [-0.6, rows.length - 0.4] },
      y: { range: (_, low, high) => [0, (high || 1) * 1.08] },
    },
    axes: [
      axis({
        size: 30,
        splits: (chart) => ticks(rows.length, cssWidth(chart), 70),
        values: (_, places) => places.map((index) => rows[index]?.short ?? ""),
      }),
      axis({ size: 46, values: (_, places) => places.map((value) => shortCount(String(value))) }, true),
    ],
    series: [
      {},
      {
        stroke: themeColour("accent"),
        fill: themeColour("accent-soft"),
        width: 1,
        paths: uPlot.paths.bars({ size: [0.8, 80] }),
        points: { show: false },
      },
    ],
  };
}
