/** The part of plotly.js that the charts use. https://plotly.com/javascript/reference/ */

type Coordinate = number | string;

interface PlotAxis {
  type?: string;
  range?: Coordinate[];
  tickvals?: unknown[];
  ticktext?: string[];
  showgrid?: boolean;
  visible?: boolean;
  [option: string]: unknown;
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
  /** Titles and addresses of the links of a series. */
  links?: string[][];
  /** Of rows, which are bars, parts or rows of a heatmap. */
  row_links?: string[][][];
}

interface PlotTrace {
  type?: string;
  name?: string;
  x?: Coordinate[];
  x0?: Coordinate;
  dx?: number;
  y?: (number | null)[];
  z?: (number | null)[][];
  text?: (string | string[])[];
  customdata?: unknown[];
  stackgroup?: string;
  mode?: string;
  line?: { color?: string; width?: number; dash?: string };
  marker?: { size?: number; color?: string | string[]; colors?: string[] };
  /** The parts of a ring, the share of its radius that is empty, and the text in its middle. */
  values?: number[];
  hole?: number;
  title?: { text: string };
  fill?: string;
  fillcolor?: string;
  width?: number;
  zmin?: number;
  zmax?: number;
  ygap?: number;
  colorscale?: [number, string][];
  meta?: TraceMeta;
  hoverinfo?: string;
  hovertemplate?: string;
  /** The first instant in epoch ms, of a trace on a time axis. */
  startMs?: number;
}

interface PlotShape {
  type?: "line" | "rect";
  name?: string;
  xref?: string;
  x0?: Coordinate;
  x1?: Coordinate;
  y0?: number;
  y1?: number;
  line?: { color?: string; width?: number };
  layer?: "above" | "below";
  fillcolor?: string;
  opacity?: number;
  label?: { text: string; textposition?: string; font?: { size?: number } };
}

interface PlotAnnotation {
  xref?: string;
  x?: number;
  yref?: string;
  y?: number;
  yanchor?: string;
  xanchor?: string;
  xshift?: number;
  text?: string;
  font?: { color?: string; size?: number };
}

interface PlotLayout {
  xaxis?: PlotAxis;
  yaxis?: PlotAxis;
  shapes?: PlotShape[];
  annotations?: PlotAnnotation[];
  margin?: { l?: number; t?: number; r?: number; b?: number };
  meta?: { shift?: number; narrow?: { ticktext: string[]; l: number } };
  hovermode?: string | false;
  [option: string]: unknown;
}

interface Figure {
  data: PlotTrace[];
  layout: PlotLayout;
}

/** An element that plotly.js has drawn into. */
interface PlotElement extends HTMLElement {
  layout: PlotLayout;
}
