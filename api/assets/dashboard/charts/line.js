// A chart of lines over labels, with values on hover and by the arrow keys, a table behind it, and PNG. Draws with
// uPlot. Floats place points here; what is read out are the texts that came.

import { announce, h, save, themeColour } from "../dom.js";
import { bucket, shortBucket } from "../format.js";
import uPlot from "../vendor/uplot.js";

const HEIGHT = 260;
const FONT = "12px system-ui, sans-serif";

/**
 * `labels` of buckets; `lines` of `{name, values, colour, dash, fill, labels, points}`, values as texts or null; `format`
 * writes a value, `short` one of the axis; `band` is `[upper, lower]`, positions in `lines`.
 */
export function lineChart(title, { labels, lines, format, short, band = undefined }, tools) {
  const readout = h("p", { class: "readout" });
  const place = h("div", {
    class: "plot",
    tabindex: "0",
    role: "img",
    "aria-label": `${title}: a chart of ${labels.length} points. The arrow keys read them out; a table follows.`,
  });
  const read = (index) => {
    const shown = index ?? labels.length - 1;
    readout.replaceChildren(
      h("strong", {}, bucket(labels[shown] ?? "")),
      ...lines.filter((line) => hasValue(line, shown)).map((line) => legend(line, shown, format)),
    );
  };
  read(null);
  const plot = { chart: undefined };
  const drawn = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width < 50) return;
    if (plot.chart) plot.chart.setSize({ width, height: HEIGHT });
    else plot.chart = new uPlot(options({ labels, lines, short, band, width, read }), data(labels, lines), place);
  });
  drawn.observe(place);
  place.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !plot.chart) return;
    event.preventDefault();
    const index = Math.min(labels.length - 1, Math.max(0, (plot.chart.cursor.idx ?? labels.length) + step));
    plot.chart.setCursor({ left: plot.chart.valToPos(index, "x"), top: 20 });
    announce(readout.textContent);
  });
  tools?.append(
    h(
      "button",
      { class: "small", "aria-label": `Save ${title} as PNG`, onclick: () => savePng(title, plot.chart) },
      "PNG",
    ),
  );
  return [readout, place, behind(title, labels, lines, format)];
}

/** Marks are told where they are; lines always. */
const hasValue = (line, index) => !line.points || (line.values[index] ?? null) !== null;

function legend(line, index, format) {
  const value = line.values[index];
  const mark = h("i", { class: `mark ${line.colour}${line.dash ? " dashed" : ""}`, "aria-hidden": "true" });
  const when = line.labels?.[index] ? ` (${bucket(line.labels[index])})` : "";
  return h(
    "span",
    {},
    mark,
    `${line.name}${when} `,
    h("b", {}, value === null || value === undefined ? "–" : format(value)),
  );
}

function data(labels, lines) {
  const number = (value) => (value === null || value === undefined ? null : Number(value));
  return [
    labels.map((_, index) => index),
    ...lines.map((line) => labels.map((_, index) => number(line.values[index]))),
  ];
}

function options({ labels, lines, short, band, width, read }) {
  const muted = themeColour("muted");
  const grid = { stroke: themeColour("line"), width: 1 };
  const axis = { stroke: muted, font: FONT, ticks: { show: false } };
  const series = lines.map((line) => ({
    stroke: line.colour === "none" ? "transparent" : themeColour(line.colour),
    width: line.points ? 0 : 1.75,
    dash: line.dash ? [5, 4] : undefined,
    fill: line.fill ? themeColour("accent-soft") : undefined,
    points: line.points ? { show: true, size: 9, fill: themeColour(line.colour) } : { show: labels.length < 3 },
  }));
  return {
    width,
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: {
      x: { time: false },
      y: { range: (_, low, high) => [Math.min(0, low ?? 0) * 1.08, Math.max(high ?? 1, 0) * 1.08 || 1] },
    },
    axes: [
      {
        ...axis,
        size: 30,
        grid: { show: false },
        splits: (chart) => ticks(labels.length, chart.bbox.width / devicePixelRatio),
        values: (_, at) => at.map((index) => (labels[index] ? shortBucket(labels[index]) : "")),
      },
      { ...axis, grid, size: 62, values: (_, at) => at.map((value) => short(String(value))) },
    ],
    series: [{}, ...series],
    bands: band ? [{ series: [band[0] + 1, band[1] + 1], fill: themeColour("accent-soft") }] : [],
    hooks: { setCursor: [(chart) => read(chart.cursor.idx)] },
  };
}

/** Positions of the labels that have room. */
function ticks(points, width) {
  const step = Math.max(1, Math.ceil(points / Math.max(1, Math.floor(width / 90))));
  const positions = [];
  for (let index = 0; index < points; index += step) positions.push(index);
  return positions;
}

function behind(title, labels, lines, format) {
  const details = h("details", { class: "behind" }, h("summary", {}, "Show as a table"));
  details.addEventListener("toggle", () => {
    if (!details.open || details.querySelector("table")) return;
    const row = (label, index) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, bucket(label)),
        lines.map((line) =>
          h(
            "td",
            { class: "number" },
            line.values[index] === null || line.values[index] === undefined ? "–" : format(line.values[index]),
          ),
        ),
      );
    details.append(
      h(
        "div",
        { class: "scroll tall", tabindex: "0", role: "group", "aria-label": `${title}, table` },
        h(
          "table",
          {},
          h("caption", { class: "unseen" }, title),
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              h("th", { scope: "col" }, "When"),
              lines.map((line) => h("th", { scope: "col", class: "number" }, line.name)),
            ),
          ),
          h("tbody", {}, labels.map(row)),
        ),
      ),
    );
  });
  return details;
}

function savePng(title, chart) {
  if (!chart) return;
  const source = chart.ctx.canvas;
  const scale = devicePixelRatio;
  const canvas = h("canvas", { width: source.width + 32 * scale, height: source.height + 64 * scale });
  const pen = canvas.getContext("2d");
  pen.fillStyle = themeColour("surface");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = themeColour("text");
  pen.font = `600 ${15 * scale}px system-ui, sans-serif`;
  pen.fillText(title, 16 * scale, 32 * scale);
  pen.drawImage(source, 16 * scale, 48 * scale);
  canvas.toBlob((blob) => save(`${title}.png`, blob), "image/png");
}
