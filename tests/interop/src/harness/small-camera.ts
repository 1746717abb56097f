/**
 * Runs before a page's own scripts: its camera is small and slow, whatever the page asks for. Tests that ask something else than how pictures
 * look need no large ones, and browsers without a graphics card have the processor for little else.
 */
export function smallCamera(frameRate = 15): string {
  return `(() => {
  if (!navigator.mediaDevices) return; // pages without encryption, such as the empty one
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const video = { width: 320, height: 180, frameRate: ${frameRate} };
  navigator.mediaDevices.getUserMedia = (wanted) => original(wanted.video ? { ...wanted, video } : wanted);
})();`;
}
