/* The entry point of the bundle: what listens to the page starts here, in this order. */

import { start as startBoardRefresh } from "./board-refresh.js";
import { start as startCrosshair } from "./chart/crosshair.js";
import { start as startGestures } from "./chart/gestures.js";
import { chartOfPanel, start as startCharts } from "./chart/view.js";
import * as clock from "./clock.js";
import { start as startClock } from "./clock.js";
import { start as startControlLabels } from "./control-labels.js";
import { start as startControls } from "./controls.js";
import { start as startExplorer } from "./explorer.js";
import { start as startFullScreen } from "./full-screen.js";
import { start as startKiosk } from "./kiosk.js";
import { screens, showScreen, start as startKioskFit } from "./kiosk-fit.js";
import { start as startOffline } from "./offline/registration.js";
import { handleTap } from "./point-menu.js";
import { start as startPopups } from "./popups.js";
import { start as startRangeBrush } from "./range-brush.js";
import { start as startRowChoice } from "./row-choice.js";
import { start as startScrollPlace } from "./scroll-place.js";
import { start as startSharedModules } from "./shared-modules.js";
import { start as startTheme } from "./theme.js";
import { start as startTouch } from "./touch-loader.js";
import * as urlState from "./url-state.js";
import { start as startUrlState } from "./url-state.js";
import { visible, visibleName } from "./visible.js";

for (const start of [
  startSharedModules,
  startClock,
  startUrlState,
  startScrollPlace,
  startTheme,
  startCharts,
  startCrosshair,
  () => startGestures(handleTap),
  startFullScreen,
  startBoardRefresh,
  startPopups,
  startControls,
  startControlLabels,
  startKiosk,
  startKioskFit,
  startExplorer,
  startRangeBrush,
  startRowChoice,
  startOffline,
  startTouch,
])
  start();

// For the console and for browser tests.
window.codeagent = { chartOfPanel, clock, screens, showScreen, url: urlState, visible, visibleName };
