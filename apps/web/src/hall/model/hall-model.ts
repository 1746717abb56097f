import {
  type Call,
  type CloseReason,
  type LocalStream,
  MaruError,
  type ReceivedMessage,
  type RemoteConnection,
  type RemoteStream,
} from '@maru/client';
import { VisitLog, type VisitSummary } from '../../after/summary.js';
import { problemOfError } from '../../errors/problem.js';
import { words } from '../../i18n/index.js';
import type { DeviceLoss, LocalMedia } from '../../media/local-media.js';
import { streamOf } from '../../media/stream-of.js';
import { preferences } from '../../preferences/current.js';
import { Store } from '../../ui/store.js';
import { cameraOf, cameraTile, hasHandRaised, keyOf, nameOf, personOf, screenTile } from './call-views.js';
import { ChatLog } from './chat-log.js';
import { MutedEar } from './muted-talk.js';
import { Publisher } from './publisher.js';
import { chooseStage, SpeakerChooser, type StageChoice } from './stage.js';
import type { Layout, LineView, Notice, PersonView, TileView } from './views.js';

/** Which hall this is and what we are called in it. */
export interface HallPlace {
  /** Undefined in a call without a server. */
  readonly hall: string | undefined;
  readonly name: string;
}

/** How large a picture is shown, in device pixels. */
export interface ShownSize {
  readonly width: number;
  readonly height: number;
}

/** How often it is looked who speaks. */
const LISTEN_EVERY_MS = 200;
/** Above this many people, mute changes are no longer read aloud: it would never be quiet. */
const QUIET_ABOVE = 8;

/** A call as the hall shows it: everything that can be drawn, and everything a person can do. */
export class HallModel extends Store {
  readonly chat: ChatLog;
  readonly startedAt = performance.now();
  layout: Layout = 'grid';
  pinnedKey: string | undefined;
  screen: LocalStream | undefined;
  line: LineView | undefined;
  onNotice: ((notice: Notice) => void) | undefined;
  onEnded: ((summary: VisitSummary) => void) | undefined;
  private handRaised = false;
  private readonly publisher: Publisher;
  private readonly visit = new VisitLog(this.startedAt);
  private readonly speaker = new SpeakerChooser();
  private readonly ear = new MutedEar();
  private readonly mutedBefore = new WeakMap<RemoteStream, boolean>();
  private readonly handBefore = new Map<string, boolean>();
  private readonly offs: (() => void)[] = [];
  private talkingWithSpace = false;
  private refusedWith: string | undefined;
  private shownSizes: ReadonlyMap<string, ShownSize> = new Map();
  private ended = false;

  constructor(
    readonly call: Call,
    readonly media: LocalMedia,
    readonly place: HallPlace,
  ) {
    super();
    this.chat = new ChatLog(call);
    this.publisher = new Publisher(call, media, (error) => this.complain(error));
    this.listen();
  }

  /** Shows ourselves to the others, once joined. */
  async start(): Promise<void> {
    for (const connection of this.call.connections.values()) this.visit.met(connection.id, nameOf(connection));
    const timer = setInterval(() => this.hear(), LISTEN_EVERY_MS);
    this.offs.push(
      () => clearInterval(timer),
      () => this.ear.close(),
    );
    if (this.canPublish) await this.publisher.sync();
    this.changed();
    if (this.call.state === 'closed') this.end(this.call.closeReason ?? { type: 'left' });
  }

  get canPublish(): boolean {
    return this.call.self?.role !== 'subscriber';
  }

  get isModerator(): boolean {
    return this.call.self?.role === 'moderator';
  }

  get handIsRaised(): boolean {
    return this.handRaised;
  }

  get isSharing(): boolean {
    return this.screen !== undefined && !this.screen.closed;
  }

  get canShare(): boolean {
    return this.canPublish && navigator.mediaDevices !== undefined && 'getDisplayMedia' in navigator.mediaDevices;
  }

  get peopleCount(): number {
    return this.call.connections.size + 1;
  }

  /** Every picture, in an order that stays: ourselves, then the others as they came, each one's screens behind them. */
  get tiles(): readonly TileView[] {
    const tiles = [this.ownTile()];
    for (const connection of this.call.connections.values()) {
      tiles.push(cameraTile(connection, this.pinnedKey));
      for (const stream of connection.streams.values())
        if (stream.kind === 'screen') tiles.push(screenTile(connection, stream, this.pinnedKey));
    }
    return tiles;
  }

  get stage(): StageChoice {
    return chooseStage(this.tiles, { layout: this.layout, pinnedKey: this.pinnedKey, speakerId: this.speaker.current });
  }

  get people(): readonly PersonView[] {
    const { self } = this.call;
    const own: PersonView = {
      id: self?.id ?? 'self',
      name: this.place.name,
      isSelf: true,
      role: self?.role ?? 'publisher',
      micOn: this.media.microphoneOn,
      cameraOn: this.media.cameraOn,
      handRaised: this.handRaised,
      sharing: this.isSharing,
      away: false,
      pinned: this.pinnedKey === OWN_KEY,
      quality: undefined,
    };
    return [own, ...[...this.call.connections.values()].map((connection) => personOf(connection, this.pinnedKey))];
  }

  /** Everybody's sound, apart from the pictures: it goes on while a picture is on another page. */
  get sounds(): readonly RemoteStream[] {
    return [...this.call.connections.values()].flatMap((connection) => [...connection.streams.values()]);
  }

  // What a person can do

  async toggleMicrophone(): Promise<void> {
    if (!this.canPublish) return;
    const on = !this.media.microphoneOn;
    await this.media.setMicrophone(on);
    const { announce } = words();
    this.tell({ text: this.media.microphoneOn ? announce.youUnmuted : announce.youMuted, spokenOnly: true });
    this.complainAboutDevice('microphone');
  }

  async toggleCamera(): Promise<void> {
    if (!this.canPublish) return;
    await this.media.setCamera(!this.media.cameraOn);
    const { announce } = words();
    this.tell({ text: this.media.cameraOn ? announce.youCameraOn : announce.youCameraOff, spokenOnly: true });
    this.complainAboutDevice('camera');
  }

  /** Heard for as long as the key is held, when otherwise muted. */
  holdToTalk(held: boolean): void {
    if (held === this.talkingWithSpace || (held && this.media.microphoneOn) || !this.canPublish) return;
    this.talkingWithSpace = held;
    void this.media.setMicrophone(held, false);
    this.changed();
  }

  get isTalkingWithSpace(): boolean {
    return this.talkingWithSpace;
  }

  async toggleScreen(): Promise<void> {
    if (this.isSharing) return this.stopScreen();
    const { problems } = words();
    if (!this.canShare) {
      this.tell({ text: `${problems.screenUnsupported} ${problems.screenUnsupportedWhy}`, tone: 'warning' });
      return;
    }
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15, max: 30 } }, audio: true });
    } catch (error) {
      const refused = error instanceof Error && error.name === 'NotAllowedError';
      this.tell({
        text: refused ? problems.screenRefused : `${problems.screenRefused} ${problems.screenRefusedWhy}`,
        tone: 'warning',
      });
      return;
    }
    try {
      for (const track of stream.getVideoTracks()) track.contentHint = 'detail';
      this.screen = await this.call.publish(stream, { kind: 'screen' });
      this.tell({ text: words().announce.youScreenStarted, spokenOnly: true });
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      this.complain(error);
    }
    this.changed();
  }

  async stopScreen(): Promise<void> {
    const { screen } = this;
    this.screen = undefined;
    this.changed();
    if (!screen) return;
    for (const track of screen.mediaStream.getTracks()) track.stop();
    if (!screen.closed) await screen.unpublish();
    this.tell({ text: words().announce.youScreenStopped, spokenOnly: true });
  }

  async toggleHand(): Promise<void> {
    this.handRaised = !this.handRaised;
    this.changed();
    const { announce } = words();
    this.tell({ text: this.handRaised ? announce.handUp : announce.handDown, spokenOnly: true });
    try {
      await this.call.updatePresence({ hand: this.handRaised ? true : null });
    } catch (error) {
      this.handRaised = !this.handRaised;
      this.complain(error);
    }
  }

  say(text: string): void {
    void this.chat.send(text, this.place.name);
  }

  setLayout(layout: Layout): void {
    this.layout = layout;
    this.changed();
  }

  /** Keeps a tile large, or lets it go. */
  pin(key: string): void {
    this.pinnedKey = this.pinnedKey === key ? undefined : key;
    this.changed();
  }

  /** Pins somebody's picture by who they are. */
  pinPerson(id: string): void {
    const tile = this.tiles.find((candidate) => candidate.personId === id && candidate.kind === 'camera');
    if (tile) this.pin(tile.key);
  }

  async mutePerson(id: string): Promise<void> {
    const connection = this.call.connections.get(id);
    if (!connection) return;
    await this.attempt(async () => {
      for (const stream of connection.streams.values()) {
        if (stream.hasAudio && !stream.muted.audio) await connection.mute(stream.id, 'audio');
      }
    });
  }

  async stopScreenOf(id: string): Promise<void> {
    const connection = this.call.connections.get(id);
    if (!connection) return;
    await this.attempt(async () => {
      for (const stream of connection.streams.values()) if (stream.kind === 'screen') await connection.unpublish(stream.id);
    });
  }

  async removePerson(id: string): Promise<void> {
    await this.attempt(async () => this.call.connections.get(id)?.disconnect());
  }

  /** Which pictures are in view, and how large: the others need not send what nobody sees. */
  showing(sizes: ReadonlyMap<string, ShownSize>): void {
    this.shownSizes = sizes;
    const isDirect = this.call.media.way === 'p2p'; // the server needs not be asked: it is told what is in view
    for (const connection of this.call.connections.values()) {
      for (const stream of connection.streams.values()) {
        const key = keyOf(connection, stream);
        const size = sizes.get(key);
        const wanted = size !== undefined || !isDirect;
        if (stream.subscribed.video !== wanted) stream.subscribe({ audio: true, video: wanted });
        stream.setVisible(size !== undefined);
        if (size) stream.setDisplaySize({ ...size, priority: stream.kind === 'screen' || key === this.pinnedKey ? 2 : 1 });
      }
    }
  }

  /** Leaves at once for the person; the network has its own time. */
  async leave(): Promise<void> {
    const left = this.call.leave();
    this.end({ type: 'left' });
    await left;
  }

  /** Stops looking at the call and the devices; for a call that did not come about. Harmless when done twice. */
  close(): void {
    this.ended = true;
    this.publisher.stop();
    for (const off of this.offs.splice(0)) off();
  }

  // What is drawn

  private ownTile(): TileView {
    const { stream } = this.publisher;
    return {
      key: OWN_KEY,
      personId: this.call.self?.id ?? 'self',
      kind: 'camera',
      name: this.place.name,
      isSelf: true,
      picture: streamOf(this.media.videoTrack),
      mirrored: preferences.current.mirror && this.media.facing === 'user',
      micMuted: !this.media.microphoneOn,
      handRaised: this.handRaised,
      pinned: this.pinnedKey === OWN_KEY,
      state: 'there',
      quality: undefined,
      level: () => stream?.audioLevel() ?? 0,
    };
  }

  // What happens

  private listen(): void {
    const { call, media } = this;
    const refresh = (): void => this.refresh();
    const online = (): void => this.refresh();
    addEventListener('online', online);
    addEventListener('offline', online);
    media.onDeviceLost = (loss) => this.deviceLost(loss);
    this.offs.push(
      () => removeEventListener('online', online),
      () => removeEventListener('offline', online),
      media.subscribe(() => {
        if (this.canPublish && this.call.self) void this.publisher.sync();
        this.changed();
      }),
      call.on('state-changed', refresh),
      call.on('media-changed', () => {
        this.showing(this.shownSizes);
        this.changed();
      }),
      call.on('media-refused', ({ code, detail }) => this.refused(code, detail)),
      call.on('connection-joined', ({ connection }) => this.joined(connection)),
      call.on('connection-left', ({ connection }) => this.left(connection)),
      call.on('connection-updated', ({ connection }) => this.updated(connection)),
      call.on('path-changed', refresh),
      call.on('quality-changed', refresh),
      call.on('self-updated', refresh),
      call.on('stream-published', ({ stream }) => this.published(stream)),
      call.on('stream-updated', ({ stream }) => this.streamUpdated(stream)),
      call.on('stream-unpublished', ({ stream }) => this.unpublished(stream)),
      call.on('local-stream-updated', refresh),
      call.on('local-stream-unpublished', ({ stream }) => this.ownUnpublished(stream)),
      call.on('message-received', ({ message }) => this.received(message)),
      call.on('mute-requested', ({ kind }) => this.muteRequested(kind)),
      call.on('stats-updated', () => {
        this.visit.second([...call.connections.values()].map((connection) => connection.quality.level));
        this.changed();
      }),
      call.on('closed', ({ reason }) => this.end(reason)),
    );
  }

  private joined(connection: RemoteConnection): void {
    const name = nameOf(connection);
    this.visit.met(connection.id, name);
    this.tell({ text: words().announce.joined(name), chime: 'joined' });
    this.refresh();
  }

  private left(connection: RemoteConnection): void {
    this.speaker.forget(connection.id);
    this.handBefore.delete(connection.id);
    if (this.pinnedKey?.startsWith(connection.id)) this.pinnedKey = undefined;
    this.tell({ text: words().announce.left(nameOf(connection)), chime: 'left' });
    this.refresh();
  }

  private updated(connection: RemoteConnection): void {
    const raised = hasHandRaised(connection);
    if (raised && !this.handBefore.get(connection.id)) this.tell({ text: words().announce.handRaised(nameOf(connection)) });
    this.handBefore.set(connection.id, raised);
    this.visit.met(connection.id, nameOf(connection));
    this.refresh();
  }

  private published(stream: RemoteStream): void {
    this.mutedBefore.set(stream, stream.muted.audio);
    if (stream.kind === 'screen') this.tell({ text: words().announce.screenStarted(nameOf(stream.connection)) });
    this.refresh();
  }

  private streamUpdated(stream: RemoteStream): void {
    const before = this.mutedBefore.get(stream);
    this.mutedBefore.set(stream, stream.muted.audio);
    if (before !== undefined && before !== stream.muted.audio && stream.kind !== 'screen' && this.peopleCount <= QUIET_ABOVE) {
      const { announce } = words();
      const name = nameOf(stream.connection);
      this.tell({ text: stream.muted.audio ? announce.muted(name) : announce.unmuted(name), spokenOnly: true });
    }
    this.refresh();
  }

  private unpublished(stream: RemoteStream): void {
    if (stream.kind === 'screen') this.tell({ text: words().announce.screenStopped(nameOf(stream.connection)) });
    this.refresh();
  }

  private ownUnpublished(stream: LocalStream): void {
    if (stream !== this.screen) return this.refresh();
    this.screen = undefined;
    for (const track of stream.mediaStream.getTracks()) track.stop();
    this.tell({ text: words().announce.youScreenStopped });
    this.changed();
  }

  private received(message: ReceivedMessage): void {
    const name = message.from ? nameOf(message.from) : words().app.name;
    const entry = this.chat.receive(message, name);
    if (entry) this.tell({ text: words().announce.chat(name, entry.text), spokenOnly: this.chat.unread === 0 });
    this.changed();
  }

  private muteRequested(kind: 'audio' | 'video'): void {
    if (kind === 'audio') void this.media.setMicrophone(false, false);
    else void this.media.setCamera(false);
    this.tell({ text: words().announce.mutedBy, tone: 'warning' });
  }

  private deviceLost({ label, replacement }: DeviceLoss): void {
    const { announce } = words();
    const text = replacement ? `${announce.deviceGone(label)} ${announce.deviceNow(replacement)}` : announce.deviceGone(label);
    this.tell({ text, tone: 'warning' });
  }

  /** Looks again at everything that hangs on the network. */
  private refresh(): void {
    this.line = this.currentLine();
    this.changed();
  }

  private currentLine(): LineView | undefined {
    if (!navigator.onLine) return { type: 'offline' };
    if (this.call.state === 'reconnecting') return { type: 'reconnecting' };
    for (const connection of this.call.connections.values()) {
      const { state } = connection.path;
      if (state === 'interrupted' || state === 'restarting' || state === 'failed')
        return { type: 'peer', name: nameOf(connection) };
    }
    return undefined;
  }

  /** Who speaks; and whether we do without being heard, while nobody else speaks. */
  private hear(): void {
    const now = performance.now();
    const speaking = new Set<string>();
    for (const connection of this.call.connections.values()) if (cameraOf(connection)?.speaking) speaking.add(connection.id);
    if (this.speaker.hear(now, speaking) && this.layout === 'speaker') this.changed();
    const muted = this.media.microphoneOn || this.call.connections.size === 0 ? undefined : this.media.audioTrack;
    if (this.ear.listen(now, muted) && speaking.size === 0) this.tell({ text: words().hall.mutedWhileTalking });
  }

  /** The server says so at every attempt; once is enough until it changes its mind. */
  private refused(code: string, detail: string): void {
    if (this.refusedWith === code) return;
    this.refusedWith = code;
    this.complain(new MaruError(code, detail));
  }

  private complainAboutDevice(device: 'camera' | 'microphone'): void {
    const state = this.media[device];
    if (state.name !== 'failed') return;
    const { problems } = words();
    const texts = {
      refused: device === 'camera' ? problems.cameraRefused : problems.microphoneRefused,
      'system-refused': problems.systemRefused,
      dismissed: problems.dismissed,
      'in-use': problems.inUse(problems[device]),
      missing: device === 'camera' ? problems.noCamera : problems.noMicrophone,
      insecure: problems.insecure,
      failed: problems.failed(problems[device]),
    };
    this.tell({ text: texts[state.problem.type], tone: 'warning' });
  }

  private async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.complain(error);
    }
  }

  private complain(error: unknown): void {
    if (this.ended) return;
    const problem = problemOfError(words(), error);
    this.tell({ text: `${problem.sentence} ${problem.why}`, tone: 'warning' });
  }

  private tell(notice: Notice): void {
    if (!this.ended) this.onNotice?.(notice);
  }

  private end(reason: CloseReason): void {
    if (this.ended || !this.onEnded) return;
    this.close();
    for (const track of this.screen?.mediaStream.getTracks() ?? []) track.stop();
    this.onEnded(this.visit.summary(this.place.hall ?? '', this.call.closeReason ?? reason, performance.now()));
  }
}

const OWN_KEY = 'self';
