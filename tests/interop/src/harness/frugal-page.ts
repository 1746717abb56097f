import type { Tab } from './browser.js';
import { smallCamera } from './small-camera.js';

/** In the address of a hall: this page has a camera alone. */
export const LISTENER = 'listener';

/**
 * Runs before a page's own scripts, where many browsers share few cores. Pictures are decoded and counted but not painted, which is half of
 * what a page costs without a graphics card; sound is not searched for echoes, and whoever only listens has no microphone; tiles are
 * reported twice as large as they are, as on a dense screen, so that small pages want large pictures.
 */
export const FRUGAL_PAGE = `(() => {
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    const style = new CSSStyleSheet();
    style.replaceSync('video { display: none !important } * { animation: none !important; transition: none !important }');
    queueMicrotask(() => root.adoptedStyleSheets.push(style)); // after the component's own
    return root;
  };
  Object.defineProperty(window, 'devicePixelRatio', { get: () => 2 });
  if (!navigator.mediaDevices) return; // pages without encryption, such as the empty one
  const listens = location.search.includes('${LISTENER}');
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  navigator.mediaDevices.getUserMedia = (wanted) => {
    if (wanted.audio && listens) return Promise.reject(new DOMException('there is no microphone', 'NotFoundError'));
    return original(wanted.audio ? { ...wanted, audio: plain } : wanted);
  };
})();`;

/** Of people whose looks nobody asks about: a small camera, and a page that paints no pictures. */
export const FRUGAL_PERSON = smallCamera() + FRUGAL_PAGE;

/** Nothing of the page is painted any more; it is laid out as before. */
export function hidePage(tab: Tab): Promise<void> {
  return tab.evaluate(() => document.documentElement.style.setProperty('visibility', 'hidden'), undefined);
}
