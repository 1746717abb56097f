import { assert } from '@maru/protocol/core';
import type { Description, DescriptionType } from '@maru/protocol/jsep';
import { formatSdp, parseSdp, SdpMalformed, type SessionTree } from '@maru/protocol/sdp';
import { RTCSessionDescription, rewriteSdp } from './session-description.js';

/**
 * A description in force or proposed: its tree, and the object that scripts hold of it. Either is made of the other when it
 * is asked for: candidates come one by one, and nobody reads the text between them; a connection that is up keeps the text
 * alone, which takes a tenth of the tree's memory.
 */
export class AppliedDescription implements Description {
  readonly object: RTCSessionDescription;
  private known: SessionTree | undefined;

  constructor(
    readonly type: DescriptionType,
    tree: SessionTree,
    sdp: string,
  ) {
    this.object = new RTCSessionDescription({ type, sdp });
    this.known = tree;
  }

  get tree(): SessionTree {
    this.known ??= read(this.object.sdp);
    return this.known;
  }

  /** The description has another tree from now on, and so another text. */
  rewrite(tree: SessionTree): void {
    if (tree === this.known) return;
    this.known = tree;
    rewriteSdp(this.object, () => formatSdp(tree));
  }

  /** Gives the tree's memory back, until somebody asks for it. */
  forgetTree(): void {
    void this.object.sdp; // now or never
    this.known = undefined;
  }
}

function read(sdp: string): SessionTree {
  const tree = parseSdp(sdp);
  assert(!(tree instanceof SdpMalformed), 'what was parsed or formatted before can be parsed');
  return tree;
}
