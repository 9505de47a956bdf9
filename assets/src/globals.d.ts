/** What is outside the modules: Dash, plotly.js, and marks that the modules leave on elements. */

interface DashClientside {
  no_update?: unknown;
  set_props?: (id: string, props: Record<string, unknown>) => void;
  codeagent?: Record<string, unknown>;
}

interface Window {
  dash_clientside: DashClientside;
  // biome-ignore lint/suspicious/noExplicitAny: the vendored bundle has no types of its own
  Plotly?: any;
  codeagent: Record<string, unknown>;
}

/** A chart: plotly.js adds methods and data to its element. https://plotly.com/javascript/plotlyjs-events/ */
interface PlotElement extends HTMLElement {
  on: (name: string, handler: (event: any) => void) => void;
  data: any[];
  layout: any;
  _fullLayout: any;
  codeagentDrill?: any;
  codeagentAxis?: any;
}

interface HTMLElement {
  /** The HTML that an exploring page wrote into this part last. */
  codeagentHtml?: string | null;
  /** A popover's time of opening (ms) and the element that opened it. */
  openedAt?: number;
  anchor?: Element | null;
}
