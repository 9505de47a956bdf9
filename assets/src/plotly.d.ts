/** The part of plotly.js that the charts use. https://plotly.com/javascript/reference/ */

type Coordinate = number | string;

interface PlotAxis {
  type?: string;
  range?: Coordinate[];
  tickvals?: unknown[];
  ticktext?: string[];
  [option: string]: unknown;
}

/** An axis as plotly.js has drawn it: conversions of pixels (p), data (d) and linear values (l). */
interface DrawnAxis {
  type: string;
  p2d?: (pixel: number) => number;
  p2l: (pixel: number) => number;
  l2p: (value: number) => number;
  d2l?: (value: number) => number;
}

interface TraceMeta {
  name?: string;
  names?: string[];
  unit?: string;
  series?: number;
  compareOf?: number;
  axis?: PlotAxis;
  labels?: Record<string, string>;
  rows?: Record<string, string>[];
}

interface PlotTrace {
  type?: string;
  name?: string;
  visible?: boolean;
  x?: Coordinate[];
  x0?: Coordinate;
  dx?: number;
  y?: (number | null)[];
  z?: (number | null)[][];
  text?: string[][];
  customdata?: unknown[];
  stackgroup?: string;
  line?: { color?: string };
  meta?: TraceMeta;
  hoverinfo?: string;
  hovertemplate?: string;
  /** The first instant in epoch ms, of a trace on a time axis. */
  startMs?: number;
}

interface PlotShape {
  xref?: string;
  x0?: Coordinate;
  x1?: Coordinate;
}

interface PlotLayout {
  xaxis?: PlotAxis;
  yaxis?: PlotAxis;
  shapes?: PlotShape[];
  margin?: { l?: number };
  meta?: { shift?: number; narrow?: { ticktext: string[]; l: number } };
  hovermode?: string | false;
  [option: string]: unknown;
}

interface Figure {
  data: PlotTrace[];
  layout: PlotLayout;
}

interface PlotClick {
  points?: { data: PlotTrace; pointIndex: number | number[] }[];
}

/** The ends of a zoom, as `xaxis.range` or as `xaxis.range[0]` and `xaxis.range[1]`. */
type PlotRelayout = Record<string, Coordinate[] & Coordinate>;

/** A chart: plotly.js adds methods and data to its element. https://plotly.com/javascript/plotlyjs-events/ */
interface PlotElement extends HTMLElement {
  on(name: "plotly_relayout", handler: (change: PlotRelayout) => void): void;
  on(name: "plotly_click", handler: (event: PlotClick) => void): void;
  data: PlotTrace[];
  layout: PlotLayout;
  _fullLayout?: { xaxis?: DrawnAxis; yaxis?: DrawnAxis; _size?: { l: number; t: number; w: number; h: number } };
  codeagentAxis?: PlotAxis;
}
