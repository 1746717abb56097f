// What the reader of an example already has: examples in documents may use these names without saying where they come from.
import type { RemoteConnection, Session } from '@maru/client';

declare global {
  const session: Session;
  const connection: RemoteConnection;
  const anotherMicrophone: MediaStreamTrack;
  const input: HTMLInputElement;
  const text: string;
  function show(...shown: readonly unknown[]): void;
  function showTile(media: MediaStream): void;
}
