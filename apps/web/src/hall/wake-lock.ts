/** Keeps the screen on while a call is in view. The browser lets go whenever the page is hidden: it is asked again afterwards. */
export class WakeLock {
  private sentinel: WakeLockSentinel | undefined;
  private wanted = false;

  constructor() {
    document.addEventListener('visibilitychange', this.renew);
  }

  set(wanted: boolean): void {
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    if (wanted) void this.renew();
    else void this.sentinel?.release();
  }

  close(): void {
    this.set(false);
    document.removeEventListener('visibilitychange', this.renew);
  }

  private readonly renew = async (): Promise<void> => {
    if (!this.wanted || document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    try {
      this.sentinel = await navigator.wakeLock.request('screen');
      if (!this.wanted) await this.sentinel.release();
    } catch {
      // The battery is low or the system does not allow it: the screen follows its own rules.
    }
  };
}
