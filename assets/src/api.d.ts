/** What the server answers, as app/encode.py and app/api.py write it. */

interface ErrorAnswer {
  sentence: string;
  hint?: string;
  /** Place of the character in the search that cannot be understood. */
  position?: number;
  /** Epoch ms of the results that are shown instead. */
  as_of?: number;
}

/** Where a click leads: a page, and the parameter that takes the value of a label. */
interface Drill {
  page: string;
  label?: string;
  parameter?: string;
}

/** Instants are epoch seconds. */
interface Outage {
  source: string;
  text: string;
  since: number | null;
  data_until: number | null;
}

interface PanelAnswer {
  id: string;
  state: string;
  status: string;
  rev: string;
  sentence: string;
  hint?: string;
  age: number;
  alt: string;
  notes?: string[];
  legend?: string;
  html?: string;
  figure?: Figure;
  drill: Drill | null;
  outage?: string;
  renewing?: boolean;
}

/** Instants are epoch seconds. */
interface StatusItem {
  text: string;
  href: string;
  status: string;
  since?: number;
  as_of?: number;
  /** The worst place. */
  where?: string;
  more?: { text: string; href: string } | null;
}

interface StatusLine {
  status: string;
  text: string;
  items: StatusItem[];
}

/** The window's `now` is in epoch seconds. */
interface BoardAnswer {
  window: { now: number };
  panels: PanelAnswer[];
  sentence: StatusLine;
  outages: Outage[];
  awaited?: boolean;
  units?: Record<string, import("./units.js").Rule>;
  error?: ErrorAnswer;
}

interface ExploreAnswer {
  parts: Record<string, string>;
  title?: string;
  error?: ErrorAnswer;
}

interface FilterAnswer {
  values: string[];
  busiest: string[];
  most: number;
  longest: number;
  left_out: number;
  error?: ErrorAnswer;
}

interface SeriesNumbers {
  labels: Record<string, string>;
  values: (number | null)[];
}

/** One query's numbers; without `series` it has no result. Times are epoch seconds. */
interface QueryNumbers {
  title: string;
  legend: string;
  unit: string;
  times: number[];
  series: SeriesNumbers[];
}

/** A row of a timeline. */
interface StateWords {
  name: string;
  times: number[];
  words: (string | null)[];
}

interface PanelNumbers {
  title: string;
  sentence: string;
  queries: QueryNumbers[];
  units?: Record<string, import("./units.js").Rule>;
  states?: StateWords[];
}

interface QueryAnswer {
  expr: string;
  facts: Record<string, string>;
  notes: string[];
  copies: Record<string, string>;
}
