// What every chart is framed by: a line that reads out values on hover and by the arrow keys, the drawing by uPlot, PNG,
// and a table behind it. Knows no kind of chart.

import { announce, h, themeColour } from "../dom.js";
import { csvButton, csvLink, pngButton } from "../exports.js";
import uPlot from "../vendor/uplot.js";

const HEIGHT = 260;
export const FONT = "12px system-ui, sans-serif";

/**
 * The frame of a chart. `points` is how many there are, `read(index)` makes the nodes that tell one of them,
 * `draw(width)` gives uPlot's options and data, `columns` and `rows` the table behind; `href` is where the service itself
 * writes them as CSV.
 */
export function plot(title, { points, read, draw, columns, rows, href = undefined }, tools) {
  const readout = h("p", { class: "readout" });
  const place = h("div", {
    class: "plot",
    tabindex: "0",
    role: "img",
    "aria-label": `${title}: a chart of ${points} points. The arrow keys read them out; a table follows.`,
  });
  const tell = (index) => readout.replaceChildren(...read(index ?? points - 1));
  tell(null);
  let chart;
  const drawn = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width < 50) return;
    if (chart) return chart.setSize({ width, height: HEIGHT });
    const { options, data } = draw(width);
    const hooks = { setCursor: [(self) => tell(self.cursor.idx)] };
    chart = new uPlot({ ...frame(width), ...options, hooks }, data, place);
  });
  drawn.observe(place);
  place.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !chart) return;
    event.preventDefault();
    const index = Math.min(points - 1, Math.max(0, (chart.cursor.idx ?? points) + step));
    chart.setCursor({ left: chart.valToPos(chart.data[0][index], "x"), top: 20 });
    announce(readout.textContent);
  });
  tools?.append(
    href ? csvLink(title, href) : csvButton(title, columns, rows),
    pngButton(title, () => chart && picture(title, chart.ctx.canvas)),
  );
  return [readout, place, behind(title, columns, rows)];
}

/** An axis in the colours of the theme; `across` is drawn through the chart. */
export function axis(own, across = false) {
  const grid = across ? { stroke: themeColour("line"), width: 1 } : { show: false };
  return { stroke: themeColour("muted"), font: FONT, ticks: { show: false }, grid, ...own };
}

/** Positions of the labels that have room. */
export function ticks(points, width, room = 90) {
  const step = Math.max(1, Math.ceil(points / Math.max(1, Math.floor(width / room))));
  return Array.from({ length: Math.ceil(points / step) }, (_, index) => index * step);
}

export const cssWidth = (chart) => chart.bbox.width / devicePixelRatio;

/** What stands before a name in the readout. */
export const mark = (colour, dashed = undefined) =>
  h("i", { class: `mark ${colour}${dashed ? " dashed" : ""}`, "aria-hidden": "true" });

function frame(width) {
  return {
    width,
    height: HEIGHT,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
  };
}

/** The table is made when it is asked for. */
function behind(title, columns, rows) {
  const details = h("details", { class: "behind" }, h("summary", {}, "Show as a table"));
  const cell = (row) => (column, index) =>
    h(
      index === 0 ? "th" : "td",
      index === 0 ? { scope: "row" } : { class: "number" },
      (column.shown ?? column.cell)(row),
    );
  details.addEventListener("toggle", () => {
    if (!details.open || details.querySelector("table")) return;
    const head = (column, index) => h("th", { scope: "col", class: index > 0 ? "number" : null }, column.title);
    details.append(
      h(
        "div",
        { class: "scroll behind-table", tabindex: "0", role: "group", "aria-label": `${title}, table` },
        h(
          "table",
          {},
          h("caption", { class: "unseen" }, title),
          h("thead", {}, h("tr", {}, columns.map(head))),
          h(
            "tbody",
            {},
            rows.map((row) => h("tr", {}, columns.map(cell(row)))),
          ),
        ),
      ),
    );
  });
  return details;
}

function picture(title, source) {
  const scale = devicePixelRatio;
  const canvas = h("canvas", { width: source.width + 32 * scale, height: source.height + 64 * scale });
  const pen = canvas.getContext("2d");
  pen.fillStyle = themeColour("surface");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = themeColour("text");
  pen.font = `600 ${15 * scale}px system-ui, sans-serif`;
  pen.fillText(title, 16 * scale, 32 * scale);
  pen.drawImage(source, 16 * scale, 48 * scale);
  return canvas;
}
