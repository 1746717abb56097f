/** The part of the Shape Detection API that we use (WICG shape-detection-api, "BarcodeDetector"). */
interface BarcodeDetectorLike {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}

interface BarcodeDetectorClass {
  new (options: { formats: readonly string[] }): BarcodeDetectorLike;
  getSupportedFormats(): Promise<readonly string[]>;
}

function detectorClass(): BarcodeDetectorClass | undefined {
  const scope = globalThis as { BarcodeDetector?: BarcodeDetectorClass }; // not in the DOM types: only some browsers have it
  return scope.BarcodeDetector;
}

/** Whether this browser can read QR codes from a camera. */
export async function canScan(): Promise<boolean> {
  const Detector = detectorClass();
  if (!Detector || !navigator.mediaDevices) return false;
  return (await Detector.getSupportedFormats()).includes('qr_code');
}

/** A reader of QR codes in pictures. Only where {@link canScan}. */
export function makeDetector(): (video: HTMLVideoElement) => Promise<readonly string[]> {
  const Detector = detectorClass();
  if (!Detector) throw new Error('this browser reads no QR codes');
  const detector = new Detector({ formats: ['qr_code'] });
  return async (video) => (await detector.detect(video)).map((found) => found.rawValue);
}
