import type { Coder, Ended } from './media-engine.js';

interface Stage<Input, Output, One extends Coder<Input>> {
  readonly coder: One;
  /** What waits until the stages before have given theirs. */
  readonly held: Output[];
  isOver: boolean;
}

/** Coders one after the other, where what comes needs another one: the last is written to, and what they give keeps its order. */
export class CoderChain<Input, Output, One extends Coder<Input>> {
  private readonly stages: Stage<Input, Output, One>[] = [];
  private isFinished = false;

  constructor(
    private readonly give: (output: Output) => void,
    private readonly ended: Ended,
  ) {}

  get last(): One | undefined {
    return this.stages.at(-1)?.coder;
  }

  /** Nothing more goes to the coder of now. */
  begin(start: (give: (output: Output) => void, ended: Ended) => One): One {
    this.last?.finish();
    const held: Output[] = [];
    const stage: Stage<Input, Output, One> = {
      held,
      isOver: false,
      coder: start(
        (output) => (this.stages[0] === stage ? this.give(output) : held.push(output)),
        (error) => this.stageEnded(stage, error),
      ),
    };
    this.stages.push(stage);
    return stage.coder;
  }

  ready(): Promise<void> {
    return this.last?.ready() ?? Promise.resolve();
  }

  finish(): void {
    this.isFinished = true;
    if (this.last) this.last.finish();
    else this.ended(undefined);
  }

  close(): void {
    for (const { coder } of this.stages.splice(0)) coder.close();
  }

  private stageEnded(stage: Stage<Input, Output, One>, error: Error | undefined): void {
    stage.isOver = true;
    const isUnasked = this.stages.at(-1) === stage && !this.isFinished;
    if (error || isUnasked) {
      this.close();
      this.ended(error);
      return;
    }
    while (this.stages[0]?.isOver) {
      this.stages.shift();
      for (const output of this.stages[0]?.held.splice(0) ?? []) this.give(output);
    }
    if (this.stages.length === 0) this.ended(undefined);
  }
}
