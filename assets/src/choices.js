/* What the controls offer, and which parameters are personal: the table of pages/choices.py. */

import table from "../../pages/choices.json" with { type: "json" };

/** Names of ranges by their start. @type {Record<string, string>} */
export const QUICK_RANGES = table.quick_ranges;

/** Names of refresh intervals by the value of `refresh`. @type {Record<string, string>} */
export const REFRESH_INTERVALS = table.refresh_intervals;

/** Names of earlier periods by the value of `compare`. @type {Record<string, string>} */
export const COMPARISONS = table.comparisons;

/** Parameters that change nothing of what is asked. */
export const PERSONAL = table.personal;
