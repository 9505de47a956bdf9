/** What is outside the modules: plotly.js, and marks that the modules leave on elements. */

interface Window {
  Plotly?: {
    newPlot: (element: HTMLElement, data: unknown[], layout: object, config: object) => Promise<unknown>;
    relayout: (element: HTMLElement, changes: Record<string, unknown>) => Promise<unknown>;
    purge: (element: HTMLElement) => void;
  };
  codeagent: Record<string, unknown>;
  /** Modules that several scripts use, by file name. */
  codeagentModules: Record<string, unknown>;
  /** Opens the share dialog, once its script has been loaded. */
  codeagentShare?: (view: import("./share.js").View) => void;
  codeagentPush?: () => void;
  /** Starts the gestures of phones, once their script has been loaded. */
  codeagentTouch?: (page: import("./touch/pull.js").Refreshing & import("./touch/landscape.js").Screen) => void;
  codeagentPalette?: { search: () => void; keys: () => void };
}

interface HTMLElement {
  /** The HTML that an exploring page wrote into this part last. */
  codeagentHtml?: string | null;
  /** Whether a part has been prepared for the reader, which happens once. */
  codeagentSeen?: boolean;
  /** The chart that is drawn in this element. */
  codeagentChart?: import("./chart/view.js").Chart;
  /** Where a click on a row of a panel leads. */
  codeagentDrill?: Drill | null;
  /** A popover's time of opening (ms) and the element that opened it. */
  openedAt?: number;
  anchor?: HTMLElement | null;
}
