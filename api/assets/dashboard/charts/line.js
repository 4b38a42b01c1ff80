// A chart of lines over labels. Floats place points here; what is read out are the texts that came.

import { h, themeColour } from "../dom.js";
import { bucket, shortBucket } from "../format.js";
import { axis, cssWidth, mark, plot, ticks } from "./plot.js";

/**
 * `labels` of buckets; `lines` of `{name, values, colour, dash, fill, labels, points, unit}`, values as texts or null;
 * `format` writes a value, `short` one of the axis; `band` is `[upper, lower]`, positions in `lines`. `at` are numbers
 * that place the points where they are not evenly spread; `when` writes a label. `href` is where the service writes CSV.
 */
export function lineChart(title, chart, tools) {
  const { labels, lines, format, at, href, when = bucket } = chart;
  const read = (index) => [
    h("strong", {}, when(labels[index] ?? "")),
    ...lines.filter((line) => isTold(line, index)).map((line) => told(line, index, format)),
  ];
  const value = (line) => (index) => {
    const own = line.values[index] ?? null;
    return own === null ? "–" : format(own);
  };
  const columns = [
    { title: "When", cell: (index) => labels[index], shown: (index) => when(labels[index]) },
    ...lines.map((line) => ({
      title: line.name,
      cell: (index) => line.values[index] ?? "",
      shown: value(line),
    })),
  ];
  const rows = labels.map((_, index) => index);
  const draw = () => ({
    options: options(chart),
    data: [at ? at.map(Number) : rows, ...lines.map((line) => rows.map((index) => number(line.values[index])))],
  });
  return plot(title, { points: labels.length, read, draw, columns, rows, href }, tools);
}

/** Marks are told where they are, what is expected where it is; other lines always. */
const isTold = (line, index) => !(line.points || line.partial) || (line.values[index] ?? null) !== null;

const number = (value) => (value === null || value === undefined ? null : Number(value));

function told(line, index, format) {
  const value = line.values[index] ?? null;
  const when = line.labels?.[index] ? ` (${bucket(line.labels[index])})` : "";
  return h(
    "span",
    {},
    mark(line.colour, line.dash),
    `${line.name}${when} `,
    h("b", {}, value === null ? "–" : format(value)),
  );
}

function options({ labels, lines, short, band, at, when }) {
  const series = lines.map((line) => ({
    stroke: themeColour(line.colour),
    width: line.points ? 0 : line.thin ? 1 : 1.75,
    dash: line.dash ? [5, 4] : undefined,
    fill: line.fill ? themeColour("accent-soft") : undefined,
    points: line.points ? { show: true, size: 9, fill: themeColour(line.colour) } : { show: labels.length < 3 },
  }));
  const below = at
    ? { values: (_, places) => places.map((place) => when(String(place))) }
    : {
        splits: (chart) => ticks(labels.length, cssWidth(chart)),
        values: (_, places) => places.map((index) => (labels[index] ? shortBucket(labels[index]) : "")),
      };
  return {
    scales: {
      x: { time: false },
      y: { range: (_, low, high) => [Math.min(0, low ?? 0) * 1.08, Math.max(high ?? 1, 0) * 1.08 || 1] },
    },
    axes: [
      axis({ size: 30, ...below }),
      axis({ size: 62, values: (_, places) => places.map((value) => short(String(value))) }, true),
    ],
    series: [{}, ...series],
    bands: band ? [{ series: [band[0] + 1, band[1] + 1], fill: themeColour("accent-soft") }] : [],
  };
}
