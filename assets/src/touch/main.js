/* The gestures of phones: swipes between boards, pulling to refresh, a chart in full screen when the phone is turned. A
   script of its own, which is loaded once the page is there. */

import { start as startLandscape } from "./landscape.js";
import { start as startPull } from "./pull.js";
import { start as startSwipe } from "./swipe.js";

window.codeagentTouch = (page) => {
  startSwipe();
  startPull(page);
  startLandscape(page);
};
