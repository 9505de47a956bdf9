/* The entry point of the bundle: what listens to the page starts here, in this order. */

import * as boardRefresh from "./board-refresh.js";
import * as clock from "./clock.js";
import * as controls from "./controls.js";
import * as crosshair from "./crosshair.js";
import * as explorer from "./explorer.js";
import * as kiosk from "./kiosk.js";
import * as kioskFit from "./kiosk-fit.js";
import * as logTail from "./log-tail.js";
import * as panelMenu from "./panel-menu.js";
import * as popups from "./popups.js";
import * as scrollPlace from "./scroll-place.js";
import * as theme from "./theme.js";
import * as urlState from "./url-state.js";
import { visible, visibleName } from "./visible.js";
import * as waterfall from "./waterfall.js";
import * as waterfallFind from "./waterfall-find.js";

for (const module of [
  clock,
  urlState,
  scrollPlace,
  theme,
  crosshair,
  boardRefresh,
  popups,
  panelMenu,
  controls,
  kiosk,
  kioskFit,
  explorer,
  waterfall,
  waterfallFind,
  logTail,
])
  module.start();

// For the console and for browser tests.
window.codeagent = { clock, url: urlState, visible, visibleName };
