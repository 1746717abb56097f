// Somebody at the web app while pictures are taken: does what people do, by what is on the screen.
const PATIENCE_MS = 45_000;
/** Until animations are over and figures have come. */
const SETTLED_MS = 600;

/** Runs in the page: what is shared is a document, drawn, instead of Chromium's test pattern. */
function shareDocument(title) {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
    const context = canvas.getContext('2d');
    const draw = () => {
      context.fillStyle = '#fbfaf7';
      context.fillRect(0, 0, 1280, 720);
      context.fillStyle = '#2f4a42';
      context.fillRect(0, 0, 1280, 46);
      context.fillStyle = '#2b2722';
      context.font = '600 46px "Pretendard Variable", sans-serif';
      context.fillText(title, 96, 138);
      context.fillStyle = '#cfc6b6';
      for (let line = 0; line < 9; line++) context.fillRect(96, 196 + line * 50, 420 + ((line * 97) % 170), 15);
      ['#7fc1ae', '#d9a566', '#9ab0c8', '#c98b7f', '#b7b08a'].forEach((colour, i) => {
        const height = 130 + ((i * 83) % 240);
        context.fillStyle = colour;
        context.fillRect(740 + i * 92, 630 - height, 62, height);
      });
    };
    draw();
    setInterval(draw, 250);
    return canvas.captureStream(5);
  };
}

export class Visitor {
  /** @param {import('playwright-core').Page} page @param {string} name */
  constructor(page, name) {
    this.page = page;
    this.name = name;
  }

  static async open(browser, { locale, names, screen }, who, device) {
    const context = await browser.newContext({ ...device, locale, permissions: ['camera', 'microphone'] });
    await context.addInitScript(shareDocument, screen);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    return new Visitor(page, names[who]);
  }

  /** The element of this test id that is visible: some are there twice, for wide and for narrow screens. */
  element(testId) {
    return this.page.locator(`[data-testid="${testId}"]:visible`).first();
  }

  async goto(url) {
    await this.page.goto(url);
  }

  async click(testId) {
    await this.element(testId).click();
  }

  async sees(testId) {
    await this.element(testId).waitFor();
  }

  async settle(ms = SETTLED_MS) {
    await this.page.waitForTimeout(ms);
  }

  /** Stands at the threshold with a name and a picture. */
  async getReady() {
    await this.element('name').fill(this.name);
    await this.page.waitForFunction(() => {
      const find = (root) =>
        [...root.querySelectorAll('*')].some((each) => each.videoWidth > 2 || (each.shadowRoot && find(each.shadowRoot)));
      return find(document);
    });
  }

  async join() {
    await this.getReady();
    await this.click('join');
    await this.sees('hall');
  }

  /** Resolves once so many others are there and their pictures move. */
  async seesOthers(count) {
    await this.page.waitForFunction((count) => {
      const videos = [];
      const visit = (root) => {
        for (const each of root.querySelectorAll('*')) {
          if (each instanceof HTMLVideoElement && each.videoWidth > 2 && each.currentTime > 0) videos.push(each);
          if (each.shadowRoot) visit(each.shadowRoot);
        }
      };
      visit(document);
      return videos.length > count;
    }, count);
  }

  /** Waits until every line is rated good: on a busy machine the first seconds are not. Goes on without where that does not come. */
  async calm(patienceMs = 20_000) {
    const rated = this.page.locator('[data-testid="quality"]:not([data-level="good"])');
    for (const giveUpAt = Date.now() + patienceMs; Date.now() < giveUpAt && (await rated.count()) > 0; ) await this.settle(500);
  }

  async openPanel(panel) {
    if (await this.page.locator(`[data-testid="panel"][data-panel="${panel}"]`).isVisible()) return;
    await this.closePanel();
    await this.wakeBar();
    if (await this.element(`panel-${panel}`).isVisible()) await this.click(`panel-${panel}`);
    else {
      await this.click('more');
      await this.click(`menu-${panel}`);
    }
    await this.page.locator(`[data-testid="panel"][data-panel="${panel}"]`).waitFor();
  }

  async closePanel() {
    if (await this.element('close-panel').isVisible()) await this.click('close-panel');
  }

  async say(text) {
    await this.openPanel('chat');
    await this.element('chat-input').fill(text);
    await this.click('chat-send');
    await this.page.getByText(text.slice(0, 12)).first().waitFor();
  }

  async shareScreen() {
    await this.wakeBar();
    await this.click('screen');
  }

  async seesScreen() {
    await this.page.locator('[data-testid="stage"][data-layout="focus"]').waitFor();
    await this.settle(3_000); // until the shared screen is sharp
  }

  async sendFiles(paths) {
    await this.page.locator('maru-files-panel input[type="file"]').first().setInputFiles(paths);
  }

  /** Accepts the offered files of these names. */
  async takeFiles(names) {
    for (const name of names) await this.page.locator('maru-transfer', { hasText: name }).locator('button.primary').click();
  }

  async leave() {
    await this.wakeBar();
    await this.click('leave');
    await this.sees('after');
  }

  /** The tools hide while nothing moves, unless the pointer is on them. */
  async wakeBar() {
    const { width, height } = this.page.viewportSize();
    await this.page.mouse.move(width / 2, height / 2);
    await this.page.mouse.move(4, height - 12);
  }

  /** What is on the screen in one theme, as PNG; of another size than the screen's where `size` is given. */
  async picture(theme, size) {
    const usual = this.page.viewportSize();
    if (size) await this.page.setViewportSize(size);
    await this.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await this.page.evaluate(() => document.fonts.ready.then(() => undefined));
    await this.wakeBar();
    await this.settle();
    const picture = await this.page.screenshot({ type: 'png' });
    if (size) await this.page.setViewportSize(usual);
    return picture;
  }

  async close() {
    await this.page.context().close();
  }
}
