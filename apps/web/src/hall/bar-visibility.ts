/** Stillness after which the controls step back. */
const STILL_MS = 4_000;
const INPUTS = ['pointermove', 'pointerdown', 'keydown', 'focusin', 'wheel'] as const;

/** Whether the controls are to be seen: they go after some stillness and come back on any input. */
export class BarVisibility {
  visible = true;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    /** Whether something speaks against hiding now: a menu is open, the keyboard is at the controls. */
    private readonly mustStay: () => boolean,
    private readonly onChange: () => void,
  ) {}

  start(): void {
    for (const type of INPUTS) addEventListener(type, this.wake, { passive: true, capture: true });
    this.wake();
  }

  stop(): void {
    for (const type of INPUTS) removeEventListener(type, this.wake, { capture: true });
    clearTimeout(this.timer);
  }

  private readonly wake = (): void => {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.rest, STILL_MS);
    this.show(true);
  };

  private readonly rest = (): void => {
    if (this.mustStay()) this.timer = setTimeout(this.rest, STILL_MS);
    else this.show(false);
  };

  private show(visible: boolean): void {
    if (visible === this.visible) return;
    this.visible = visible;
    this.onChange();
  }
}
