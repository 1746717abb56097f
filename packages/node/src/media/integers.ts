/** Things by integers that are given again when a thing is removed. */
export class Integers<Thing> {
  private readonly things: (Thing | undefined)[] = [];
  private readonly free: number[] = [];

  add(thing: Thing): number {
    const integer = this.free.pop() ?? this.things.length;
    this.things[integer] = thing;
    return integer;
  }

  get(integer: number): Thing | undefined {
    return this.things[integer];
  }

  remove(integer: number): void {
    if (this.things[integer] === undefined) return;
    this.things[integer] = undefined;
    this.free.push(integer);
  }
}
